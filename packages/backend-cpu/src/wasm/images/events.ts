/** Lists of the pixels of an image that are not zero, and what is done with them. */
import type { Code, FunctionSpec, Local } from '@snn/compile/wasm';
import { addScaled, bytes, integerParameters, integers, placed, upTo } from './emit.ts';
import { ENTRY } from './tables.ts';

/** Bits that hold a column of a listed pixel; its row is above them. */
const COLUMN_BITS = 16;

/**
 * imageEvents(x, channels, rows, columns, backward, bounds, list): lists the pixels of one image that are not zero, channel after channel, as
 * row 2^16 + column; row by row, or with `backward` from the last pixel to the first. `bounds [channels + 1]` says where a channel's begin.
 */
export const imageEvents: FunctionSpec = {
  name: 'imageEvents',
  parameters: integerParameters(7),
  build(c, x, channels, rows, columns, backward, bounds, list) {
    const [channel, row, column, from, pixel, step, bytesStep, at] = integers(c, 8);
    c.i32(1).get(backward).i32(1).op('i32.shl', 'i32.sub').tee(step).i32(2).op('i32.shl').set(bytesStep);
    c.get(list).set(at);
    /** Lists the pixel, without a branch: the next one takes the place of a zero. */
    const one = (): void => {
      c.get(at, pixel).memory('i32.store');
      c.get(at, from).memory('f32.load').f32(0).op('f32.ne').i32(2).op('i32.shl', 'i32.add').set(at);
      c.get(from, bytesStep).op('i32.add').set(from).get(pixel, step).op('i32.add').set(pixel);
    };
    upTo(c, channel, channels, () => {
      c.element(bounds, channel).get(at).memory('i32.store');
      // the first pixel that is looked at, and its place: row and column of the last or 0, 0
      c.get(x);
      bytes(c, channel, rows, columns).op('i32.add').set(from);
      c.get(backward);
      c.if(() => {
        c.get(from);
        bytes(c, rows, columns).op('i32.add').i32(4).op('i32.sub').set(from);
      });
      upTo(c, row, rows, () => {
        placed(c, row, rows, backward);
        c.i32(COLUMN_BITS).op('i32.shl').get(columns).i32(1).op('i32.sub').get(backward).op('i32.mul', 'i32.or').set(pixel);
        c.i32(0).set(column);
        // four at once where there are none
        c.for(
          column,
          () => c.get(columns).i32(3).op('i32.sub'),
          4,
          () => {
            c.get(from, backward).i32(12).op('i32.mul', 'i32.sub').memory('v128.load').f32x4(0).op('f32x4.ne', 'v128.any_true');
            c.if(
              () => {
                for (let k = 0; k < 4; k++) one();
              },
              () => {
                c.get(from, bytesStep).i32(2).op('i32.shl', 'i32.add').set(from);
                c.get(pixel, step).i32(2).op('i32.shl', 'i32.add').set(pixel);
              },
            );
          },
        );
        c.for(column, () => c.get(columns), 1, one);
      });
    });
    c.element(bounds, channels).get(at).memory('i32.store');
  },
};

/** Where an image's tables and lists lie. */
export interface Places {
  /** Pixels of the image, `[channels, rows, columns]`. */
  readonly x: Local;
  readonly channels: Local;
  readonly rows: Local;
  readonly columns: Local;
  readonly bounds: Local;
  readonly rowTable: Local;
  readonly columnTable: Local;
  /** Bytes from a pixel's entries to those of the next one. */
  readonly rowEntries: Local;
  readonly columnEntries: Local;
}

/**
 * Emits the walk over the listed pixels of an image: for each run of outputs that a pixel reaches, sums += pixel x factors over the run.
 *
 * @param begin emits what is done at the beginning of a channel.
 * @param sums emits the address that the sums' offset of a run is added to; `factors`: that of the factors. Which of the two the table calls
 *   output and which tap is said by `outputs`.
 */
export function scatter(
  c: Code,
  p: Places,
  outputs: 'sums' | 'factors',
  begin: (channel: Local) => void,
  sums: Local,
  factors: Local,
): void {
  const [channel, at, last, pixel, row, rowEnd, column, columnFirst, columnEnd, sumRow, factorRow, to, from, length, end, limit] = integers(
    c,
    16,
  );
  const value = c.local('f32');
  const wide = c.local('v128');
  const [sumField, factorField] = outputs === 'sums' ? [0, 4] : [4, 0];
  upTo(c, channel, p.channels, () => {
    begin(channel);
    c.element(p.bounds, channel).memory('i32.load').set(at).element(p.bounds, channel).memory('i32.load', 4).set(last);
    c.for(
      at,
      () => c.get(last),
      4,
      () => {
        c.get(at).memory('i32.load').tee(pixel).i32(COLUMN_BITS).op('i32.shr_u').set(row);
        c.get(pixel)
          .i32(2 ** COLUMN_BITS - 1)
          .op('i32.and')
          .set(column);
        c.get(p.x, channel, p.rows)
          .op('i32.mul')
          .get(row)
          .op('i32.add')
          .get(p.columns)
          .op('i32.mul')
          .get(column)
          .op('i32.add')
          .i32(2)
          .op('i32.shl', 'i32.add');
        c.memory('f32.load').tee(value).op('f32x4.splat').set(wide);
        c.get(p.columnTable, column, p.columnEntries).op('i32.mul', 'i32.add').tee(columnFirst).memory('i32.load').set(columnEnd);
        c.increment(columnFirst, 4);
        c.get(p.rowTable, row, p.rowEntries).op('i32.mul', 'i32.add').tee(row).memory('i32.load').set(rowEnd);
        c.increment(row, 4);
        c.for(
          row,
          () => c.get(rowEnd),
          ENTRY,
          () => {
            c.get(sums, row).memory('i32.load', sumField).op('i32.add').set(sumRow);
            c.get(factors, row).memory('i32.load', factorField).op('i32.add').set(factorRow);
            c.get(columnFirst).set(column);
            c.for(
              column,
              () => c.get(columnEnd),
              ENTRY,
              () => {
                c.get(sumRow, column).memory('i32.load', sumField).op('i32.add').set(to);
                c.get(factorRow, column).memory('i32.load', factorField).op('i32.add').set(from);
                c.get(column).memory('i32.load', 8).set(length);
                addScaled(c, to, from, length, value, wide, end, limit);
              },
            );
          },
        );
      },
    );
  });
}
