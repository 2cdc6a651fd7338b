/**
 * Fast paths: the derived operations that training calls most, as one loop each. They take the same float32 steps in the same order as the
 * compositions in `@snn/core`, so the bits are equal; the conformance suite checks that.
 */
import { bernoulliSteps, exp32, log32, type NativeOps, sizeOf } from '@snn/core';
import { imageOps } from './images.ts';
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
    ...imageOps(heap),
  };
}
