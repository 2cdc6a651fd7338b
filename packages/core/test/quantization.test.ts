// Levels, the nearest of them, and the gradient that passes.

import { autodiff } from '@snn/autodiff';
import { reference } from '@snn/backend-conformance';
import { plainCpu } from '@snn/backend-cpu';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { quantizationLevels, stateQuantization } from '../src/index.ts';

const b = reference();
const close = (actual: readonly number[], expected: readonly number[]): void => {
  expect(actual).toHaveLength(expected.length);
  for (const [n, x] of actual.entries()) expect(x).toBeCloseTo(expected[n], 6);
};
const argument = (message: string) => expect.objectContaining({ code: 'argument', message: expect.stringContaining(message) });

describe('levels', () => {
  test('of two bits as in snnTorch', () => {
    close(quantizationLevels({ bits: 2 }), [-1, -0.266667, 0.466667, 1.2]);
    close(quantizationLevels({ bits: 2, spacing: 'exponential' }), [-1, 0.801802, 0.981982, 1.2]);
  });
  test('ascend from the lowest to the highest, 2^bits of them, densest at their centre', () => {
    for (const bits of [2, 3, 4, 5, 6, 7, 8])
      for (const centre of ['threshold', 'zero'] as const)
        for (const spacing of ['uniform', 'exponential'] as const) {
          const levels = quantizationLevels({ bits, spacing, centre, threshold: 0.5, lower: 0.4, upper: 0.6 });
          expect(levels).toHaveLength(2 ** bits);
          expect(levels[0]).toBeCloseTo(-0.7, 12);
          expect(levels[levels.length - 1]).toBeCloseTo(0.8, 12);
          const gaps = levels.slice(1).map((x, n) => x - levels[n]);
          expect(Math.min(...gaps)).toBeGreaterThan(0);
          if (spacing === 'exponential' && bits > 3) {
            const nearest = gaps.indexOf(Math.min(...gaps));
            expect(Math.abs(levels[nearest] - (centre === 'zero' ? 0 : 0.5))).toBeLessThan(0.2);
            expect(gaps[nearest]).toBeLessThan(gaps[0] / 2);
          }
        }
  });
  test('refuse what leaves no room', () => {
    for (const bits of [0, 17, 2.5])
      expect(() => quantizationLevels({ bits })).toThrow(argument(`bits must be a whole number of 1 to 16, but is ${bits}.`));
    for (const options of [{ threshold: 0 }, { threshold: -1 }, { lower: -3 }, { upper: -0.1 }, { ratio: 1 }, { threshold: Number.NaN }])
      expect(() => quantizationLevels(options)).toThrow(argument('quantizationLevels: levels from'));
  });
});

describe('stateQuantization', () => {
  const apply = (xs: readonly number[], levels: readonly number[]): number[] => [
    ...b.readSync(stateQuantization(levels).apply(b, b.fromData(xs, [xs.length]))),
  ];
  test('takes the nearest level', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: 1, maxLength: 20 }),
        fc.array(fc.double({ min: -4, max: 4, noNaN: true }), { minLength: 1, maxLength: 20 }),
        (unsorted, xs) => {
          const levels = [...new Set(unsorted.map((x) => x + 0))].sort((x, y) => x - y);
          for (const [n, q] of apply(xs, levels).entries()) {
            expect(levels).toContain(q);
            const best = Math.min(...levels.map((level) => Math.abs(level - xs[n])));
            expect(Math.abs(q - xs[n])).toBeLessThanOrEqual(best + 1e-12);
          }
        },
      ),
    );
  });
  test('the lower of two equally near, the outermost beyond, NaN for NaN', () => {
    expect(apply([0.5, 1.5, -9, Infinity, -Infinity, Number.NaN], [0, 1, 2])).toEqual([0, 1, 0, 2, 0, Number.NaN]);
    expect(apply([3, -3], [0.25])).toEqual([0.25, 0.25]);
  });
  test('keeps the shape, and gives the levels themselves in float32', () => {
    const levels = quantizationLevels({ bits: 5, spacing: 'exponential' });
    const single = plainCpu();
    const x = single.fromData(
      Float32Array.from({ length: 24 }, (_, n) => -1.2 + n / 9),
      [2, 3, 4],
    );
    const q = stateQuantization(levels).apply(single, x);
    expect(q.shape).toEqual([2, 3, 4]);
    for (const value of single.readSync(q)) expect(levels.map(Math.fround)).toContain(value);
  });
  test('refuses levels that do not ascend', () => {
    for (const levels of [[], [1, 0], [0, 0], [Number.NaN], [0, Number.NaN]])
      expect(() => stateQuantization(levels)).toThrow(argument('stateQuantization: levels must be ascending numbers'));
  });
  test('passes the gradient unchanged', () => {
    const ad = autodiff(b);
    const x = ad.variable(b.fromData([-3, 0.1, 0.49, 7], [4]));
    const [g] = ad.backward([stateQuantization([0, 1]).apply(ad, x)], [b.fromData([1, 2, 3, 4], [4])], [x]);
    expect(g === null ? null : [...b.readSync(g)]).toEqual([1, 2, 3, 4]);
  });
});
