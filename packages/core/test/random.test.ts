import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  bernoulli,
  bernoulliSteps,
  foldIn,
  type Key,
  normal,
  permutation,
  randomBits,
  randomKey,
  split,
  stream,
  threefry,
  uniform,
} from '../src/index.ts';

/** What the generator gave when it was fixed: any change of it changes everyone's experiments. */
const vectors = JSON.parse(readFileSync(new URL('random-vectors.json', import.meta.url), 'utf8')) as {
  readonly seed: number;
  readonly key: Key;
  readonly [name: string]: unknown;
};

const words = fc.integer({ min: 0, max: 0xffffffff });
const keys = fc.tuple(words, words);
const mean = (x: ArrayLike<number>): number => Array.from(x).reduce((total, v) => total + v, 0) / x.length;

describe('threefry', () => {
  // Random123 1.14, examples/kat_vectors, threefry2x32: rounds, counter, key, result
  test.each([
    [13, [0, 0], [0, 0], [0x9d1c5ec6, 0x8bd50731]],
    [13, [0xffffffff, 0xffffffff], [0xffffffff, 0xffffffff], [0xfd36d048, 0x2d17272c]],
    [13, [0x243f6a88, 0x85a308d3], [0x13198a2e, 0x03707344], [0xba3e4725, 0xf27d669e]],
    [20, [0, 0], [0, 0], [0x6b200159, 0x99ba4efe]],
    [20, [0xffffffff, 0xffffffff], [0xffffffff, 0xffffffff], [0x1cb996fc, 0xbb002be7]],
    [20, [0x243f6a88, 0x85a308d3], [0x13198a2e, 0x03707344], [0xc4923a9c, 0x483df7a0]],
  ] as const)('%d rounds of counter %o with key %o', (rounds, [c0, c1], key, result) => {
    expect(threefry(key, c0, c1, rounds)).toEqual(result);
  });

  test('has 13 rounds unless told otherwise', () => {
    expect(threefry([1, 2], 3, 4)).toEqual(threefry([1, 2], 3, 4, 13));
  });
});

describe('draws are those of the committed vectors', () => {
  const key = randomKey(vectors.seed);
  test.each<[string, unknown]>([
    ['key', key],
    ['bits', [...randomBits(key, 7)]],
    ['uniform', [...uniform(key, 8)]],
    ['uniformFrom-2To3', [...uniform(key, 8, -2, 3)]],
    ['normal', [...normal(key, 8)]],
    ['normalMean1Deviation2', [...normal(key, 8, 1, 2)]],
    ['bernoulli0.3', [...bernoulli(key, 0.3, 16)]],
    ['permutation', [...permutation(key, 10)]],
    ['split', split(key, 3)],
    ['streamDropout', stream(key, 'dropout')],
    ['streamEmpty', stream(key, '')],
    ['foldIn7', foldIn(key, 7)],
  ])('%s', (name, drawn) => expect(drawn).toEqual(vectors[name]));
});

describe('keys', () => {
  test('a seed is both words of a key', () => {
    expect(randomKey(0)).toEqual([0, 0]);
    expect(randomKey(2 ** 32 + 5)).toEqual([5, 1]);
    expect(randomKey(Number.MAX_SAFE_INTEGER)).toEqual([0xffffffff, 0x1fffff]);
    for (const bad of [-1, 0.5, Number.NaN, Infinity, 2 ** 53])
      expect(() => randomKey(bad)).toThrow(expect.objectContaining({ code: 'argument' }));
  });

  test('foldIn is split without the others', () => {
    fc.assert(
      fc.property(keys, fc.nat({ max: 20 }), (key, i) => {
        expect(foldIn(key, i)).toEqual(split(key, i + 1)[i]);
      }),
    );
  });

  test('split, streams and draws of one key share no word', () => {
    fc.assert(
      fc.property(keys, (key) => {
        const drawn = [...randomBits(key, 64)];
        const derived = [...split(key, 16).flat(), ...['weights', 'dropout', 'data', ''].flatMap((name) => stream(key, name))];
        expect(new Set([...drawn, ...derived]).size).toBeGreaterThan(drawn.length + derived.length - 2);
      }),
      { seed: 1, numRuns: 50 },
    );
  });
});

