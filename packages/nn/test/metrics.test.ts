// Metrics on small examples that can be counted by hand.
import { plainCpu } from '@snn/backend-cpu';
import { expect, test } from 'vitest';
import {
  accuracyOfCounts,
  accuracyOfMaximum,
  confusionMatrix,
  conv2d,
  countOperations,
  createModel,
  flatten,
  lif,
  linear,
  predictions,
  rates,
  recurrent,
  sequential,
  spikesPerSample,
} from '../src/index.ts';

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

test('synaptic operations are spikes times fan-out', async () => {
  const model = await createModel(linear(4, 3), { backend: plainCpu() });
  const count = await countOperations(model, { data: [1, 0, 0, 1, 0, 0, 0, 1], shape: [2, 1, 4] });
  expect(count).toMatchObject({ synaptic: 9, dense: 24 });
});

test('operations of a convolution leave out what lies beyond the border', async () => {
  const model = await createModel(sequential(conv2d(1, 2, 3, { padding: 1 }), flatten(), linear(18, 1)), { backend: plainCpu() });
  const centre = [0, 0, 0, 0, 1, 0, 0, 0, 0];
  const corner = [1, 0, 0, 0, 0, 0, 0, 0, 0];
  const of = async (data: number[]) => (await countOperations(model, { data, shape: [1, 1, 1, 3, 3] })).layers['layers[0]'];
  expect(await of(centre)).toEqual({ synaptic: 18, dense: 162 });
  expect(await of(corner)).toEqual({ synaptic: 8, dense: 162 });
});

test('recurrent synapses count, other layers do not', async () => {
  const model = await createModel(recurrent(lif(5)), { backend: plainCpu() });
  const { layers } = await countOperations(model, { data: new Float32Array(15).fill(50), shape: [3, 1, 5] });
  // all fire from the first step on, and are seen one step later
  expect(Object.values(layers)).toEqual([{ synaptic: 2 * 5 * 4, dense: 3 * 20 }]);
  await expect(countOperations(await createModel(lif(1), { backend: plainCpu() }), { data: [1], shape: [1, 1, 1] })).rejects.toThrow(
    'no layer with synapses',
  );
});
