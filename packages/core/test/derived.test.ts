import { reference } from '@snn/backend-conformance';
import { plainCpu } from '@snn/backend-cpu';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  abs,
  argmax,
  at,
  type Backend,
  clip,
  cumulativeSum,
  equal,
  gather,
  greaterEqual,
  isNumber,
  less,
  linear,
  logSoftmax,
  logSumExp,
  mean,
  min,
  oneHot,
  pow,
  range,
  relu,
  round,
  sigmoid,
  sign,
  softmax,
  softplus,
  square,
  squeeze,
  stack,
  stopGradient,
  sumAll,
  type TensorMeta,
  tanh,
} from '../src/index.ts';

const { fround, abs: size } = Math;
const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;
/** A float32 is known to half of this, relative to its size. */
const EPSILON = 2 ** -23;

const cpu = plainCpu();
const numbers = <T extends TensorMeta>(b: Pick<Backend<T>, 'readSync'>, x: T): number[] => [
  ...(b.readSync as (x: T) => ArrayLike<number> & Iterable<number>)(x),
];
/** Apply a derived function on the CPU backend to a vector. */
const apply = (
  f: (b: typeof cpu, x: ReturnType<typeof cpu.fromData>) => ReturnType<typeof cpu.fromData>,
  values: readonly number[],
): number[] => numbers(cpu, f(cpu, cpu.fromData(values, [values.length])));

const dense = Array.from({ length: 4001 }, (_, i) => fround((i - 2000) / 100));
const small = Array.from({ length: 200 }, (_, i) => fround((i % 2 ? -1 : 1) * 10 ** (-i / 10)));
const curve = [...dense, ...small];

/** Largest |got - want| / max(|want|, floor) over a curve, in units of 2^-23. */
const worst = (got: readonly number[], want: (x: number) => number, xs: readonly number[], floor: number): number =>
  Math.max(...got.map((y, i) => size(y - want(xs[i])) / Math.max(size(want(xs[i])), floor))) / EPSILON;

describe('smooth functions against float64 mathematics, -20 to 20 and down to 1e-20', () => {
  test('sigmoid: relative error below 4 units', () => {
    expect(worst(apply(sigmoid, curve), (x) => 1 / (1 + Math.exp(-x)), curve, 0)).toBeLessThan(4);
  });
  test('tanh: relative error below 2 units, also near 0', () => {
    expect(worst(apply(tanh, curve), Math.tanh, curve, 1e-30)).toBeLessThan(2);
  });
  test('softplus: relative error below 4 units, also where e^x is far below 1', () => {
    const softplus64 = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-size(x)));
    expect(worst(apply(softplus, curve), softplus64, curve, 0)).toBeLessThan(4);
  });
  test('extreme arguments stay finite, or are the limit', () => {
    const extreme = [-infinity, -1e30, -1000, 1000, 1e30, infinity, nan];
    expect(apply(sigmoid, extreme)).toEqual([0, 0, 0, 1, 1, 1, nan]);
    expect(apply(tanh, extreme)).toEqual([-1, -1, -1, 1, 1, 1, nan]);
    expect(apply(softplus, extreme)).toEqual([0, 0, 0, 1000, fround(1e30), infinity, nan]);
  });
});

