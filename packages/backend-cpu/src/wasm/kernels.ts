/**
 * The matrix kernels, as WebAssembly. Each output element has one accumulator that starts at +0 and takes its products in ascending order of the
 * summed index, each rounded: the same bits as the plain tier. What is vectorised is the output, never the sum.
 *
 * Spikes go through event lists: of a left operand `[rows, k]` only the non-zero entries are kept, row by row, as the byte offset of the row of
 * the right operand that they select and their value. Addresses are in bytes, counts in numbers.
 */
import type { Code, FunctionSpec, Local } from '@snn/compile/wasm';

/** Vectors of four columns that one pass over an event list accumulates: V8 has registers for eight and their operands. */
const WIDE = 8;

const I32 = (count: number): 'i32'[] => new Array<'i32'>(count).fill('i32');

/**
 * events(x, rows, k, stride, offsets, selected, values) -> spikes. Lists the non-zero entries of `x [rows, k]`: `offsets [rows + 1]` says where
 * each row's begin, `selected` holds column * stride, `values` the numbers. Returns 1 if every value is 1, else 0.
 */
const events: FunctionSpec = {
  name: 'events',
  parameters: I32(7),
  results: ['i32'],
  build(c, x, rows, k, stride, offsets, selected, values) {
    const [row, p, bits, count, at, column, spikes] = Array.from({ length: 7 }, () => c.local('i32'));
    const whole = c.local('i32');
    const number = c.local('f32');
    c.i32(1).set(spikes).get(k).i32(3).op('i32.sub').set(whole);
    const list = (): void => {
      c.element(selected, count).get(column, stride).op('i32.mul').memory('i32.store');
      c.element(at, column).memory('f32.load').set(number);
      c.element(values, count).get(number).memory('f32.store');
      c.get(spikes, number).f32(1).op('f32.eq', 'i32.and').set(spikes);
      c.increment(count, 1);
    };
    c.for(
      row,
      () => c.get(rows),
      1,
      () => {
        c.element(offsets, row).get(count).memory('i32.store');
        c.get(x, row, k).op('i32.mul').i32(2).op('i32.shl', 'i32.add').set(at);
        c.i32(0).set(p);
        c.for(
          p,
          () => c.get(whole),
          4,
          () => {
            c.element(at, p).memory('v128.load').f32x4(0).op('f32x4.ne', 'i32x4.bitmask').set(bits);
            c.repeat(
              () => c.get(bits),
              () => {
                c.get(p, bits).op('i32.ctz', 'i32.add').set(column);
                list();
                c.get(bits, bits).i32(1).op('i32.sub', 'i32.and').set(bits);
              },
            );
          },
        );
        c.for(
          p,
          () => c.get(k),
          1,
          () => {
            c.element(at, p).memory('f32.load').f32(0).op('f32.ne');
            c.if(() => {
              c.get(p).set(column);
              list();
            });
          },
        );
      },
    );
    c.element(offsets, rows).get(count).memory('i32.store');
    c.get(spikes);
  },
};

/**
 * columns(offsets, selected, values, rows, k, fromStride, stride, columnOffsets, columnSelected, columnValues): the event lists of the transposed
 * operand: per column the rows that have an event in it, ascending, as row * stride. `columnOffsets [k + 1]` must be zero.
 */
