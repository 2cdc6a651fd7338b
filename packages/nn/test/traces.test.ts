// A network is traced once, whatever the batch size and the number of steps; where that cannot be, it is said.
import { cpu } from '@snn/backend-cpu';
import { maxTraces } from '@snn/compile/testing';
import { bernoulli, mean, stream } from '@snn/core';
import { describe, expect, test } from 'vitest';
import {
  adam,
  avgPool2d,
  conv2d,
  createModel,
  crossEntropyOverTime,
  type Dataset,
  dropout,
  evaluate,
  feedback,
  fit,
  flatten,
  type Layer,
  leakyReadout,
  lif,
  linear,
  maxPool2d,
  multiCompartmentLif,
  placeholder,
  rateAbove,
  recurrent,
  sconv2dLstm,
  sequential,
  slstm,
  stateless,
} from '../src/index.ts';

/** Random spikes of `shape` with labels 0 and 1. */
const dataOf = (shape: readonly number[], size = 13): Dataset => ({
  size,
  async batch(indices, key) {
    const length = 4 * indices.length * shape.reduce((n, m) => n * m, 1);
    const inputs = bernoulli(stream(key, 'spikes'), new Float32Array(length).fill(0.4), length);
    return { inputs, shape: [4, indices.length, ...shape], labels: Int32Array.from(indices, (i) => i % 2) };
  },
});
const loss = crossEntropyOverTime();
const optimizer = adam(1e-2);
const memory = placeholder([3]);

const NETWORKS: Readonly<Record<string, readonly [input: readonly number[], network: Layer]>> = {
  'feed-forward': [[6], sequential(linear(6, 5), lif(5), dropout(0.2), linear(5, 2), leakyReadout(2))],
  recurrent: [[6], sequential(linear(6, 5), recurrent(lif(5)), linear(5, 2), leakyReadout(2))],
  placeholder: [
    [6],
    feedback([memory], sequential(memory.read('concat'), linear(9, 3), memory.write(lif(3)), linear(3, 2), leakyReadout(2))),
  ],
  slstm: [[6], sequential(slstm(6, 5), linear(5, 2), leakyReadout(2))],
  'multi-compartment': [
    [2],
    sequential(
      multiCompartmentLif([
        [0, 9],
        [9, 0],
      ]),
      linear(2, 2),
      leakyReadout(2),
    ),
  ],
  images: [
    [1, 8, 8],
    sequential(conv2d(1, 2, 3, { padding: 1 }), lif([2, 8, 8]), maxPool2d(2), avgPool2d(2), flatten(), linear(8, 2), leakyReadout(2)),
  ],
  'convolutional slstm': [[1, 4, 4], sequential(sconv2dLstm(1, 2, 3), flatten(), linear(32, 2), leakyReadout(2))],
};

describe('one trace', () => {
  for (const [name, [input, network]] of Object.entries(NETWORKS)) {
    test(`${name}: for training with a smaller last batch, one for all tests and predictions`, async () => {
      const model = await createModel(network, { backend: await cpu(), seed: 1 });
      const data = dataOf(input);
      await maxTraces(1, model, () => fit(model, data, { loss, optimizer, batchSize: 5 }));
      expect(model.executedBy).toMatch(/^WebAssembly SIMD/);
      await maxTraces(0, model, () => fit(model, dataOf(input, 10), { loss, optimizer, batchSize: 3 }));
      await maxTraces(1, model, async () => {
        await evaluate(model, data, { loss, batchSize: 5 });
        const size = input.reduce((n, m) => n * m, 1);
        for (const [steps, batch] of [
          [1, 1],
          [4, 1],
          [7, 2],
        ])
          await model.predict({ data: new Float32Array(steps * batch * size).fill(1), shape: [steps, batch, ...input] });
      });
      expect(model.traces).toEqual([0, 1].map(() => ({ step: 'network', shape: ['B', ...input], reason: null })));
      expect(model.executedBy).toMatch(/^WebAssembly SIMD/);
    });
  }

  test('penalised spikes are another program', async () => {
    const [input, network] = NETWORKS['feed-forward'];
    const model = await createModel(network, { backend: await cpu(), seed: 1 });
    const options = { loss, optimizer, batchSize: 5 };
    await maxTraces(1, model, () => fit(model, dataOf(input), options));
    await maxTraces(1, model, () => fit(model, dataOf(input), { ...options, regularizers: [rateAbove(0.1, 1)] }));
  });
});

test('a layer that computes with the batch size is traced for each, and maxTraces says so', async () => {
  const centre = stateless(
    'centre',
    (shape) => shape,
    (b, x) => b.sub(x, mean(b, x, [0])),
  );
  const network = sequential(centre, linear(6, 2), leakyReadout(2));
  const model = await createModel(network, { backend: await cpu(), seed: 1 });
  const fitting = (): Promise<unknown> => fit(model, dataOf([6]), { loss, optimizer, batchSize: 5 });
  await expect(maxTraces(1, model, fitting)).rejects.toThrow(
    /2 traces were made where 1 may be:\n- 'network' for inputs \[5, 6\], because 'network' computes with the batch size, .* div .*\n- 'network' for inputs \[3, 6\]/,
  );
  await maxTraces(0, model, fitting);
  // the bits are those of the steps one by one
  const steps = await createModel(network, { backend: await cpu(), seed: 1, compile: false });
  await steps.load(await model.save());
  const inputs = { data: Float32Array.from({ length: 4 * 3 * 6 }, (_, i) => Math.sin(i)), shape: [4, 3, 6] };
  expect(await model.predict(inputs)).toEqual(await steps.predict(inputs));
});