describe('softmax and its logarithms', () => {
  const row = [1, 2, 3, -4];
  const total = row.reduce((sum, x) => sum + Math.exp(x), 0);
  const close = (got: readonly number[], want: readonly number[]): void => {
    expect(got).toHaveLength(want.length);
    for (const [i, y] of got.entries()) expect(size(y - want[i])).toBeLessThanOrEqual(8 * EPSILON * Math.max(1, size(want[i])));
  };

  test('are right on ordinary numbers', () => {
    close(
      apply(softmax, row),
      row.map((x) => Math.exp(x) / total),
    );
    close(
      apply(logSoftmax, row),
      row.map((x) => x - Math.log(total)),
    );
    close(apply(logSumExp, row), [Math.log(total)]);
  });
  test('neither overflow nor underflow', () => {
    close(apply(softmax, [1000, 999, -1000]), [1 / (1 + Math.exp(-1)), Math.exp(-1) / (1 + Math.exp(-1)), 0]);
    close(apply(logSoftmax, [1000, 999, -1000]), [
      -Math.log1p(Math.exp(-1)),
      -1 - Math.log1p(Math.exp(-1)),
      -2000 - Math.log1p(Math.exp(-1)),
    ]);
    close(apply(logSumExp, [1000, 999]), [1000 + Math.log1p(Math.exp(-1))]);
    close(apply(logSumExp, [-1000, -1000]), [-1000 + Math.LN2]);
    close(apply(logSumExp, [-3e38, 3e38]), [fround(3e38)]);
  });
  test('a class of probability 0 has the logarithm -Infinity', () => {
    expect(apply(softmax, [0, -infinity])).toEqual([1, 0]);
    expect(apply(logSoftmax, [0, -infinity])).toEqual([0, -infinity]);
    expect(apply(logSumExp, [0, -infinity])).toEqual([0]);
  });
  test('logSumExp of nothing but -Infinity is -Infinity, and of +Infinity is +Infinity', () => {
    expect(apply(logSumExp, [-infinity, -infinity])).toEqual([-infinity]);
    expect(apply(logSumExp, [infinity, 1])).toEqual([infinity]);
    expect(apply(logSumExp, [nan, 1])).toEqual([nan]);
  });
  test('go along any axis', () => {
    const x = cpu.fromData([1, 2, 3, 4, 5, 6], [2, 3]);
    const columns = numbers(cpu, softmax(cpu, x, 0));
    for (let i = 0; i < 3; i++) expect(columns[i] + columns[i + 3]).toBeCloseTo(1, 6);
    const rows = numbers(cpu, softmax(cpu, x, -1));
    expect(rows[0] + rows[1] + rows[2]).toBeCloseTo(1, 6);
    expect(logSumExp(cpu, x, 0).shape).toEqual([1, 3]);
    expect(() => softmax(cpu, x, 2)).toThrow(expect.objectContaining({ code: 'argument' }));
  });
});

describe('argmax', () => {
  test('of a tie is the first', () => {
    expect(apply((b, x) => argmax(b, x), [1, 3, 3, 2, 3])).toEqual([1]);
    expect(apply((b, x) => argmax(b, x), [-infinity, -infinity])).toEqual([0]);
    expect(apply((b, x) => argmax(b, x), [5])).toEqual([0]);
  });
  test('goes along any axis, which stays with size 1', () => {
    const x = cpu.fromData([1, 9, 3, 7, 2, 8], [2, 3]);
    expect(numbers(cpu, argmax(cpu, x, 0))).toEqual([1, 0, 1]);
    expect(numbers(cpu, argmax(cpu, x))).toEqual([1, 2]);
    expect(argmax(cpu, x).shape).toEqual([2, 1]);
  });
  test('is the position of the largest', () => {
    const values = fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(values, (x) => {
        expect(apply((b, y) => argmax(b, y), x)).toEqual([x.indexOf(Math.max(...x))]);
      }),
    );
  });
});