const columns: FunctionSpec = {
  name: 'columns',
  parameters: I32(10),
  build(c, offsets, selected, values, rows, k, fromStride, stride, to, toSelected, toValues) {
    const [row, i, end, column, at, sum, count] = Array.from({ length: 7 }, () => c.local('i32'));
    c.element(offsets, rows).memory('i32.load').set(end);
    // how many events each column has, in the place after it
    c.for(
      i,
      () => c.get(end),
      1,
      () => {
        c.element(selected, i).memory('i32.load').get(fromStride).op('i32.div_u');
        c.set(column);
        c.element(to, column).element(to, column).memory('i32.load', 4).i32(1).op('i32.add').memory('i32.store', 4);
      },
    );
    // where each column's list begins
    c.for(
      column_(c, column),
      () => c.get(k),
      1,
      () => {
        c.element(to, column).memory('i32.load', 4).set(count);
        c.element(to, column).get(sum).memory('i32.store', 4);
        c.get(sum, count).op('i32.add').set(sum);
      },
    );
    c.i32(0).set(i);
    c.for(
      row,
      () => c.get(rows),
      1,
      () => {
        c.element(offsets, row).memory('i32.load', 4).set(end);
        c.for(
          i,
          () => c.get(end),
          1,
          () => {
            c.element(selected, i).memory('i32.load').get(fromStride).op('i32.div_u');
            c.set(column);
            // the beginning of the next column's list moves up and ends as its own end
            c.element(to, column).memory('i32.load', 4).set(at);
            c.element(toSelected, at).get(row, stride).op('i32.mul').memory('i32.store');
            c.element(toValues, at).element(values, i).memory('f32.load').memory('f32.store');
            c.element(to, column).get(at).i32(1).op('i32.add').memory('i32.store', 4);
          },
        );
      },
    );
  },
};

/** `column` set back to 0. */
function column_(c: Code, column: Local): Local {
  c.i32(0).set(column);
  return column;
}

/** One pass: `vectors` vectors of columns at byte `column` of each row, accumulated over the row's events. */
function gatherPass(
  c: Code,
  spikes: boolean,
  vectors: number,
  scalar: boolean,
  p: Record<'offsets' | 'selected' | 'values' | 'from' | 'to' | 'w' | 'out' | 'rowBytes' | 'column', Local>,
): void {
  const [row, i, end, at] = Array.from({ length: 4 }, () => c.local('i32'));
  const sums = Array.from({ length: vectors }, () => c.local(scalar ? 'f32' : 'v128'));
  const value = c.local(scalar ? 'f32' : 'v128');
  c.get(p.from).set(row);
  c.element(p.offsets, row).memory('i32.load').set(i);
  c.for(
    row,
    () => c.get(p.to),
    1,
    () => {
      for (const sum of sums) {
        if (scalar) c.f32(0);
        else c.f32x4(0);
        c.set(sum);
      }
      c.element(p.offsets, row).memory('i32.load', 4).set(end);
      c.for(
        i,
        () => c.get(end),
        1,
        () => {
          c.get(p.w, p.column).op('i32.add').element(p.selected, i).memory('i32.load').op('i32.add').set(at);
          if (!spikes)
            c.element(p.values, i)
              .memory(scalar ? 'f32.load' : 'v128.load32_splat')
              .set(value);
          sums.forEach((sum, v) => {
            c.get(sum);
            if (!spikes) c.get(value);
            c.get(at).memory(scalar ? 'f32.load' : 'v128.load', 16 * v);
            if (!spikes) c.op(scalar ? 'f32.mul' : 'f32x4.mul');
            c.op(scalar ? 'f32.add' : 'f32x4.add').set(sum);
          });
        },
      );
      c.get(p.out, row, p.rowBytes).op('i32.mul', 'i32.add').get(p.column).op('i32.add').set(at);
      sums.forEach((sum, v) => {
        c.get(at, sum).memory(scalar ? 'f32.store' : 'v128.store', 16 * v);
      });
    },
  );
}

/**
 * gather(offsets, selected, values, from, to, w, rowBytes, out): rows `from` to `to` of the product of event lists and `w`, whose rows, like
 * those of `out`, have `rowBytes` bytes. Columns are taken in strips, so that a strip of `w` stays in the cache. `gatherSpikes` ignores
 * `values`: all are 1.
 */
const gather = (spikes: boolean): FunctionSpec => ({
  name: spikes ? 'gatherSpikes' : 'gather',
  parameters: I32(8),
  build(c, offsets, selected, values, from, to, w, rowBytes, out) {
    const column = c.local('i32');
    const limit = c.local('i32');
    const p = { offsets, selected, values, from, to, w, rowBytes, out, column };
    for (const vectors of [WIDE, 1]) {
      c.get(rowBytes)
        .i32(16 * vectors - 1)
        .op('i32.sub')
        .set(limit);
      c.for(
        column,
        () => c.get(limit),
        16 * vectors,
        () => gatherPass(c, spikes, vectors, false, p),
      );
    }
    c.for(
      column,
      () => c.get(rowBytes),
      4,
      () => gatherPass(c, spikes, 1, true, p),
    );
  },
});

