// Targets: snnTorch's examples, and what it refuses or gets wrong.
import { plainCpu } from '@snn/backend-cpu';
import { expect, test } from 'vitest';
import { regularSpikes, sawtooth, targetLatency, targetOneHot, targetRate } from '../src/index.ts';

const b = plainCpu();
const read = (x: ReturnType<typeof b.fromData>): number[] => [...b.readSync(x)];
const labels = b.fromData([0, 2], [2]);

test('regular spikes', () => {
  expect(read(regularSpikes(b, 5, 0.5))).toEqual([1, 0, 1, 0, 1]);
  expect(read(regularSpikes(b, 5, 0.3))).toEqual([1, 0, 0, 1, 0]);
  expect(read(regularSpikes(b, 5, 1, 3))).toEqual([0, 0, 0, 1, 1]);
  expect(read(regularSpikes(b, 3, 0))).toEqual([0, 0, 0]);
  // 3 / 0.3 is the step 10, not 9
  expect(read(regularSpikes(b, 12, 0.3)).flatMap((z, t) => (z ? [t] : []))).toEqual([0, 3, 6, 10]);
  expect(() => regularSpikes(b, 5, 1.5)).toThrow('rate from 0 to 1 spikes per step, but is 1.5');
  expect(() => regularSpikes(b, 5, 1, 5)).toThrow('first must be a step from 0 to 4, but is 5');
  expect(() => regularSpikes(b, 0, 1)).toThrow('steps');
});

test('a saw tooth rises to each spike', () => {
  expect(read(sawtooth(b, [0, 4], 5)).map((x) => Math.round(x * 1e4))).toEqual([10000, 0, 3333, 6667, 10000]);
  expect(read(sawtooth(b, [0, 4], 6, { on: 1.25, off: 0.25 }))[5]).toBe(0.25);
  expect(read(sawtooth(b, [], 3, { off: -1 }))).toEqual([-1, -1, -1]);
  expect(read(sawtooth(b, [1, 2], 3))).toEqual([0, 1, 1]);
  expect(() => sawtooth(b, [2, 1], 3)).toThrow('ascending steps from 0 to 2, but are 2, 1');
  expect(() => sawtooth(b, [3], 3)).toThrow('ascending steps');
});

test('one value per class, also with off below 0', () => {
  expect(read(targetOneHot(b, labels, 3))).toEqual([1, 0, 0, 0, 0, 1]);
  expect(read(targetOneHot(b, labels, 3, { on: 0, off: -1 }))).toEqual([0, -1, -1, -1, -1, 0]);
});

test('rates of both kinds of class', () => {
  const y = targetRate(b, labels, 3, 4, { correct: 0.5, incorrect: 0.25, on: 2, off: -1 });
  expect(y.shape).toEqual([4, 2, 3]);
  const series = (sample: number, label: number) => [0, 1, 2, 3].map((t) => read(y)[(t * 2 + sample) * 3 + label]);
  expect(series(0, 0)).toEqual([2, -1, 2, -1]);
  expect(series(1, 2)).toEqual([2, -1, 2, -1]);
  expect(series(0, 1)).toEqual([2, -1, -1, -1]);
  // snnTorch's example of a membrane: 25 %, interpolated
  const membrane = read(targetRate(b, b.fromData([0], [1]), 2, 5, { correct: 0.25, on: 1.2, off: 0.5, interpolate: true }));
  const rounded = membrane.filter((_, i) => i % 2 === 0).map((x) => Math.round(x * 1e4) / 1e4);
  expect(rounded).toEqual([1.2, 0.5, 0.7333, 0.9667, 1.2]);
  expect(() => targetRate(b, labels, 3, 4, { correct: 0.1, incorrect: 0.2 })).toThrow('more than correct');
  expect(() => targetRate(b, labels, 3, 4, { incorrect: -1 })).toThrow('incorrect must be a rate');
});

test('latencies: the label first, the others last', () => {
  const y = read(targetLatency(b, b.fromData([1], [1]), 2, 4, { normalize: true }));
  expect(y).toEqual([0, 1, 0, 0, 0, 0, 1, 0]);
});
