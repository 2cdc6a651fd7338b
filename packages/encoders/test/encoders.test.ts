import { plainCpu } from '@snn/backend-cpu';
import { randomKey, stream } from '@snn/core';
import { LIF_BOX_NORSE } from '@snn/neurons-lif';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  constantCurrent,
  delta,
  firstSpike,
  latency,
  latencyTimes,
  poisson,
  poissonOn,
  population,
  ramp,
  rate,
  rateOn,
} from '../src/index.ts';

const b = plainCpu();
const key = randomKey(7);
const list = (x: { readonly shape: readonly number[] }): number[] => [...b.readSync(x as ReturnType<typeof b.fromData>)];
const vector = (...x: number[]): ReturnType<typeof b.fromData> => b.fromData(x, [x.length]);

describe('on a backend', () => {
  const shapes = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 3 });
  const values = fc.infiniteStream(fc.oneof(fc.constant(0), fc.double({ min: -40, max: 300, noNaN: true }), fc.constant(Number.NaN)));
  test('rateOn and poissonOn have the bits of the host functions, with and without a native operation', () => {
    fc.assert(
      fc.property(fc.nat(), shapes, values, fc.integer({ min: 1, max: 6 }), (seed, shape, stream, steps) => {
        const x = Array.from({ length: shape.reduce((n, m) => n * m, 1) }, () => stream.next().value as number);
        const k = randomKey(seed);
        for (const on of [b, { ...b, native: {} }]) {
          const coded = rateOn(on, k, x, shape, steps, 255);
          expect(coded.shape).toEqual([steps, ...shape]);
          expect(b.readSync(coded)).toEqual(rate(k, x, steps, 255));
          const trains = poissonOn(on, k, x, shape, steps, 5e-3);
          expect(trains.shape).toEqual([steps, ...shape]);
          expect(b.readSync(trains)).toEqual(poisson(k, x, steps, 5e-3));
        }
      }),
    );
  });
  test('refuses what does not fit', () => {
    expect(() => rateOn(b, key, [1, 2, 3], [2], 4)).toThrow('shape [2] takes 2 numbers, not 3');
    expect(() => rateOn(b, key, [1], [1], 0)).toThrow('rateOn: steps');
    expect(() => poissonOn(b, key, [1], [1], 2, 0)).toThrow('poissonOn: dt');
  });
});

describe('rate', () => {
  test('certain, impossible and meaningless values', () => {
    expect([...rate(key, [0, 255, 300, -1, Number.NaN], 3, 255)]).toEqual([0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0]);
  });
  test('fires as often as the value says: within 5 standard deviations over 20,000 draws', () => {
    const steps = 20_000;
    for (const p of [0.05, 0.5, 0.9]) {
      const mean = rate(stream(key, String(p)), [p], steps).reduce((sum, s) => sum + s, 0) / steps;
      expect(Math.abs(mean - p)).toBeLessThan(5 * Math.sqrt((p * (1 - p)) / steps));
    }
  });
  test('more steps leave the first ones alone, zeros leave the others alone', () => {
    const x = Float32Array.from({ length: 50 }, (_, i) => (i % 10) / 10);
    expect([...rate(key, x, 9).subarray(0, 5 * 50)]).toEqual([...rate(key, x, 5)]);
    const darker = x.map((value, i) => (i % 3 === 0 ? 0 : value));
    const expected = rate(key, x, 5).map((s, i) => ((i % 50) % 3 === 0 ? 0 : s));
    expect([...rate(key, darker, 5)]).toEqual([...expected]);
  });
  test('bytes and fractions of their largest value are the same', () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    expect([...rate(key, bytes, 4, 255)]).toEqual([
      ...rate(
        key,
        Float32Array.from(bytes, (x) => x / 255),
        4,
      ),
    ]);
  });
  test.each([
    ['steps', () => rate(key, [1], 0), 'steps must be a whole number of at least 1, but is 0'],
    ['maximum', () => rate(key, [1], 1, 0), 'maximum must be above 0, but is 0'],
  ])('refuses wrong %s', (_name, call, words) => {
    expect(call).toThrow(expect.objectContaining({ code: 'argument', message: expect.stringContaining(words) }));
  });
});

describe('poisson', () => {
  test('rates in hertz, signs kept: within 5 standard deviations over 50,000 steps', () => {
    const steps = 50_000;
    const spikes = poisson(key, [40, -40, 0], steps, 2e-3);
    const p = 40 * 2e-3;
    const deviation = 5 * Math.sqrt((p * (1 - p)) / steps);
    const mean = (i: number): number => {
      let sum = 0;
      for (let t = 0; t < steps; t++) sum += spikes[3 * t + i];
      return sum / steps;
    };
    expect(Math.abs(mean(0) - p)).toBeLessThan(deviation);
    expect(Math.abs(mean(1) + p)).toBeLessThan(deviation);
    expect(mean(2)).toBe(0);
  });
  test('refuses a dt of 0', () => {
    expect(() => poisson(key, [1], 1, 0)).toThrow('dt must be above 0 seconds, but is 0');
  });
});

