/**
 * Fast paths: the derived operations that training calls most, as one loop each. They take the same float32 steps in the same order as the
 * compositions in `@snn/core`, so the bits are equal; the conformance suite checks that.
 */
import { bernoulliSteps, exp32, log32, type NativeOps, sizeOf } from '@snn/core';
import { matmulInto } from './matmul.ts';
import { type CpuTensor, floatsOf, type Heap } from './storage.ts';

const { fround: f } = Math;

function sigmoid32(x: number): number {
  return f(1 / f(1 + exp32(f(-x))));
}

const T0 = f(-5.70498872745e-3);
const T1 = f(2.06390887954e-2);
const T2 = f(-5.37397155531e-2);
const T3 = f(1.33314422036e-1);
const T4 = f(-3.33332819422e-1);

function tanh32(x: number): number {
  const size = Math.abs(x);
  if (size > 0.625) {
    const tail = f(1 - f(2 / f(exp32(f(size + size)) + 1)));
    return x > 0 ? tail : -tail;
  }
  const square = f(x * x);
  let p = f(f(square * T0) + T1);
  p = f(f(p * square) + T2);
  p = f(f(p * square) + T3);
  p = f(f(p * square) + T4);
  return f(f(f(p * square) * x) + x);
}

function softplus32(x: number): number {
  const e = exp32(-Math.abs(x));
  const u = f(1 + e);
  const rounded = f(u - 1);
  return f(Math.max(x, 0) + (rounded === 0 ? e : f(f(log32(u) * e) / rounded)));
}

/** The fast paths over one heap. */
export function nativeOps(heap: Heap): Partial<NativeOps<CpuTensor>> {
  const result = (x: CpuTensor, fill: (out: Float32Array, from: Float32Array) => void): CpuTensor => {
    const from = floatsOf(x);
    const out = heap.floats(from.length);
    fill(out, from);
    return heap.tensor(out, x.shape);
  };
  return {
    sigmoid: (x) =>
      result(x, (out, from) => {
        for (let i = 0; i < out.length; i++) out[i] = sigmoid32(from[i]);
      }),
    tanh: (x) =>
      result(x, (out, from) => {
        for (let i = 0; i < out.length; i++) out[i] = tanh32(from[i]);
      }),
    softplus: (x) =>
      result(x, (out, from) => {
        for (let i = 0; i < out.length; i++) out[i] = softplus32(from[i]);
      }),
    oneHot(indices, classes) {
      const from = floatsOf(indices);
      const out = heap.floats(from.length * classes).fill(0);
      for (let i = 0; i < from.length; i++)
        if (from[i] >= 0 && from[i] < classes && Number.isInteger(from[i])) out[i * classes + from[i]] = 1;
      return heap.tensor(out, [...indices.shape, classes]);
    },
    gather(x, indices) {
      const rest = x.shape.slice(1);
      const width = sizeOf(rest);
      const from = floatsOf(x);
      const rows = floatsOf(indices);
      const out = heap.floats(rows.length * width).fill(0);
      for (let i = 0; i < rows.length; i++) {
        const row = rows[i];
        // + 0: the sum that a gather is by definition starts at +0 and turns -0 into it
        if (row >= 0 && row < x.shape[0] && Number.isInteger(row))
          for (let j = 0; j < width; j++) out[i * width + j] = from[row * width + j] + 0;
      }
      return heap.tensor(out, [...indices.shape, ...rest]);
    },
    bernoulli: (key, probability, steps) => heap.tensor(bernoulliSteps(key, floatsOf(probability), steps), [steps, ...probability.shape]),
    conv2d(x, weight, { stride, padding, dilation }) {
      const [n, c, height, width] = x.shape;
      const [o, , h, w] = weight.shape;
      const rows = Math.floor((height + 2 * padding - dilation * (h - 1) - 1) / stride) + 1;
      const columns = Math.floor((width + 2 * padding - dilation * (w - 1) - 1) / stride) + 1;
      const from = floatsOf(x);
      const depth = c * h * w;
      const kernel = heap.floats(depth * o);
      const taps = floatsOf(weight);
      for (let k = 0; k < o; k++) for (let i = 0; i < depth; i++) kernel[i * o + k] = taps[k * depth + i];
      const patches = heap.floats(columns * depth);
      const line = heap.floats(columns * o);
      const out = heap.floats(n * o * rows * columns);
      for (let image = 0; image < n; image++) {
        for (let row = 0; row < rows; row++) {
          let at = 0;
          for (let column = 0; column < columns; column++) {
            for (let channel = 0; channel < c; channel++) {
              for (let i = 0; i < h; i++) {
                const y = row * stride + i * dilation - padding;
                for (let j = 0; j < w; j++) {
                  const z = column * stride + j * dilation - padding;
                  const inside = y >= 0 && y < height && z >= 0 && z < width;
                  patches[at++] = inside ? from[((image * c + channel) * height + y) * width + z] : 0;
                }
              }
            }
          }
          line.fill(0);
          matmulInto(line, 0, patches, 0, kernel, 0, columns, depth, o);
          for (let k = 0; k < o; k++) {
            for (let column = 0; column < columns; column++) out[((image * o + k) * rows + row) * columns + column] = line[column * o + k];
          }
        }
      }
      return heap.tensor(out, [n, o, rows, columns]);
    },
  };
}
