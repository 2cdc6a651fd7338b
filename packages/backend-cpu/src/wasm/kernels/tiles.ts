/**
 * Dense products in tiles of registers: two rows by a strip of 4 vectors are 8 sums, which with their operands fit the 15 or so vector registers
 * that V8 leaves.
 */
import type { Code, FunctionSpec, Local } from '@snn/compile/wasm';
import { columnsOf, I32, integers, load, overStrips, storeStrip, WIDTHS } from './strips.ts';

/** Rows of a tile. */
const TILE_ROWS = 2;

/** Steps over k per turn of the inner loop. */
const UNROLLED = 2;

/** One tile: `rows` rows at `x` and `out`, a strip of `width` vectors at `w`. */
function tile(
  c: Code,
  rows: number,
  width: number,
  fused: boolean,
  p: Record<'x' | 'xBytes' | 'k' | 'w' | 'wBytes' | 'out' | 'outBytes' | 'more' | 'keep', Local>,
): void {
  const type = width === 0 ? 'f32' : 'v128';
  const simd = width === 0 ? 'f32' : 'f32x4';
  const vectors = Math.max(width, 1);
  const sums = Array.from({ length: rows }, () => Array.from({ length: vectors }, () => c.local(type)));
  const factors = Array.from({ length: vectors }, () => c.local(type));
  const entry = c.local(type);
  const [i, limit, from] = integers(c, 3);
  const ats = integers(c, rows);
  const outs = integers(c, rows);
  ats.forEach((at, r) => {
    if (r === 0) c.get(p.x).set(at).get(p.out).set(outs[r]);
    else {
      c.get(ats[r - 1], p.xBytes)
        .op('i32.add')
        .set(at);
      c.get(outs[r - 1], p.outBytes)
        .op('i32.add')
        .set(outs[r]);
    }
  });
  c.get(p.more);
  c.if(
    () => {
      for (const [r, row] of sums.entries()) for (const [v, sum] of row.entries()) load(c.get(outs[r]), width, 16 * v).set(sum);
    },
    () => sums.flat().forEach((sum) => void (width === 0 ? c.f32(0) : c.f32x4(0)).set(sum)),
  );
  c.get(p.w).set(from).i32(0).set(i);
  for (const unrolled of [UNROLLED, 1]) {
    c.get(p.k)
      .i32(unrolled - 1)
      .op('i32.sub')
      .set(limit);
    c.for(
      i,
      () => c.get(limit),
      unrolled,
      () => {
        for (let u = 0; u < unrolled; u++) {
          factors.forEach((factor, v) => void load(c.get(from), width, 16 * v).set(factor));
          ats.forEach((at, r) => {
            c.get(at)
              .memory(width === 0 ? 'f32.load' : 'v128.load32_splat', 4 * u)
              .set(entry);
            sums[r].forEach((sum, v) => {
              if (fused && width > 0) c.get(entry, factors[v], sum).op('f32x4.relaxed_madd').set(sum);
              else c.get(sum, entry, factors[v]).op(`${simd}.mul`, `${simd}.add`).set(sum);
            });
          });
          c.get(from, p.wBytes).op('i32.add').set(from);
        }
        for (const at of ats) c.increment(at, 4 * unrolled);
      },
    );
  }
  for (const [r, row] of sums.entries()) storeStrip(c, width, outs[r], row, p.keep);
}

const stripName = (width: number): string => `tiles${width}`;

/** tiles{width}(x, xBytes, rows, k, w, wBytes, out, outBytes, more, keep): a strip of the product. Sums continue those in `out` if `more` is not 0. */
const tileStrip = (width: number, fused: boolean): FunctionSpec => ({
  name: stripName(width),
  parameters: I32(10),
  build(c, x, xBytes, rows, k, w, wBytes, out, outBytes, more, keep) {
    const [row, limit] = integers(c, 2);
    const p = { x, xBytes, k, w, wBytes, out, outBytes, more, keep };
    for (const together of [TILE_ROWS, 1]) {
      c.get(rows)
        .i32(together - 1)
        .op('i32.sub')
        .set(limit);
      c.for(
        row,
        () => c.get(limit),
        together,
        () => {
          tile(c, together, width, fused, p);
          c.get(x, xBytes).i32(together).op('i32.mul', 'i32.add').set(x);
          c.get(out, outBytes).i32(together).op('i32.mul', 'i32.add').set(out);
        },
      );
    }
  },
});

/**
 * tiles(x, xBytes, rows, k, w, out, n, more): `rows` rows of `out [rows, n]` from the rows of `x`, `xBytes` apart, and the packed `w`.
 */
const tileRows: FunctionSpec = {
  name: 'tiles',
  parameters: I32(8),
  build(c, x, xBytes, rows, k, w, out, n, more) {
    const [step, wBytes, outBytes] = integers(c, 3);
    c.get(n).i32(2).op('i32.shl').set(outBytes);
    c.get(k).i32(2).op('i32.shl').set(step);
    overStrips(c, n, w, step, (width, strip) => {
      c.i32(4 * columnsOf(width)).set(wBytes);
      c.get(x, xBytes, rows, k, strip.base, wBytes, out, strip.column).op('i32.add').get(outBytes, more, strip.keep);
      c.call(stripName(width));
    });
  },
};

/** The functions of this file; `fused`: multiply and add rounded once. */
export const tiles = (fused: boolean): readonly FunctionSpec[] => [...WIDTHS.map((width) => tileStrip(width, fused)), tileRows];
