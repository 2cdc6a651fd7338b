/**
 * Strips of columns. A product `[rows, k] x [k, n]` is computed strip by strip, so that the sums of a strip stay in registers and the strip of
 * the right operand in the cache. The right operand is read from a copy in which each strip lies without gaps ("packed"): rows that are a power of
 * two apart would fall into few sets of the cache.
 *
 * Strips are 4 vectors of four columns wide, then at most one of 2 and one of 1. Up to three columns that remain are the last ones of a vector
 * that begins at column n - 4; of its sums only these are stored. Where n < 4 each column is a strip of its own.
 */
import type { Code, FunctionSpec, Local, ValueType } from '@snn/compile/wasm';

/** Vectors of the strips, widest first; 0 is a single column. */
export const WIDTHS = [4, 2, 1, 0] as const;
/** Vectors of a strip, 0 for a single column. */
export type Width = (typeof WIDTHS)[number];

/** `count` parameters of type i32. */
export const I32 = (count: number): readonly ValueType[] => new Array<ValueType>(count).fill('i32');

/** `count` locals of type i32. */
export const integers = (c: Code, count: number): Local[] => Array.from({ length: count }, () => c.local('i32'));

/** Columns of a strip. */
export const columnsOf = (width: number): number => 4 * width || 1;

/** The strip that is visited. */
export interface Strip {
  /** Byte of the strip's first column within a row of the result. */
  readonly column: Local;
  /** Address of the strip in the right operand. */
  readonly base: Local;
  /** Columns to store of a strip of one vector, counted from its end. */
  readonly keep: Local;
}

/**
 * Emits the loop over the strips of `n` columns.
 *
 * @param w address of the packed right operand.
 * @param step bytes from a column to the next one in `w`, seen over whole strips: 4 k.
 * @param wide emits the visit of two strips of 4 vectors at once, where there are two.
 * @param visit emits the visit of a strip of a width.
 */
export function overStrips(
  c: Code,
  n: Local,
  w: Local,
  step: Local,
  visit: (width: Width, strip: Strip) => void,
  wide?: (strip: Strip) => void,
): void {
  const [done, column, base, keep, limit] = integers(c, 5);
  const strip: Strip = { column, base, keep };
  const whole = (columns: number, body: () => void): void => {
    c.get(n)
      .i32(columns - 1)
      .op('i32.sub')
      .set(limit);
    c.for(
      done,
      () => c.get(limit),
      columns,
      () => {
        c.get(done).i32(2).op('i32.shl').set(column);
        c.get(w, done, step).op('i32.mul', 'i32.add').set(base);
        body();
      },
    );
  };
  c.i32(0).set(done).i32(4).set(keep);
  if (wide) whole(32, () => wide(strip));
  for (const width of [4, 2, 1] as const) whole(4 * width, () => visit(width, strip));
  c.get(done, n).op('i32.lt_s').get(n).i32(3).op('i32.gt_s', 'i32.and');
  c.if(() => {
    c.get(n, done).op('i32.sub').set(keep);
    c.get(n).i32(4).op('i32.sub').i32(2).op('i32.shl').set(column);
    // the vector comes after the strips
    c.get(w, done, step).op('i32.mul', 'i32.add').set(base);
    visit(1, strip);
    c.get(n).set(done);
  });
  whole(1, () => visit(0, strip));
}

/** A load of a vector, or of a single number. */
export const load = (c: Code, width: number, offset = 0): Code => c.memory(width === 0 ? 'f32.load' : 'v128.load', offset);

/** Emits the store of a strip's sums at the address in `at`; of a strip of one vector only the last `keep` columns. */
export function storeStrip(c: Code, width: number, at: Local, sums: readonly Local[], keep: Local): void {
  if (width === 0) {
    c.get(at, sums[0]).memory('f32.store');
    return;
  }
  const all = (): void => sums.forEach((sum, v) => void c.get(at, sum).memory('v128.store', 16 * v));
  if (width > 1) {
    all();
    return;
  }
  c.get(keep).i32(4).op('i32.eq');
  c.if(all, () => {
    c.get(at, sums[0]).storeLane(3, 12);
    for (const lanes of [2, 3]) {
      c.get(keep).i32(lanes).op('i32.ge_s');
      c.if(() => c.get(at, sums[0]).storeLane(4 - lanes, 16 - 4 * lanes));
    }
  });
}

/** Rows that are packed at a time: a strip's part of them fills whole cache lines and all of them stay in the first-level cache. */
const PACK_ROWS = 8;

/** pack(w, places, k, n, packed): the strips of the `k` rows of `n` numbers that lie `places [k]` bytes after `w`. */
export const pack: FunctionSpec = {
  name: 'pack',
  parameters: I32(5),
  build(c, w, places, k, n, packed) {
    const [block, end, row, from, to, step, rowOffset] = integers(c, 7);
    c.get(k).i32(2).op('i32.shl').set(step);
    c.i32(0).set(block);
    c.for(
      block,
      () => c.get(k),
      PACK_ROWS,
      () => {
        c.get(block).i32(PACK_ROWS).op('i32.add').set(end);
        c.get(end, k).op('i32.gt_s');
        c.if(() => c.get(k).set(end));
        overStrips(c, n, packed, step, (width, { column, base }) => {
          const bytes = 4 * columnsOf(width);
          c.get(base, block).i32(bytes).op('i32.mul', 'i32.add').set(to);
          c.get(block).set(row);
          c.for(
            row,
            () => c.get(end),
            1,
            () => {
              c.element(places, row).memory('i32.load').set(rowOffset);
              c.get(w, rowOffset, column).op('i32.add', 'i32.add').set(from);
              for (let v = 0; v < Math.max(width, 1); v++)
                load(c.get(to, from), width, 16 * v).memory(width === 0 ? 'f32.store' : 'v128.store', 16 * v);
              c.increment(to, bytes);
            },
          );
        });
      },
    );
  },
};
