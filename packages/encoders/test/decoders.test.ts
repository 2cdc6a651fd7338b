import { grad } from '@snn/autodiff';
import { plainCpu } from '@snn/backend-cpu';
import { sumAll } from '@snn/core';
import { expect, test } from 'vitest';
import { decodeMaximum, decodeRate, decodeSpikeTimes, decodeSum } from '../src/index.ts';

const b = plainCpu();
const raster = b.fromData([0, 1, 0, 1, 1, 0, 1, 0, 0, 1, 0, 0], [4, 3]);
const read = (x: typeof raster): readonly [readonly number[], readonly number[]] => [x.shape, [...b.readSync(x)]];

test('sum, rate and maximum drop the time axis', () => {
  expect(read(decodeSum(b, raster))).toEqual([[3], [3, 2, 0]]);
  expect(read(decodeRate(b, raster))).toEqual([[3], [0.75, 0.5, 0]]);
  expect(read(decodeMaximum(b, b.fromData([-3, 1, -2, 0.5], [2, 2])))).toEqual([[2], [-2, 1]]);
  expect(read(decodeSum(b, b.fromData([1, 2, 3], [3, 1])))).toEqual([[1], [6]]);
});

test('steps of the first spikes, Infinity for those that never came', () => {
  expect(read(decodeSpikeTimes(b, raster))).toEqual([
    [1, 3],
    [1, 0, Infinity],
  ]);
  expect(read(decodeSpikeTimes(b, raster, 3))).toEqual([
    [3, 3],
    [1, 0, Infinity, 2, 1, Infinity, 3, Infinity, Infinity],
  ]);
});

test('the derivative of a time is -1 at its spike', () => {
  const twice = b.fromData([1, 0, 0, 1, 1, 0, 1, 1], [4, 2]);
  const weight = b.fromData([5, 7, 11, 13], [2, 2]);
  const g = grad(b, (ad, x, w) => sumAll(ad, ad.mul(decodeSpikeTimes(ad, x.spikes, 2), w)), { spikes: twice }, weight);
  expect(read(g.spikes)[1]).toEqual([-5, 0, 0, -7, -11, 0, 0, -13]);
});

test('refuses a count of 0 and a scalar', () => {
  expect(() => decodeSpikeTimes(b, raster, 0)).toThrow('at least 1, but is 0');
  expect(() => decodeSpikeTimes(b, b.fromData([1], []))).toThrow('first axis must be time');
});
