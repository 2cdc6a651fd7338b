/**
 * A sound backend that claims as little as a GPU may: its operations err, sums go pairwise in any order, products are fused, subnormal numbers
 * and signs of zeros are lost, NaN is not looked for, reads are late. The suite must pass on it, so that it asks for nothing unclaimed.
 */

import { type Backend, defineBackend, type Operand, type TypedArray } from '@snn/core';
import { type ReferenceTensor, reference } from '../src/index.ts';

const ERROR = 2e-6;

/** The backend; `error` is the relative error that its operations really have, 2e-6 is what it claims. */
export function inexact(error: number = ERROR / 2): Backend<ReferenceTensor> {
  const b = reference();
  const { fround, abs, sign } = Math;
  const settle = (x: number): number => (abs(x) < 2 ** -126 ? 0 : fround(x));
  /** Round and flush the elements of a result, each wrong by up to `error`. */
  const blur = (x: ReferenceTensor, by: number = error): ReferenceTensor => {
    for (let i = 0; i < x.values.length; i++) x.values[i] = settle(x.values[i] * (1 + by * sign((i % 3) - 1)));
    return x;
  };
  const exact = (x: ReferenceTensor): ReferenceTensor => blur(x, 0);
  const rounded = (x: Operand<ReferenceTensor>): Operand<ReferenceTensor> => (typeof x === 'number' ? fround(x) : x);
  type Binary = (x: Operand<ReferenceTensor>, y: Operand<ReferenceTensor>) => ReferenceTensor;
  const two =
    (f: Binary, finish: (x: ReferenceTensor) => ReferenceTensor): Binary =>
    (x, y) =>
      finish(f(rounded(x), rounded(y)));

  return defineBackend<ReferenceTensor>({
    ...b,
    name: 'inexact',
    native: { relu: (x) => exact(b.max(x, 0)) },
    supports: {
      dtypes: ['float32'],
      maxRank: 6,
      syncRead: false,
      memory: 'manual',
      exactF32: false,
      nonFinite: false,
      relativeError: ERROR,
      compile: 'none',
    },
    readSync: undefined,
    fromData: (data, shape) => exact(b.fromData(data, shape)),
    async read(x): Promise<TypedArray> {
      const data = Float32Array.from(x.values);
      await new Promise((resolve) => setTimeout(resolve));
      return data;
    },
    add: two(b.add, blur),
    sub: two(b.sub, blur),
    mul: two(b.mul, blur),
    div: two(b.div, blur),
    max: two((x, y) => {
      const larger = b.gt(x, y);
      const top = b.where(larger, x, y);
      b.dispose(larger);
      return top;
    }, exact),
    gt: two(b.gt, exact),
    where: (condition, x, y) => exact(b.where(condition, rounded(x), rounded(y))),
    exp: (x) => blur(b.exp(x)),
    log: (x) => blur(b.log(x)),
    sqrt: (x) => blur(b.sqrt(x)),
    sum: (x, axes) => blur(b.sum(x, axes)),
    matmul: (x, y) => blur(b.matmul(x, y)),
  });
}