describe('rounding and limits', () => {
  test('round sends halves to the even neighbour', () => {
    const x = [
      -2.5,
      -1.5,
      -0.5,
      0.5,
      1.5,
      2.5,
      3.5,
      0.49999997,
      -0.49999997,
      0.50000006,
      1.4999999,
      8388607.5,
      16777216,
      1e20,
      -1e20,
      infinity,
      nan,
    ];
    const want = [-2, -2, 0, 0, 2, 2, 4, 0, 0, 1, 1, 8388608, 16777216, fround(1e20), -fround(1e20), infinity, nan];
    expect(apply(round, x).map((y) => y + 0)).toEqual(want);
  });
  test('round agrees with the definition everywhere', () => {
    const half = fc.integer({ min: -4_000_000, max: 4_000_000 }).map((n) => n / 4);
    fc.assert(
      fc.property(half, (x) => {
        const [y] = apply(round, [x]);
        expect(size(y - x)).toBeLessThanOrEqual(0.5);
        if (size(y - x) === 0.5) expect(size(y % 2)).toBe(0);
      }),
    );
  });
  test('clip, relu, abs, sign, min', () => {
    const x = [-2, -0.5, -0, 0, 0.5, 2, infinity, -infinity, nan];
    expect(apply((b, y) => clip(b, y, -1, 1), x).map((y) => y + 0)).toEqual([-1, -0.5, 0, 0, 0.5, 1, 1, -1, nan]);
    expect(apply(relu, x)).toEqual([0, 0, 0, 0, 0.5, 2, infinity, 0, nan]);
    expect(apply(abs, x)).toEqual([2, 0.5, 0, 0, 0.5, 2, infinity, infinity, nan]);
    expect(apply(sign, x)).toEqual([-1, -1, 0, 0, 1, 1, 1, -1, 0]);
    expect(apply((b, y) => min(b, y, 0.25), x).map((y) => y + 0)).toEqual([-2, -0.5, 0, 0, 0.25, 0.25, 0.25, -infinity, nan]);
    expect(() => clip(cpu, cpu.fromData([1], [1]), 1, 0)).toThrow(expect.objectContaining({ code: 'argument' }));
    expect(() => clip(cpu, cpu.fromData([1], [1]), nan, 0)).toThrow(expect.objectContaining({ code: 'argument' }));
  });
  test('comparisons', () => {
    const x = cpu.fromData([1, 2, 2, nan, infinity, -0], [6]);
    const y = cpu.fromData([2, 1, 2, nan, infinity, 0], [6]);
    expect(numbers(cpu, greaterEqual(cpu, x, y))).toEqual([0, 1, 1, 0, 1, 1]);
    expect(numbers(cpu, less(cpu, x, y))).toEqual([1, 0, 0, 0, 0, 0]);
    expect(numbers(cpu, equal(cpu, x, y))).toEqual([0, 0, 1, 0, 1, 1]);
    expect(numbers(cpu, isNumber(cpu, x))).toEqual([1, 1, 1, 0, 1, 1]);
    expect(numbers(cpu, equal(cpu, x, 2))).toEqual([0, 1, 1, 0, 0, 0]);
  });
});

describe('pow', () => {
  test('of whole exponents multiplies, with any sign', () => {
    for (const n of [0, 1, 2, 3, 5, 10, 64]) {
      const x = [-1.5, -1, 0, 0.5, 2];
      const want = x.map((v) => fround(v ** n));
      for (const [i, y] of apply((b, t) => pow(b, t, n), x).entries())
        expect(size(y - want[i])).toBeLessThanOrEqual(32 * EPSILON * size(want[i]));
    }
  });
  test('of other exponents goes through the logarithm', () => {
    for (const n of [-1, -2, 0.5, 1.7, -0.3]) {
      const x = [0.1, 0.5, 1, 3, 10];
      for (const [i, y] of apply((b, t) => pow(b, t, n), x).entries()) expect(size(y / x[i] ** n - 1)).toBeLessThan(16 * EPSILON);
    }
    const exponent = cpu.fromData([0.5, 2], [2]);
    const got = numbers(cpu, pow(cpu, cpu.fromData([4, 3], [2]), exponent));
    expect(got[0]).toBeCloseTo(2, 5);
    expect(got[1]).toBeCloseTo(9, 5);
  });
  test('does not hand its argument back as its result', () => {
    const x = cpu.fromData([3], [1]);
    const y = pow(cpu, x, 1);
    cpu.dispose(x);
    expect(numbers(cpu, y)).toEqual([3]);
  });
});

