/**
 * Products of event lists: for each row the sums of the rows of the right operand that its events select, in the order of the list.
 */
import type { FunctionSpec, Local } from '@snn/compile/wasm';
import { columnsOf, I32, integers, load, overStrips, storeStrip, WIDTHS } from './strips.ts';

/** Vectors that one pass over an event list accumulates at most: two strips. V8 has registers for eight and their operands. */
const WIDE = 8;

const stripName = (vectors: number, spikes: boolean): string => `gather${spikes ? 'Spikes' : 'Values'}${vectors}`;

/**
 * gather{Spikes,Values}{vectors}(bounds, distance, rows, w, second, shift, out, outBytes, more, keep): one strip, or two if there are eight
 * vectors, of `rows` rows of the product. The values lie `distance` bytes after what they select. The row of the strip at `w` that an event selects
 * begins `selected << shift` bytes after it, that of a second strip `second` bytes later. Sums continue those in `out` if `more` is not 0.
 */
const gatherStrip = (vectors: number, spikes: boolean, fused: boolean): FunctionSpec => ({
  name: stripName(vectors, spikes),
  parameters: I32(10),
  build(c, bounds, distance, rows, w, second, shift, out, outBytes, more, keep) {
    const type = vectors === 0 ? 'f32' : 'v128';
    const simd = vectors === 0 ? 'f32' : 'f32x4';
    const [event, end, at, last] = integers(c, 4);
    const sums = Array.from({ length: Math.max(vectors, 1) }, () => c.local(type));
    const value = c.local(type);
    c.get(bounds, rows).i32(3).op('i32.shl', 'i32.add').set(last);
    c.for(
      bounds,
      () => c.get(last),
      8,
      () => {
        c.get(more);
        c.if(
          () => sums.forEach((sum, v) => void load(c.get(out), vectors, 16 * v).set(sum)),
          () => sums.forEach((sum) => void (vectors === 0 ? c.f32(0) : c.f32x4(0)).set(sum)),
        );
        c.get(bounds).memory('i32.load').set(event).get(bounds).memory('i32.load', 4).set(end);
        c.for(
          event,
          () => c.get(end),
          4,
          () => {
            c.get(w, event).memory('i32.load').get(shift).op('i32.shl', 'i32.add').set(at);
            if (!spikes)
              c.get(event, distance)
                .op('i32.add')
                .memory(vectors === 0 ? 'f32.load' : 'v128.load32_splat')
                .set(value);
            sums.forEach((sum, v) => {
              if (v === 4) c.get(at, second).op('i32.add').set(at);
              if (fused && !spikes && vectors > 0) {
                load(c.get(value, at), vectors, 16 * (v % 4));
                c.get(sum).op('f32x4.relaxed_madd').set(sum);
                return;
              }
              c.get(sum);
              if (!spikes) c.get(value);
              load(c.get(at), vectors, 16 * (v % 4));
              if (!spikes) c.op(`${simd}.mul`);
              c.op(`${simd}.add`).set(sum);
            });
          },
        );
        storeStrip(c, vectors, out, sums, keep);
        c.get(out, outBytes).op('i32.add').set(out);
      },
    );
  },
});

/**
 * gather(bounds, distance, spikes, rows, w, k, out, n, more): `rows` rows of `out [rows, n]` from event lists and the packed `w`.
 */
const gatherRows: FunctionSpec = {
  name: 'gather',
  parameters: I32(9),
  build(c, bounds, distance, spikes, rows, w, k, out, n, more) {
    const [step, second, shift, outBytes] = integers(c, 4);
    c.get(n).i32(2).op('i32.shl').set(outBytes);
    c.get(k).i32(2).op('i32.shl').set(step);
    c.get(step).i32(4).op('i32.shl').set(second);
    const call = (vectors: number, strip: { readonly base: Local; readonly column: Local; readonly keep: Local }): void => {
      c.i32(Math.log2(columnsOf(Math.min(vectors, 4)))).set(shift);
      const pass = (only: boolean) => (): void => {
        c.get(bounds, distance, rows, strip.base, second, shift, out, strip.column).op('i32.add').get(outBytes, more, strip.keep);
        c.call(stripName(vectors, only));
      };
      c.get(spikes);
      c.if(pass(true), pass(false));
    };
    overStrips(c, n, w, step, call, (strip) => call(WIDE, strip));
  },
};

const EVERY = [WIDE, ...WIDTHS];

/** The functions of this file; `fused`: multiply and add rounded once. */
export const gather = (fused: boolean): readonly FunctionSpec[] => [
  ...EVERY.map((vectors) => gatherStrip(vectors, true, fused)),
  ...EVERY.map((vectors) => gatherStrip(vectors, false, fused)),
  gatherRows,
];
