/** Sums of rows, for the gradients of biases. Threads split the columns. */
import type { Code, FunctionSpec, Local } from '@snn/compile/wasm';
import { I32, integers } from './strips.ts';

/** Vectors of columns that are summed at once: their sums do not wait for each other. */
const WIDE = 8;

/**
 * Emits a loop over the columns `from` to `to`, eight vectors, then one, then a number at a time.
 *
 * @param visit emits the sums of `count` vectors, or of a single column if `scalar`, `column` bytes after the beginning of a row.
 */
function overColumns(c: Code, from: Local, to: Local, visit: (count: number, scalar: boolean, column: Local) => void): void {
  const [column, end, limit] = integers(c, 3);
  c.get(from).i32(2).op('i32.shl').set(column).get(to).i32(2).op('i32.shl').set(end);
  for (const [count, scalar] of [
    [WIDE, false],
    [1, false],
    [1, true],
  ] as const) {
    const bytes = scalar ? 4 : 16 * count;
    c.get(end)
      .i32(bytes - 1)
      .op('i32.sub')
      .set(limit);
    c.for(
      column,
      () => c.get(limit),
      bytes,
      () => visit(count, scalar, column),
    );
  }
}

/** Emits the sums of `rows` rows of `vectors` vectors, or of a single column, that begin `column` bytes after `x`, `rowBytes` apart: from +0. */
function sumRows(c: Code, vectors: number, scalar: boolean, x: Local, column: Local, rows: Local, rowBytes: Local): readonly Local[] {
  const sums = Array.from({ length: vectors }, () => c.local(scalar ? 'f32' : 'v128'));
  const [row, at] = integers(c, 2);
  for (const sum of sums) (scalar ? c.f32(0) : c.f32x4(0)).set(sum);
  c.get(x, column).op('i32.add').set(at).i32(0).set(row);
  c.for(
    row,
    () => c.get(rows),
    1,
    () => {
      for (const [v, sum] of sums.entries()) {
        c.get(sum, at).memory(scalar ? 'f32.load' : 'v128.load', 16 * v);
        c.op(scalar ? 'f32.add' : 'f32x4.add').set(sum);
      }
      c.get(at, rowBytes).op('i32.add').set(at);
    },
  );
  return sums;
}

/**
 * addRows(x, out, rows, n, count, nFrom, nTo): out[i, columns nFrom to nTo] = the sum of the rows of x[i], in ascending order from +0, for each
 * i < count of `x [count, rows, n]`.
 */
const addRows: FunctionSpec = {
  name: 'addRows',
  parameters: I32(7),
  build(c, x, out, rows, n, count, nFrom, nTo) {
    const [block, at, rowBytes, blockBytes] = integers(c, 4);
    c.get(n).i32(2).op('i32.shl').set(rowBytes).get(rowBytes, rows).op('i32.mul').set(blockBytes);
    c.for(
      block,
      () => c.get(count),
      1,
      () => {
        overColumns(c, nFrom, nTo, (vectors, scalar, column) => {
          const sums = sumRows(c, vectors, scalar, x, column, rows, rowBytes);
          c.get(out, column).op('i32.add').set(at);
          for (const [v, sum] of sums.entries()) c.get(at, sum).memory(scalar ? 'f32.store' : 'v128.store', 16 * v);
        });
        c.get(x, blockBytes).op('i32.add').set(x);
        c.get(out, rowBytes).op('i32.add').set(out);
      },
    );
  },
};

/**
 * addRowsReversed(x, out, steps, rows, n, nFrom, nTo): out[columns nFrom to nTo] += for each step of `x [steps, rows, n]`, last one first, the
 * sum of its rows in ascending order from +0.
 */
const addRowsReversed: FunctionSpec = {
  name: 'addRowsReversed',
  parameters: I32(7),
  build(c, x, out, steps, rows, n, nFrom, nTo) {
    const [at, rowBytes, stepBytes] = integers(c, 3);
    c.get(n).i32(2).op('i32.shl').set(rowBytes).get(rowBytes, rows).op('i32.mul').set(stepBytes);
    c.get(x, stepBytes, steps).op('i32.mul', 'i32.add').set(x);
    c.repeat(
      () => c.get(steps),
      () => {
        c.get(x, stepBytes).op('i32.sub').set(x);
        overColumns(c, nFrom, nTo, (vectors, scalar, column) => {
          const sums = sumRows(c, vectors, scalar, x, column, rows, rowBytes);
          const type = scalar ? 'f32' : 'v128';
          c.get(out, column).op('i32.add').set(at);
          for (const [v, sum] of sums.entries()) {
            c.get(at, at)
              .memory(`${type}.load`, 16 * v)
              .get(sum);
            c.op(scalar ? 'f32.add' : 'f32x4.add').memory(`${type}.store`, 16 * v);
          }
        });
        c.increment(steps, -1);
      },
    );
  },
};

/** The functions of this file. */
export const ADD_ROWS: readonly FunctionSpec[] = [addRows, addRowsReversed];