/** transpose(x, rows, columns, out): `out [columns, rows]` of `x [rows, columns]`, in blocks of 16 rows that stay in the cache. */
const transpose: FunctionSpec = {
  name: 'transpose',
  parameters: I32(4),
  build(c, x, rows, cols, out) {
    const [block, end, i, j, from, to] = Array.from({ length: 6 }, () => c.local('i32'));
    c.for(
      block,
      () => c.get(rows),
      16,
      () => {
        c.get(block).i32(16).op('i32.add').tee(end).get(rows).op('i32.gt_s');
        c.if(() => c.get(rows).set(end));
        c.i32(0).set(j);
        c.for(
          j,
          () => c.get(cols),
          1,
          () => {
            c.get(block).set(i);
            c.get(x, block, cols).op('i32.mul').get(j).op('i32.add').i32(2).op('i32.shl', 'i32.add').set(from);
            c.get(out, j, rows).op('i32.mul').get(block).op('i32.add').i32(2).op('i32.shl', 'i32.add').set(to);
            c.for(
              i,
              () => c.get(end),
              1,
              () => {
                c.get(to, from).memory('f32.load').memory('f32.store');
                c.get(from, cols).i32(2).op('i32.shl', 'i32.add').set(from);
                c.increment(to, 4);
              },
            );
          },
        );
      },
    );
  },
};

/** Rows and vectors of four columns of a tile of the dense product: 2 x 4 accumulators and their operands fit V8's registers. */
const TILE_ROWS = 2;
const TILE_VECTORS = 4;

/** One tile: `rows` rows at `a`, `vectors` vectors (or one column) of `b`, accumulated over k. */
function tile(
  c: Code,
  rows: number,
  vectors: number,
  scalar: boolean,
  p: Record<'a' | 'b' | 'out' | 'k' | 'aBytes' | 'bBytes' | 'outBytes', Local>,
): void {
  const type = scalar ? 'f32' : 'v128';
  const sums = Array.from({ length: rows }, () => Array.from({ length: vectors }, () => c.local(type)));
  const factors = Array.from({ length: vectors }, () => c.local(type));
  const x = c.local(type);
  const [n, at, from] = Array.from({ length: 3 }, () => c.local('i32'));
  for (const sum of sums.flat()) (scalar ? c.f32(0) : c.f32x4(0)).set(sum);
  c.i32(0).set(n);
  c.get(p.a).set(at).get(p.b).set(from);
  c.for(
    n,
    () => c.get(p.k),
    1,
    () => {
      for (const [v, factor] of factors.entries())
        c.get(from)
          .memory(scalar ? 'f32.load' : 'v128.load', 16 * v)
          .set(factor);
      for (let r = 0; r < rows; r++) {
        c.get(at);
        if (r > 0) c.get(p.aBytes).op('i32.add');
        c.memory(scalar ? 'f32.load' : 'v128.load32_splat').set(x);
        for (const [v, sum] of sums[r].entries())
          c.get(sum, x, factors[v])
            .op(scalar ? 'f32.mul' : 'f32x4.mul', scalar ? 'f32.add' : 'f32x4.add')
            .set(sum);
      }
      c.increment(at, 4).get(from, p.bBytes).op('i32.add').set(from);
    },
  );
  for (let r = 0; r < rows; r++) {
    c.get(p.out);
    if (r > 0) c.get(p.outBytes).op('i32.add');
    c.set(at);
    for (const [v, sum] of sums[r].entries()) c.get(at, sum).memory(scalar ? 'f32.store' : 'v128.store', 16 * v);
  }
}

/**
 * dense(a, b, out, from, to, k, n, strip): rows `from` to `to` of `out [rows, n] = a [rows, k] b [k, n]`. Strips of 16 columns of `b` are copied
 * to `strip` (64 k bytes) first, so that they are read without gaps.
 */
