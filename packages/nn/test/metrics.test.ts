// Metrics on small examples that can be counted by hand.
import { expect, test } from 'vitest';
import { accuracyOfCounts, accuracyOfMaximum, confusionMatrix, predictions, rates, spikesPerSample } from '../src/index.ts';

// [T = 2, B = 2, C = 2]
const spikes = { data: [1, 0, 0, 1, 1, 0, 1, 1], shape: [2, 2, 2] };

test('accuracy, rates and spikes per sample', () => {
  expect(accuracyOfCounts(spikes, [0, 1])).toBe(1);
  expect(accuracyOfCounts(spikes, [1, 1])).toBe(0.5);
  expect(accuracyOfMaximum({ data: [1, 5, 0, 1, 6, 0, 0, -1], shape: [2, 2, 2] }, [0, 1])).toBe(1);
  expect(accuracyOfMaximum({ data: [-3, -2, 0, 1], shape: [1, 2, 2] }, [1, 0])).toBe(0.5);
  expect([...rates(spikes)]).toEqual([0.75, 0.5]);
  expect([...spikesPerSample(spikes)]).toEqual([2, 3]);
  expect(() => accuracyOfCounts(spikes, [0, 1, 1])).toThrow('3 labels');
});

test('predictions take the first at a tie; confusion counts by label and prediction', () => {
  expect(predictions([1, 1, 0, 0, 2, 2], 3)).toEqual([0, 1]);
  expect(confusionMatrix([0, 1, 1, 0], [0, 1, 0, 0], 2)).toEqual([
    [2, 1],
    [0, 1],
  ]);
});
