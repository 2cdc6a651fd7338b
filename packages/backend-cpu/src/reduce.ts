/** Sums and maxima over any axes, in ascending order: one accumulator per output element, rounded after each addition. */
import { forEachBlock, stridesFor } from './strides.ts';

const { fround } = Math;

/** out (zeroed) += x, where `outShape` is `shape` with the reduced axes at 1. */
export function sumInto(out: Float32Array, outShape: readonly number[], x: Float32Array, shape: readonly number[]): void {
  forEachBlock(shape, [stridesFor(outShape, shape)], (at, rows, columns, [start], [rowStep], [step]) => {
    for (let r = 0, i = at; r < rows; r++) {
      let o = start + r * rowStep;
      if (step === 0) {
        let total = out[o];
        for (let c = 0; c < columns; c++) total = fround(total + x[i++]);
        out[o] = total;
      } else for (let c = 0; c < columns; c++, o += step) out[o] += x[i++];
    }
  });
}

/** out (filled with -Infinity) = max(out, x), as `sumInto`. */
export function maxInto(out: Float32Array, outShape: readonly number[], x: Float32Array, shape: readonly number[]): void {
  forEachBlock(shape, [stridesFor(outShape, shape)], (at, rows, columns, [start], [rowStep], [step]) => {
    for (let r = 0, i = at; r < rows; r++) {
      for (let c = 0, o = start + r * rowStep; c < columns; c++, o += step) out[o] = Math.max(out[o], x[i++]);
    }
  });
}
