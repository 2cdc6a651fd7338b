/**
 * multiplyTransposed: the gradient of weights. out [k, n] += sum over time descending, and within a step over rows ascending, of x^T g: one
 * running sum per element in exactly that order, so that the steps may come in several calls, last ones first.
 *
 * Samples (rows of a step) are taken in chunks in the order of the sum. A chunk of one operand is packed, that of the other transposed, and the
 * product is then that of `multiply`, with sums that continue those in out. Which operand is listed is the choice of `gradient-chunks.ts`.
 */
import type { Code, FunctionSpec, Local } from '@snn/compile/wasm';
import { SHUFFLES_BYTES } from './events.ts';
import { ROOM_BYTES } from './gradient-chunks.ts';
import { BLOCK_ROWS, packedBytes } from './multiply.ts';
import { I32, integers } from './strips.ts';

/** Most numbers of g that a chunk holds: 1 MB, so that the packed chunk stays in the second-level cache. */
const CHUNK_ENTRIES = 262_144;
/** Fewest and most samples of a chunk: 2000 samples of 512 x 512 at 5 % take 4.1 ms with chunks of 256, 4.8 with 512, 4.2 with 128. */
const CHUNK_LEAST = 64;
const CHUNK_MOST = 256;

/** Samples of a chunk. */
const chunkSamples = (n: number): number => Math.min(CHUNK_MOST, Math.max(CHUNK_LEAST, Math.floor(CHUNK_ENTRIES / n)));

/** Emits what `chunkSamples` computes. */
function samplesOfChunk(c: Code, n: Local, target: Local): void {
  c.i32(CHUNK_ENTRIES).get(n).op('i32.div_u').set(target);
  c.get(target).i32(CHUNK_MOST).op('i32.gt_s');
  c.if(() => c.i32(CHUNK_MOST).set(target));
  c.get(target).i32(CHUNK_LEAST).op('i32.lt_s');
  c.if(() => c.i32(CHUNK_LEAST).set(target));
}

/** Bytes of the places of a chunk's samples, and three more. */
const PLACES_BYTES = 4 * (CHUNK_MOST + 4);

/** Bytes of as many zeros as a block has columns. */
const ZEROS_BYTES = 4 * BLOCK_ROWS;

/** Bytes of scratch that `multiplyTransposed` needs per thread. */
export const multiplyTransposedScratchBytes = (n: number): number =>
  SHUFFLES_BYTES + 2 * PLACES_BYTES + ZEROS_BYTES + ROOM_BYTES + 4 * BLOCK_ROWS * n + packedBytes(chunkSamples(n), n);

/** multiplyTransposed(x, g, out, steps, rows, k, kFrom, kTo, n, scratch): rows `kFrom` to `kTo` of out. */
export const multiplyTransposed: FunctionSpec = {
  name: 'multiplyTransposed',
  parameters: I32(10),
  build(c, x, g, out, steps, rows, k, kFrom, kTo, n, scratch) {
    const [xPlaces, gPlaces, zeros, room, part, packed, xBytes, gBytes] = integers(c, 8);
    const [left, step, row, chunk, count, i, sample] = integers(c, 7);
    c.get(k).i32(2).op('i32.shl').set(xBytes).get(n).i32(2).op('i32.shl').set(gBytes);
    samplesOfChunk(c, n, chunk);
    c.get(scratch).call('writeShuffles');
    // one after the other
    for (const [from, bytes, at] of [
      [scratch, SHUFFLES_BYTES, xPlaces],
      [xPlaces, PLACES_BYTES, gPlaces],
      [gPlaces, PLACES_BYTES, zeros],
      [zeros, ZEROS_BYTES, room],
      [room, ROOM_BYTES, part],
    ] as const)
      c.get(from).i32(bytes).op('i32.add').set(at);
    c.get(part, n)
      .i32(4 * BLOCK_ROWS)
      .op('i32.mul', 'i32.add')
      .set(packed);
    c.get(zeros).i32(0).i32(ZEROS_BYTES).op('memory.fill');
    c.get(steps, rows).op('i32.mul').set(left);
    c.get(steps).i32(1).op('i32.sub').set(step);
    c.repeat(
      () => c.get(left),
      () => {
        c.get(left).tee(count).get(chunk).op('i32.gt_s');
        c.if(() => c.get(chunk).set(count));
        c.i32(0).set(i);
        c.for(
          i,
          () => c.get(count),
          1,
          () => {
            c.get(step, rows).op('i32.mul').get(row).op('i32.add').set(sample);
            c.element(xPlaces, i).get(sample, xBytes).op('i32.mul').memory('i32.store');
            c.element(gPlaces, i).get(sample, gBytes).op('i32.mul').memory('i32.store');
            c.increment(row, 1).get(row, rows).op('i32.ge_s');
            c.if(() => c.i32(0).set(row).increment(step, -1));
          },
        );
        c.get(x, xPlaces, g, gPlaces, count, kFrom, kTo, n, out, packed, scratch, room, part, zeros).call('gradientChunk');
        c.get(left, count).op('i32.sub').set(left);
      },
    );
  },
};
