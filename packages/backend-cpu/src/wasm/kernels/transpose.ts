/** Transposing, four rows by four columns at a time in registers. */
import type { Code, FunctionSpec, Local } from '@snn/compile/wasm';
import { I32, integers } from './strips.ts';

/** Rows of a block: 16 numbers fill a cache line of the result. */
const BLOCK = 16;

/** Emits the transposition of four lines of four numbers in place. */
export function transposeSquare(c: Code, lines: readonly Local[]): void {
  const halves = Array.from({ length: 4 }, () => c.local('v128'));
  const [a, b, d, e] = lines;
  c.get(a, b).shuffle(0, 4, 1, 5).set(halves[0]);
  c.get(d, e).shuffle(0, 4, 1, 5).set(halves[1]);
  c.get(a, b).shuffle(2, 6, 3, 7).set(halves[2]);
  c.get(d, e).shuffle(2, 6, 3, 7).set(halves[3]);
  for (const half of [0, 2]) {
    c.get(halves[half], halves[half + 1])
      .shuffle(0, 1, 4, 5)
      .set(lines[half]);
    c.get(halves[half], halves[half + 1])
      .shuffle(2, 3, 6, 7)
      .set(lines[half + 1]);
  }
}

/**
 * Emits out[column][row] = the number `column` of row `row`, for all rows and columns. Rows of `out` are `outBytes` apart.
 *
 * @param address emits the address of a row.
 */
function transposed(c: Code, rows: Local, columns: Local, address: (row: Local) => void, out: Local, outBytes: Local): void {
  const [block, end, whole, row, column, wholeColumns, to, next] = integers(c, 8);
  const lines = Array.from({ length: 4 }, () => c.local('v128'));
  const target = (): void => {
    c.get(out, column, outBytes).op('i32.mul', 'i32.add').set(to);
    c.element(to, row).set(to);
  };
  const numbers = (): void => {
    target();
    c.get(to);
    address(row);
    c.get(column).i32(2).op('i32.shl', 'i32.add').memory('f32.load').memory('f32.store');
  };
  const square = (): void => {
    c.get(row).set(next);
    for (const line of lines) {
      address(next);
      c.get(column).i32(2).op('i32.shl', 'i32.add').memory('v128.load').set(line);
      c.increment(next, 1);
    }
    transposeSquare(c, lines);
    target();
    for (const line of lines) {
      c.get(to, line).memory('v128.store');
      c.get(to, outBytes).op('i32.add').set(to);
    }
  };
  c.get(columns).i32(3).op('i32.sub').set(wholeColumns);
  c.i32(0).set(block);
  c.for(
    block,
    () => c.get(rows),
    BLOCK,
    () => {
      c.get(block).i32(BLOCK).op('i32.add').set(end);
      c.get(end, rows).op('i32.gt_s');
      c.if(() => c.get(rows).set(end));
      c.get(end).i32(3).op('i32.sub').set(whole);
      c.i32(0).set(column);
      const overRows = (step: number, limit: Local, body: () => void): void => {
        c.for(row, () => c.get(limit), step, body);
      };
      c.for(
        column,
        () => c.get(wholeColumns),
        4,
        () => {
          c.get(block).set(row);
          overRows(4, whole, square);
          c.get(row, end).op('i32.lt_s');
          c.if(() => {
            // rows that do not fill a square, column by column
            const first = c.local('i32');
            const last = c.local('i32');
            c.get(row).set(first).get(column).i32(4).op('i32.add').set(last);
            c.for(
              column,
              () => c.get(last),
              1,
              () => {
                c.get(first).set(row);
                overRows(1, end, numbers);
              },
            );
            c.get(last).i32(4).op('i32.sub').set(column);
          });
        },
      );
      c.for(
        column,
        () => c.get(columns),
        1,
        () => {
          c.get(block).set(row);
          overRows(1, end, numbers);
        },
      );
    },
  );
}

/** transpose(x, rows, columns, out): `out [columns, rows]` of `x [rows, columns]`. */
export const transpose: FunctionSpec = {
  name: 'transpose',
  parameters: I32(4),
  build(c, x, rows, columns, out) {
    c.get(x, columns).i32(2).op('i32.shl').get(rows, columns, out, rows).i32(2).op('i32.shl').call('transposeStrided');
  },
};

/** transposeStrided(x, xBytes, rows, columns, out, outBytes): the same for rows `xBytes` and `outBytes` apart. */
export const transposeStrided: FunctionSpec = {
  name: 'transposeStrided',
  parameters: I32(6),
  build(c, x, xBytes, rows, columns, out, outBytes) {
    transposed(c, rows, columns, (row) => void c.get(x, row, xBytes).op('i32.mul', 'i32.add'), out, outBytes);
  },
};

/** transposePlaces(x, places, rows, columns, out, outBytes): the same for rows that lie `places [rows]` bytes after `x`. */
export const transposePlaces: FunctionSpec = {
  name: 'transposePlaces',
  parameters: I32(6),
  build(c, x, places, rows, columns, out, outBytes) {
    transposed(c, rows, columns, (row) => void c.get(x).element(places, row).memory('i32.load').op('i32.add'), out, outBytes);
  },
};