const dense: FunctionSpec = {
  name: 'dense',
  parameters: I32(8),
  build(c, a, b, out, from, to, k, n, strip) {
    const [column, limit, row, last, i, at, target, aBytes, outBytes, bBytes] = Array.from({ length: 10 }, () => c.local('i32'));
    c.get(k).i32(2).op('i32.shl').set(aBytes).get(n).i32(2).op('i32.shl').set(outBytes);
    c.get(to)
      .i32(TILE_ROWS - 1)
      .op('i32.sub')
      .set(last);
    const aRow = c.local('i32');
    const outRow = c.local('i32');
    const bStrip = c.local('i32');
    const p = { a: aRow, b: bStrip, out: outRow, k, aBytes, bBytes, outBytes };
    const overRows = (vectors: number, scalar: boolean): void => {
      c.get(from).set(row);
      const place = (): void => {
        c.get(a, row, aBytes).op('i32.mul', 'i32.add').set(aRow);
        c.get(out, row, outBytes).op('i32.mul', 'i32.add').element(column0(c), column).op('i32.add').set(outRow);
      };
      c.for(
        row,
        () => c.get(last),
        TILE_ROWS,
        () => {
          place();
          tile(c, TILE_ROWS, vectors, scalar, p);
        },
      );
      c.for(
        row,
        () => c.get(to),
        1,
        () => {
          place();
          tile(c, 1, vectors, scalar, p);
        },
      );
    };
    c.get(n)
      .i32(4 * TILE_VECTORS - 1)
      .op('i32.sub')
      .set(limit);
    c.for(
      column,
      () => c.get(limit),
      4 * TILE_VECTORS,
      () => {
        c.i32(0).set(i).get(strip).set(target).element(b, column).set(at);
        c.for(
          i,
          () => c.get(k),
          1,
          () => {
            for (let v = 0; v < TILE_VECTORS; v++)
              c.get(target, at)
                .memory('v128.load', 16 * v)
                .memory('v128.store', 16 * v);
            c.increment(target, 16 * TILE_VECTORS)
              .get(at, outBytes)
              .op('i32.add')
              .set(at);
          },
        );
        c.get(strip)
          .set(bStrip)
          .i32(16 * TILE_VECTORS)
          .set(bBytes);
        overRows(TILE_VECTORS, false);
      },
    );
    c.get(outBytes).set(bBytes);
    c.get(n).i32(3).op('i32.sub').set(limit);
    c.for(
      column,
      () => c.get(limit),
      4,
      () => {
        c.element(b, column).set(bStrip);
        overRows(1, false);
      },
    );
    c.for(
      column,
      () => c.get(n),
      1,
      () => {
        c.element(b, column).set(bStrip);
        overRows(1, true);
      },
    );
  },
};

/** A base of 0, so that `element` gives 4 * index. */
const column0 = (c: Code): Local => c.local('i32');

/** addRows(x, rows, n, out): out [n] = the sum of the rows of `x [rows, n]`, in order, from +0. */
const addRows: FunctionSpec = {
  name: 'addRows',
  parameters: I32(4),
  build(c, x, rows, n, out) {
    const [column, limit, row, at, rowBytes] = Array.from({ length: 5 }, () => c.local('i32'));
    c.get(n).i32(2).op('i32.shl').set(rowBytes).get(n).i32(3).op('i32.sub').set(limit);
    const pass = (scalar: boolean): void => {
      const sum = c.local(scalar ? 'f32' : 'v128');
      (scalar ? c.f32(0) : c.f32x4(0)).set(sum);
      c.i32(0).set(row).element(x, column).set(at);
      c.for(
        row,
        () => c.get(rows),
        1,
        () => {
          c.get(sum, at)
            .memory(scalar ? 'f32.load' : 'v128.load')
            .op(scalar ? 'f32.add' : 'f32x4.add')
            .set(sum);
          c.get(at, rowBytes).op('i32.add').set(at);
        },
      );
      c.element(out, column)
        .get(sum)
        .memory(scalar ? 'f32.store' : 'v128.store');
    };
    c.for(
      column,
      () => c.get(limit),
      4,
      () => pass(false),
    );
    c.for(
      column,
      () => c.get(n),
      1,
      () => pass(true),
    );
  },
};

/** All matrix kernels. */
export const KERNELS: readonly FunctionSpec[] = [events, columns, gather(false), gather(true), transpose, dense, addRows];