describe('sums and indices', () => {
  test('cumulativeSum along each axis', () => {
    const x = cpu.fromData([1, 2, 3, 4, 5, 6], [2, 3]);
    expect(numbers(cpu, cumulativeSum(cpu, x))).toEqual([1, 3, 6, 4, 9, 15]);
    expect(numbers(cpu, cumulativeSum(cpu, x, 0))).toEqual([1, 2, 3, 5, 7, 9]);
    expect(cumulativeSum(cpu, x, 0).shape).toEqual([2, 3]);
    expect(numbers(cpu, cumulativeSum(cpu, cpu.fromData([1, 2, 3, 4, 5, 6, 7, 8], [2, 2, 2]), 1))).toEqual([1, 2, 4, 6, 5, 6, 12, 14]);
  });
  test('mean, sumAll, square, squeeze, stack, at, range', () => {
    const x = cpu.fromData([1, 2, 3, 4, 5, 6], [2, 3]);
    expect(numbers(cpu, mean(cpu, x))).toEqual([3.5]);
    expect(mean(cpu, x).shape).toEqual([1, 1]);
    expect(numbers(cpu, mean(cpu, x, [-1]))).toEqual([2, 5]);
    expect(numbers(cpu, mean(cpu, cpu.fromData([7], [])))).toEqual([7]);
    expect(sumAll(cpu, x).shape).toEqual([]);
    expect(numbers(cpu, sumAll(cpu, x))).toEqual([21]);
    expect(numbers(cpu, square(cpu, x))).toEqual([1, 4, 9, 16, 25, 36]);
    expect(squeeze(cpu, cpu.fromData([1, 2], [1, 2, 1])).shape).toEqual([2]);
    expect(squeeze(cpu, cpu.fromData([1, 2], [1, 2, 1]), [-1]).shape).toEqual([1, 2]);
    expect(() => squeeze(cpu, x, [0])).toThrow(expect.objectContaining({ code: 'argument' }));
    expect(stack(cpu, [x, x]).shape).toEqual([2, 2, 3]);
    expect(numbers(cpu, at(cpu, x, 1))).toEqual([4, 5, 6]);
    expect(() => at(cpu, x, 2)).toThrow(expect.objectContaining({ code: 'shape' }));
    expect(numbers(cpu, range(cpu, 4))).toEqual([0, 1, 2, 3]);
  });
  test('oneHot and gather give zeros for what is out of range or not whole', () => {
    for (const b of [cpu, reference({ precision: 'float32' })]) {
      const check = <T extends TensorMeta>(c: Backend<T>): void => {
        const indices = c.fromData([2, -1, 3, 0.5, nan, 0], [6]);
        expect(numbers(c, oneHot(c, indices, 3))).toEqual([0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0]);
        const rows = c.fromData([1, 2, 3, 4, 5, 6], [3, 2]);
        expect(numbers(c, gather(c, rows, indices))).toEqual([5, 6, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2]);
        expect(gather(c, rows, c.fromData([0, 1, 2, 0], [2, 2])).shape).toEqual([2, 2, 2]);
        expect(numbers(c, gather(c, rows, c.fromData([1], [], 'int32')))).toEqual([3, 4]);
      };
      check(b as Backend<TensorMeta>);
    }
    expect(() => oneHot(cpu, cpu.fromData([0], [1]), 0)).toThrow(expect.objectContaining({ code: 'argument' }));
    expect(() => gather(cpu, cpu.fromData([0], []), cpu.fromData([0], [1]))).toThrow(expect.objectContaining({ code: 'argument' }));
  });
  test('linear takes any leading axes', () => {
    const w = cpu.fromData([1, 2, 3, 4, 5, 6], [3, 2]);
    const bias = cpu.fromData([10, 20], [2]);
    expect(numbers(cpu, linear(cpu, cpu.fromData([1, 0, 1], [3]), w, bias))).toEqual([16, 28]);
    const deep = linear(cpu, cpu.fromData(new Array(12).fill(1), [2, 2, 3]), w);
    expect(deep.shape).toEqual([2, 2, 2]);
    expect(numbers(cpu, deep)).toEqual([9, 12, 9, 12, 9, 12, 9, 12]);
    expect(() => linear(cpu, cpu.fromData([1, 2], [2]), w)).toThrow(/\[2, outputs\]/);
  });
  test('stopGradient is the identity with a handle of its own', () => {
    const x = cpu.fromData([1], [1]);
    const y = stopGradient(cpu, x);
    cpu.dispose(x);
    expect(numbers(cpu, y)).toEqual([1]);
  });
});
