/** Inputs: edge values, random float32 numbers, and one call of each operation. */
import { normal, type OpName, randomKey, type Supports, sizeOf, stream } from '@snn/core';
import { type Call, type Data, vector } from './check.ts';

/** `count` normally distributed float32 numbers, the same for the same seed and name. */
export const randomNumbers = (seed: number, name: string, count: number): number[] =>
  Array.from(normal(stream(randomKey(seed), name), count));

/** A tensor's worth of normally distributed float32 numbers. */
export const random = (seed: number, name: string, shape: readonly number[]): Data => ({
  data: randomNumbers(seed, name, sizeOf(shape)),
  shape,
});

/** Numbers on which implementations differ: signed zeros, ones, numbers without exact binary form, very large and very small ones. */
export function edgeNumbers({ exactF32, nonFinite }: Supports): readonly number[] {
  const ordinary = [0, -0, 1, -1, 0.1, -0.1, 0.5, 2.5, -2.5, 3, 16777216, 16777217, -16777219, 1e-30, 1e30, -1e30].map(Math.fround);
  // subnormal numbers, and results that overflow
  const extreme = [2 ** -149, 2 ** -126, -(2 ** -140), 3.4028234663852886e38, -3.4028234663852886e38];
  return [...ordinary, ...(exactF32 && nonFinite ? extreme : []), ...(nonFinite ? [Number.NaN, Infinity, -Infinity] : [])];
}

/** Every number paired with every number: the columns of the table of pairs. */
export function pairs(numbers: readonly number[]): readonly [Data, Data] {
  return [vector(...numbers.flatMap((x) => numbers.map(() => x))), vector(...numbers.flatMap(() => numbers))];
}

const X: Data = { data: [0.5, -1.25, 2.25, 0.75, -0.375, 1.5], shape: [2, 3] };
const Y: Data = { data: [1.25, 0.5, -0.75, -2, 0.625, 1.125], shape: [2, 3] };
const POSITIVE: Data = { data: [0.5, 1.25, 2, 0.75, 0.375, 1.5], shape: [2, 3] };
const MASK: Data = { data: [1, 0, 0, 1, 1, 0], shape: [2, 3] };
const call = (op: OpName, inputs: Call['inputs'], ...attributes: Call['attributes']): Call => ({ op, inputs, attributes });

/** One ordinary call of each operation. Operands are away from ties, jumps and poles, so that derivatives exist. */
export const CALLS: Readonly<Record<OpName, Call>> = {
  add: call('add', [X, Y]),
  sub: call('sub', [X, Y]),
  mul: call('mul', [X, Y]),
  div: call('div', [X, Y]),
  max: call('max', [X, Y]),
  gt: call('gt', [X, Y]),
  where: call('where', [MASK, X, Y]),
  exp: call('exp', [X]),
  log: call('log', [POSITIVE]),
  sqrt: call('sqrt', [POSITIVE]),
  floor: call('floor', [X]),
  sum: call('sum', [X], [1]),
  reduceMax: call('reduceMax', [X], [1]),
  matmul: call('matmul', [X, { ...Y, shape: [3, 2] }]),
  reshape: call('reshape', [X], [3, 2]),
  permute: call('permute', [X], [1, 0]),
  broadcast: call('broadcast', [X], [2, 2, 3]),
  slice: call('slice', [X], [0, 1], [2, 2]),
  concat: call('concat', [X, Y], 1),
};
