// Losses over spike times: hand-made values, gradients, refusals. snnTorch's numbers are in the golden files.
import { autodiff } from '@snn/autodiff';
import { reference } from '@snn/backend-conformance';
import type { TensorMeta } from '@snn/core';
import { expect, test } from 'vitest';
import { crossEntropyOfSpikeTime, type Loss, meanSquaredErrorOfSpikeTime, spikeTimeError, spikeTimes } from '../src/index.ts';

const b = reference();
const read = (x: TensorMeta): number[] => [...b.readSync(x as never)];
// [T = 3, B = 1, C = 3]: class 0 fires at 0, 1, 2; class 1 at 1; class 2 never
const outputs = b.fromData([1, 0, 0, 1, 1, 0, 1, 0, 0], [3, 1, 3]);
const labels = b.fromData([0], [1]);
const value = (loss: Loss, y = outputs, l = labels): number => b.readSync(loss.loss(b, y, l))[0];

test('first spikes, the last step for silence', () => {
  expect(read(spikeTimes(b, outputs))).toEqual([0, 1, 2]);
  expect(read(spikeTimes(b, outputs, 2))).toEqual([0, 1, 2, 1, 2, 2]);
  const silent = b.fromData([0, 0, 0], [3, 1, 1]);
  expect(read(spikeTimes(b, silent, 3))).toEqual([2, 2, 2]);
});

test('snnTorch on this raster', () => {
  expect(value(crossEntropyOfSpikeTime())).toBeCloseTo(0.407606, 6);
  // its default target of the incorrect classes is the first step, as coded
  expect(value(meanSquaredErrorOfSpikeTime({ incorrect: 0 }))).toBeCloseTo(0.185185, 6);
});

test('the default target of incorrect classes is the last step', () => {
  expect(value(meanSquaredErrorOfSpikeTime())).toBeCloseTo(1 / 27, 12);
  expect(value(meanSquaredErrorOfSpikeTime({ incorrect: 2 }))).toBeCloseTo(1 / 27, 12);
  expect(value(meanSquaredErrorOfSpikeTime({ tolerance: 1 }))).toBeCloseTo(1 / 27, 12);
  expect(value(meanSquaredErrorOfSpikeTime({ tolerance: 1.5 }))).toBe(0);
  // two spikes: class 0 at 0 and 1, the others at 1 and 2
  expect(value(meanSquaredErrorOfSpikeTime({ correct: [0, 1], incorrect: [1, 2] }))).toBeCloseTo(1 / 9 / 6, 12);
});

test('the gradient is -1 at the spike, at the last step of a silent output', () => {
  const ad = autodiff(b);
  const y = ad.variable(outputs);
  const error = spikeTimeError(ad, y, ad.constant(b.fromData([2, 2, 0], [1, 3])));
  const [gradient] = ad.backward([error], [b.fromData([1], [])], [y]);
  const scale = 2 / 9 / 3;
  const expected = [2, 0, 0, 0, 1, 0, 0, 0, -2].map((x) => x * scale);
  read(gradient as TensorMeta).forEach((g, i) => {
    expect(g).toBeCloseTo(expected[i], 12);
  });
});

test('weights make a weighted mean', () => {
  const two = b.fromData([1, 0, 0, 1, 1, 0, 0, 0], [2, 2, 2]);
  const both = b.fromData([0, 0], [2]);
  const weighted = value(crossEntropyOfSpikeTime({ weights: [3, 1] }), two, both);
  expect(weighted).toBeCloseTo(value(crossEntropyOfSpikeTime(), two, both), 12);
});

test('the earliest output is the prediction', () => {
  const scores = crossEntropyOfSpikeTime({ inverse: 'reciprocal' }).scores(b, outputs);
  expect(read(scores).map((x) => x + 0)).toEqual([0, -1, -2]);
  expect(scores.shape).toEqual([1, 3]);
});

test('refusals', () => {
  expect(() => meanSquaredErrorOfSpikeTime({ correct: [0, 1] })).toThrow('correct has 2 spikes and incorrect 1');
  expect(() => meanSquaredErrorOfSpikeTime({ correct: 0.5 })).toThrow('whole number of steps, but is 0.5');
  expect(() => meanSquaredErrorOfSpikeTime({ tolerance: -1 })).toThrow('tolerance must be at least 0');
  expect(() => crossEntropyOfSpikeTime({ inverse: 'other' as never })).toThrow("inverse must be 'negate' or 'reciprocal'");
  expect(() => value(crossEntropyOfSpikeTime({ weights: [1] }))).toThrow('1 weights came for 3 classes');
  expect(() => spikeTimeError(b, outputs, b.fromData([1, 2], [1, 2]))).toThrow('targets must be [B, C] or [F, B, C]');
});
