/** Arrays in the order in which the kernels read them. */
import type { FunctionSpec } from '@snn/compile/wasm';
import { bytes, integerParameters, integers, placed, product, upTo } from './emit.ts';

/** imageTurn(x, rows, columns, out): `out [columns, rows]` of `x [rows, columns]`, four by four in registers. */
export const imageTurn: FunctionSpec = {
  name: 'imageTurn',
  parameters: integerParameters(4),
  build(c, x, rows, columns, out) {
    const [row, column, wholeRows, wholeColumns, from, to, rowBytes, outBytes, rest] = integers(c, 9);
    const lines = Array.from({ length: 4 }, () => c.local('v128'));
    const halves = Array.from({ length: 4 }, () => c.local('v128'));
    c.get(rows).i32(3).op('i32.sub').set(wholeRows).get(columns).i32(3).op('i32.sub').set(wholeColumns);
    bytes(c, columns).set(rowBytes);
    bytes(c, rows).set(outBytes);
    const number = (): void => {
      c.get(out, column, rows).op('i32.mul').get(row).op('i32.add').i32(2).op('i32.shl', 'i32.add');
      c.get(x, row, columns).op('i32.mul').get(column).op('i32.add').i32(2).op('i32.shl', 'i32.add');
      c.memory('f32.load').memory('f32.store');
    };
    c.for(
      row,
      () => c.get(wholeRows),
      4,
      () => {
        c.i32(0).set(column);
        c.get(x, row, rowBytes).op('i32.mul', 'i32.add').set(from);
        c.element(out, row).set(to);
        c.for(
          column,
          () => c.get(wholeColumns),
          4,
          () => {
            c.get(from).set(rest);
            for (const line of lines) {
              c.get(rest).memory('v128.load').set(line);
              c.get(rest, rowBytes).op('i32.add').set(rest);
            }
            const [a, b, d, e] = lines;
            c.get(a, b).shuffle(0, 4, 1, 5).set(halves[0]);
            c.get(d, e).shuffle(0, 4, 1, 5).set(halves[1]);
            c.get(a, b).shuffle(2, 6, 3, 7).set(halves[2]);
            c.get(d, e).shuffle(2, 6, 3, 7).set(halves[3]);
            for (const half of [0, 2]) {
              c.get(to, halves[half], halves[half + 1])
                .shuffle(0, 1, 4, 5)
                .memory('v128.store');
              c.get(to, outBytes).op('i32.add').tee(to);
              c.get(halves[half], halves[half + 1])
                .shuffle(2, 3, 6, 7)
                .memory('v128.store');
              c.get(to, outBytes).op('i32.add').set(to);
            }
            c.increment(from, 16);
          },
        );
        // columns that fill no square
        c.get(row).i32(4).op('i32.add').set(rest);
        c.for(
          column,
          () => c.get(columns),
          1,
          () => {
            c.for(row, () => c.get(rest), 1, number);
            c.get(rest).i32(4).op('i32.sub').set(row);
          },
        );
      },
    );
    c.for(
      row,
      () => c.get(rows),
      1,
      () => upTo(c, column, columns, number),
    );
  },
};

/**
 * imageTaps(x, out, from, to, taps, fromStep, toStep, reversed): `out [from, taps, to]` of the numbers of `x` that are `fromStep`, 1 and `toStep`
 * numbers apart; with `reversed` the last tap comes first.
 */
export const imageTaps: FunctionSpec = {
  name: 'imageTaps',
  parameters: integerParameters(8),
  build(c, x, out, from, to, taps, fromStep, toStep, reversed) {
    const [i, tap, j, at, next] = integers(c, 5);
    c.get(out).set(next);
    upTo(c, i, from, () => {
      upTo(c, tap, taps, () => {
        c.get(x);
        product(c, i, fromStep);
        placed(c, tap, taps, reversed);
        c.op('i32.add').i32(2).op('i32.shl', 'i32.add').set(at);
        upTo(c, j, to, () => {
          c.get(next, at).memory('f32.load').memory('f32.store');
          c.increment(next, 4);
          c.get(at);
          bytes(c, toStep).op('i32.add').set(at);
        });
      });
    });
  },
};