describe('latency', () => {
  const x = vector(0, 0.02, 0.5, 1);
  const close = (values: readonly number[], expected: readonly number[]): void =>
    values.forEach((value, i) => {
      // x - threshold cancels: at x = threshold + 1e-7 only a hundred float32 steps are left
      expect(Math.abs(value - expected[i])).toBeLessThan(i ? 1e-6 : 0.05);
    });
  test('times, checked against snnTorch', () => {
    close(list(latencyTimes(b, x, 5)), [11.50712, 0.693147, 0.020203, 0.01005]);
    close(list(latencyTimes(b, x, 5, { normalize: true, linear: true })), [3.96, 3.92, 2, 1e-9]);
  });
  test('one spike at the rounded time, none after the last step', () => {
    const raster = list(latency(b, x, 5, { linear: true, normalize: true }));
    const steps = [0, 1, 2, 3].map((i) => [0, 1, 2, 3, 4].filter((t) => raster[4 * t + i]));
    expect(steps).toEqual([[4], [4], [2], [0]]);
    const late = list(latency(b, x, 5));
    expect([0, 1, 2, 3].map((i) => [0, 1, 2, 3, 4].filter((t) => late[4 * t + i]))).toEqual([[], [1], [0], [0]]);
  });
  test('clip leaves out what is below the threshold', () => {
    const raster = list(latency(b, x, 5, { linear: true, normalize: true, clip: true }));
    expect([0, 1, 2, 3, 4].some((t) => raster[4 * t])).toBe(false);
    expect(raster.reduce((sum, s) => sum + s, 0)).toBe(3);
  });
  test('larger values never come later', () => {
    const value = fc.float({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.array(value, { minLength: 2, maxLength: 8 }), fc.boolean(), (values, linear) => {
        const ascending = Float32Array.from(values).sort();
        const raster = list(latency(b, b.fromData(ascending, [ascending.length]), 9, { linear, normalize: true }));
        const times = [...ascending].map((_, i) => [...Array(9).keys()].filter((t) => raster[t * ascending.length + i]));
        for (const one of times) expect(one.length).toBe(1);
        for (let i = 1; i < times.length; i++) expect(times[i][0]).toBeLessThanOrEqual(times[i - 1][0]);
      }),
    );
  });
  test.each([
    ['tau', { tau: 0 }, 'tau must be above 0'],
    ['threshold', { threshold: 0 }, 'threshold must be above 0'],
    ['first', { first: 5 }, 'first must be a step from 0 to 4'],
  ])('refuses a wrong %s', (_name, options, words) => {
    expect(() => latency(b, x, 5, options)).toThrow(words);
  });
});

describe('constant current', () => {
  const steps = (spikes: ReturnType<typeof constantCurrent<typeof x>>, i: number): number[] =>
    list(spikes).flatMap((s, k) => (s && k % 5 === i ? [Math.floor(k / 5)] : []));
  // norse was asked 10, which stands exactly at the threshold after one step: the answer would hang on a rounding
  const x = vector(0.5, 1, 2, 4, 9.9);
  test('checked against norse', () => {
    const spikes = constantCurrent(b, x, 12, {}, LIF_BOX_NORSE);
    expect(spikes.shape).toEqual([12, 5]);
    expect([0, 1, 2, 3, 4].map((i) => steps(spikes, i))).toEqual([[], [], [6], [2, 5, 8, 11], [1, 3, 5, 7, 9, 11]]);
  });
  test('with a parameter of its own', () => {
    expect(steps(constantCurrent(b, x, 12, { threshold: 100 }), 4)).toEqual([]);
    expect(() => constantCurrent(b, x, 0)).toThrow('steps must be a whole number of at least 1');
  });
});

describe('delta', () => {
  test('checked against snnTorch: ties fire', () => {
    expect(list(delta(b, vector(1, 2, 2.9, 3, 2.5), { threshold: 0.4, negative: true }))).toEqual([1, 1, 1, 0, -1]);
    expect(list(delta(b, vector(1, 2, 2.9, 3, 3.9), { threshold: 1, initial: 'hold' }))).toEqual([0, 1, 0, 0, 0]);
  });
  test('a single step', () => {
    expect(list(delta(b, vector(1)))).toEqual([1]);
    expect(list(delta(b, vector(1), { initial: 'hold' }))).toEqual([0]);
  });
  test('refuses a threshold of 0 and a scalar', () => {
    expect(() => delta(b, vector(1), { threshold: 0 })).toThrow('threshold must be above 0');
    expect(() => delta(b, b.fromData([1], []))).toThrow('first axis must be time');
  });
});

describe('population', () => {
  test('checked against norse', () => {
    const y = population(b, vector(0, 0.5, 1), { neurons: 3, width: 1 });
    expect(y.shape).toEqual([3, 3]);
    const expected = [1, 0.882497, 0.606531, 0.882497, 1, 0.882497, 0.606531, 0.882497, 1];
    list(y).forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i], 6);
    });
  });
  test('the default width is the distance of the preferred values', () => {
    const [here, next] = list(population(b, b.fromData([2], []), { neurons: 4, low: 2, high: 8 }));
    expect(here).toBe(1);
    expect(next).toBeCloseTo(Math.exp(-0.5), 6);
  });
  test('refuses one neuron and an empty range', () => {
    expect(() => population(b, vector(1), { neurons: 1 })).toThrow('at least 2, but is 1');
    expect(() => population(b, vector(1), { neurons: 2, low: 1 })).toThrow('low must be below high, but they are 1 and 1');
  });
});

test('the first spike of each neuron stays', () => {
  expect(list(firstSpike(b, b.fromData([0, 0, 1, 0, 1, 0, 1, 0, 0], [3, 3])))).toEqual([0, 0, 1, 0, 1, 0, 1, 0, 0]);
  expect(list(firstSpike(b, b.fromData([1, 0, 1, 1, 1, 0], [3, 2])))).toEqual([1, 0, 0, 1, 0, 0]);
});

test('a ramp rises to 1 at its time', () => {
  expect(list(ramp(b, vector(4, 2, 0), 5))).toEqual([0, 0, 1, 0.25, 0.5, 0, 0.5, 1, 0, 0.75, 0, 0, 1, 0, 0]);
});
