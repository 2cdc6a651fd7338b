/**
 * Elementwise kernels. Each has its own loop: one loop that calls a function per element is five times slower, since V8 then inlines none of
 * them. Storing into a `Float32Array` is the rounding that the contract asks for.
 */
import { exp32, log32 } from '@snn/core';

/** `out[at...] = f(a, b)` over a block of `rows x columns`; see `Block` in strides.ts. */
export type BinaryKernel = (
  out: Float32Array,
  a: Float32Array,
  b: Float32Array,
  at: number,
  rows: number,
  columns: number,
  a0: number,
  b0: number,
  aRow: number,
  bRow: number,
  aStep: number,
  bStep: number,
) => void;

export const BINARY: Record<'add' | 'sub' | 'mul' | 'div' | 'max' | 'gt', BinaryKernel> = {
  add(out, a, b, at, rows, columns, a0, b0, aRow, bRow, aStep, bStep) {
    for (let r = 0, o = at; r < rows; r++) {
      for (let c = 0, i = a0 + r * aRow, j = b0 + r * bRow; c < columns; c++, i += aStep, j += bStep) out[o++] = a[i] + b[j];
    }
  },
  sub(out, a, b, at, rows, columns, a0, b0, aRow, bRow, aStep, bStep) {
    for (let r = 0, o = at; r < rows; r++) {
      for (let c = 0, i = a0 + r * aRow, j = b0 + r * bRow; c < columns; c++, i += aStep, j += bStep) out[o++] = a[i] - b[j];
    }
  },
  mul(out, a, b, at, rows, columns, a0, b0, aRow, bRow, aStep, bStep) {
    for (let r = 0, o = at; r < rows; r++) {
      for (let c = 0, i = a0 + r * aRow, j = b0 + r * bRow; c < columns; c++, i += aStep, j += bStep) out[o++] = a[i] * b[j];
    }
  },
  div(out, a, b, at, rows, columns, a0, b0, aRow, bRow, aStep, bStep) {
    for (let r = 0, o = at; r < rows; r++) {
      for (let c = 0, i = a0 + r * aRow, j = b0 + r * bRow; c < columns; c++, i += aStep, j += bStep) out[o++] = a[i] / b[j];
    }
  },
  max(out, a, b, at, rows, columns, a0, b0, aRow, bRow, aStep, bStep) {
    for (let r = 0, o = at; r < rows; r++) {
      for (let c = 0, i = a0 + r * aRow, j = b0 + r * bRow; c < columns; c++, i += aStep, j += bStep) out[o++] = Math.max(a[i], b[j]);
    }
  },
  gt(out, a, b, at, rows, columns, a0, b0, aRow, bRow, aStep, bStep) {
    for (let r = 0, o = at; r < rows; r++) {
      // a number, not a branch: random spikes mispredict
      for (let c = 0, i = a0 + r * aRow, j = b0 + r * bRow; c < columns; c++, i += aStep, j += bStep) out[o++] = +(a[i] > b[j]);
    }
  },
};

export const UNARY: Record<'exp' | 'log' | 'sqrt' | 'floor', (out: Float32Array, x: Float32Array) => void> = {
  exp(out, x) {
    for (let i = 0; i < out.length; i++) out[i] = exp32(x[i]);
  },
  log(out, x) {
    for (let i = 0; i < out.length; i++) out[i] = log32(x[i]);
  },
  sqrt(out, x) {
    for (let i = 0; i < out.length; i++) out[i] = Math.sqrt(x[i]);
  },
  floor(out, x) {
    for (let i = 0; i < out.length; i++) out[i] = Math.floor(x[i]);
  },
};