describe('draws', () => {
  test('an element depends on its index and the key only, not on how many are drawn', () => {
    fc.assert(
      fc.property(keys, fc.integer({ min: 1, max: 40 }), fc.nat({ max: 40 }), (key, length, more) => {
        expect(randomBits(key, length + more).slice(0, length)).toEqual(randomBits(key, length));
        expect(uniform(key, length + more).slice(0, length)).toEqual(uniform(key, length));
        expect(normal(key, length + more).slice(0, length)).toEqual(normal(key, length));
      }),
    );
  });

  test('uniform has the moments of a uniform distribution and stays in [0, 1)', () => {
    const x = uniform(randomKey(3), 200_000);
    expect(Math.min(...x.subarray(0, 50_000))).toBeGreaterThanOrEqual(0);
    expect(x.every((v) => v < 1)).toBe(true);
    // four standard errors
    expect(Math.abs(mean(x) - 1 / 2)).toBeLessThan(4 * Math.sqrt(1 / 12 / x.length));
    expect(Math.abs(mean(x.map((v) => v * v)) - 1 / 3)).toBeLessThan(4 * Math.sqrt(4 / 45 / x.length));
    const bins = new Float64Array(16);
    for (const v of x) bins[Math.floor(16 * v)]++;
    const chi = bins.reduce((total, n) => total + (n - x.length / 16) ** 2 / (x.length / 16), 0);
    expect(chi).toBeLessThan(37.7); // 15 degrees of freedom, p = 0.001
  });

  test('normal has the moments and the quantiles of a normal distribution', () => {
    const x = normal(randomKey(4), 200_000);
    const error = 4 / Math.sqrt(x.length);
    expect(Math.abs(mean(x))).toBeLessThan(error);
    expect(Math.abs(mean(x.map((v) => v ** 2)) - 1)).toBeLessThan(error * Math.sqrt(2));
    expect(Math.abs(mean(x.map((v) => v ** 3)))).toBeLessThan(error * Math.sqrt(15));
    expect(Math.abs(mean(x.map((v) => v ** 4)) - 3)).toBeLessThan(error * Math.sqrt(96));
    for (const [quantile, probability] of [
      [-1.959964, 0.025],
      [-0.6744898, 0.25],
      [0, 0.5],
      [1.2815516, 0.9],
      [3.0902323, 0.999],
    ]) {
      const below = mean(x.map((v) => (v < quantile ? 1 : 0)));
      expect(Math.abs(below - probability)).toBeLessThan(4 * Math.sqrt((probability * (1 - probability)) / x.length));
    }
  });

  test('each step of bernoulliSteps is a draw of bernoulli from a key of its own', () => {
    fc.assert(
      fc.property(
        keys,
        fc.array(fc.float({ min: 0, max: 1, noNaN: true }), { maxLength: 20 }),
        fc.integer({ min: 1, max: 5 }),
        (key, p, steps) => {
          const all = bernoulliSteps(key, p, steps);
          expect(all.length).toBe(steps * p.length);
          for (let t = 0; t < steps; t++)
            expect(all.slice(t * p.length, (t + 1) * p.length)).toEqual(bernoulli(foldIn(key, t), p, p.length));
        },
      ),
    );
  });
  test('bernoulli has its probability, whole or element by element', () => {
    const n = 100_000;
    for (const p of [0.001, 0.1, 0.5, 0.97]) {
      expect(Math.abs(mean(bernoulli(randomKey(5), p, n)) - p)).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / n));
    }
    expect(mean(bernoulli(randomKey(5), 0, n))).toBe(0);
    expect(mean(bernoulli(randomKey(5), 1, n))).toBe(1);
    const even = Float32Array.from({ length: n }, (_, i) => (i % 2 ? 0.2 : 0));
    const drawn = bernoulli(randomKey(6), even, n);
    expect(drawn.every((z, i) => i % 2 === 1 || z === 0)).toBe(true);
    expect(Math.abs(2 * mean(drawn) - 0.2)).toBeLessThan(4 * Math.sqrt((2 * 0.16) / n));
  });

  test('permutation holds each index once, and each index comes to each place', () => {
    fc.assert(
      fc.property(keys, fc.nat({ max: 50 }), (key, n) => {
        expect([...permutation(key, n)].sort((x, y) => x - y)).toEqual([...Array(n).keys()]);
      }),
    );
    const counts = Array.from({ length: 5 }, () => new Float64Array(5));
    for (const key of split(randomKey(7), 10_000)) for (const [place, index] of permutation(key, 5).entries()) counts[place][index]++;
    for (const row of counts) for (const n of row) expect(Math.abs(n - 2000)).toBeLessThan(4.5 * Math.sqrt(10_000 * 0.2 * 0.8));
  });

  test('keys of a split are not correlated', () => {
    const [a, b] = split(randomKey(8)).map((key) => normal(key, 100_000));
    expect(Math.abs(mean(a.map((x, i) => x * b[i])))).toBeLessThan(4 / Math.sqrt(a.length));
    const c = normal(stream(randomKey(8), 'a'), 100_000);
    const d = normal(stream(randomKey(8), 'b'), 100_000);
    expect(Math.abs(mean(c.map((x, i) => x * d[i])))).toBeLessThan(4 / Math.sqrt(c.length));
  });
});
