/** Properties: what holds for all inputs, tried on random ones that shrink to a small counterexample (fast-check). */
import { type Backend, greaterEqual, sizeOf, type TensorMeta } from '@snn/core';
import * as fc from 'fast-check';
import type { Case, Context, Group } from '../case.ts';
import { checkNumbers } from '../check.ts';
import { EXACT_F32 } from '../needs.ts';

interface Sample {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

/** Float32 numbers of ordinary size: neither subnormal nor close to overflow. */
const number = fc.float({ noNaN: true, noDefaultInfinity: true, min: -1000, max: 1000 }).map((x) => (Math.abs(x) < 1e-6 ? 0 : x));
const shape = (minLength: number, maxLength: number): fc.Arbitrary<number[]> =>
  fc.array(fc.integer({ min: 1, max: 4 }), { minLength, maxLength });
const filled = (to: readonly number[]): fc.Arbitrary<Sample> =>
  fc.array(number, { minLength: sizeOf(to), maxLength: sizeOf(to) }).map((data) => ({ shape: to, data }));
const sample: fc.Arbitrary<Sample> = shape(0, 4).chain(filled);
const pair: fc.Arbitrary<readonly [Sample, Sample]> = shape(0, 4).chain((to) => fc.tuple(filled(to), filled(to)));
/** A shape and one that stretches to it. */
const stretching: fc.Arbitrary<readonly [Sample, Sample]> = shape(1, 4).chain((to) =>
  fc
    .tuple(fc.array(fc.boolean(), { minLength: to.length, maxLength: to.length }), fc.integer({ min: 0, max: to.length }))
    .map(([ones, drop]) => to.map((n, i) => (ones[i] ? 1 : n)).slice(drop))
    .chain((from) => fc.tuple(filled(to), filled(from))),
);
const ordered: fc.Arbitrary<readonly [Sample, number[]]> = shape(1, 4).chain((to) =>
  fc.tuple(filled(to), fc.shuffledSubarray([...to.keys()], { minLength: to.length })),
);
/** A tensor, an axis, and where to cut it. */
const cut: fc.Arbitrary<readonly [Sample, number, number]> = shape(1, 4).chain((to) =>
  fc.nat({ max: to.length - 1 }).chain((axis) => {
    const longer = to.map((n, i) => (i === axis ? n + 1 : n));
    return fc.tuple(filled(longer), fc.constant(axis), fc.integer({ min: 1, max: to[axis] }));
  }),
);
const matrix: fc.Arbitrary<Sample> = shape(2, 2).chain(filled);

type Put<T> = (x: Sample) => T;

/**
 * A case that tries a property on random samples; two tensors that must agree come back: to the bit if `exactF32`, else within a few relative
 * errors of the largest number in play, to the power `degree` for products of two.
 */
const property = <A>(
  name: string,
  samples: fc.Arbitrary<A>,
  sides: <T extends TensorMeta>(b: Backend<T>, put: Put<T>, x: A) => readonly [T, T],
  degree = 1,
): Case => ({
  name,
  async run<T extends TensorMeta>(c: Context<T>): Promise<void> {
    const { b, supports, seed } = c;
    const holds = fc.asyncProperty(samples, async (x) => {
      let largest = 1;
      const put = ({ data, shape }: Sample): T => {
        for (const value of data) largest = Math.max(largest, Math.abs(value));
        return b.fromData(data, shape);
      };
      const [left, right] = sides(b, put, x);
      const slack = supports.exactF32 ? 0 : 16 * supports.relativeError * largest ** degree;
      checkNumbers(c, `${name}: the left side, against the right`, await b.read(left), await b.read(right), () => slack);
    });
    await fc.assert(holds, { seed, numRuns: 40, includeErrorInReport: true });
  },
});

const inverse = (order: readonly number[]): number[] => order.map((_, i) => order.indexOf(i));

export const properties: Group = {
  name: 'properties',
  cases: [
    property('add commutes', pair, (b, put, [x, y]) => [b.add(put(x), put(y)), b.add(put(y), put(x))]),
    property('mul commutes', pair, (b, put, [x, y]) => [b.mul(put(x), put(y)), b.mul(put(y), put(x))], 2),
    property('max commutes', pair, (b, put, [x, y]) => [b.max(put(x), put(y)), b.max(put(y), put(x))]),
    property('sub is add of the negative', pair, (b, put, [x, y]) => [b.sub(put(x), put(y)), b.add(put(x), b.mul(put(y), -1))]),
    property(
      'x - x is 0',
      sample,
      (b, put, x) => [b.sub(put(x), put(x)), b.mul(b.mul(put(x), 0), 0)].map((t) => b.add(t, 0)) as [never, never],
    ),
    property('stretching by itself is stretching by broadcast', stretching, (b, put, [x, y]) => [
      b.add(put(x), put(y)),
      b.add(put(x), b.broadcast(put(y), x.shape)),
    ]),
    property('permute and its inverse give the tensor back', ordered, (b, put, [x, order]) => [
      b.permute(b.permute(put(x), order), inverse(order)),
      put(x),
    ]),
    property('slices side by side give the tensor back', cut, (b, put, [x, axis, at]) => {
      const zero = x.shape.map(() => 0);
      const first = x.shape.map((n, i) => (i === axis ? at : n));
      const rest = x.shape.map((n, i) => (i === axis ? n - at : n));
      const t = put(x);
      const start = zero.map((_, i) => (i === axis ? at : 0));
      return [b.concat([b.slice(t, zero, first), b.slice(t, start, rest)], axis), put(x)];
    }),
    property('where of gt is max', pair, (b, put, [x, y]) => {
      const [s, t] = [put(x), put(y)];
      return [b.add(b.where(b.gt(s, t), s, t), 0), b.add(b.max(s, t), 0)];
    }),
    property('gt and not less-or-equal are complements', pair, (b, put, [x, y]) => {
      const [s, t] = [put(x), put(y)];
      return [b.gt(s, t), b.sub(1, greaterEqual(b, t, s))];
    }),
    property('reduceMax is the largest slice', matrix, (b, put, x) => {
      const t = put(x);
      const [rows, columns] = x.shape;
      let top = b.slice(t, [0, 0], [rows, 1]);
      for (let i = 1; i < columns; i++) top = b.max(top, b.slice(t, [0, i], [rows, 1]));
      return [b.add(b.reduceMax(t, [1]), 0), b.add(top, 0)];
    }),
    property(
      'the product of transposes is the transpose of the product',
      fc.tuple(matrix, fc.integer({ min: 1, max: 4 })),
      (b, put, [x, n]) => {
        const t = put(x);
        const y = b.broadcast(put({ shape: [x.shape[1], 1], data: x.data.slice(0, x.shape[1]) }), [x.shape[1], n]);
        return [b.permute(b.matmul(t, y), [1, 0]), b.matmul(b.permute(y, [1, 0]), b.permute(t, [1, 0]))];
      },
      2,
    ),
    {
      ...property('a sum is a product with ones', matrix, (b, put, x) => {
        const ones = b.broadcast(b.fromData([1], []), [x.shape[1], 1]);
        return [b.sum(put(x), [1]), b.matmul(put(x), ones)];
      }),
      needs: EXACT_F32,
    },
  ],
};
