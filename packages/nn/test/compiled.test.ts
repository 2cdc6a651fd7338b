// Compiled runs and training give the bits of the step-by-step path.
import { type CpuTensor, cpu, plainCpu } from '@snn/backend-cpu';
import { bernoulli, randomKey, stream, treeLeaves, unsupportedError } from '@snn/core';
import { describe, expect, test } from 'vitest';
import {
  adam,
  createModel,
  crossEntropyOfCount,
  crossEntropyOverTime,
  type Dataset,
  dropout,
  evaluate,
  fit,
  type Layer,
  leaky,
  leakyReadout,
  learnable,
  lif,
  linear,
  type Model,
  rateAbove,
  recurrent,
  sequential,
} from '../src/index.ts';

const T = 8;

/** Random spikes; the label says which half of the inputs is denser. */
const data: Dataset = {
  size: 50,
  async batch(indices, key) {
    const inputs = new Float32Array(T * indices.length * 6);
    const probability = Float32Array.from(inputs, (_, i) => {
      const sample = indices[Math.floor(i / 6) % indices.length];
      return i % 6 < 3 === (sample % 2 === 0) ? 0.6 : 0.1;
    });
    inputs.set(bernoulli(stream(key, 'spikes'), probability, inputs.length));
    return { inputs, shape: [T, indices.length, 6], labels: Int32Array.from(indices, (i) => i % 2) };
  },
};

const networks: Readonly<Record<string, () => Layer>> = {
  'feed-forward': () => sequential(linear(6, 9), lif(9, { tau: 4e-3 }), linear(9, 2), leakyReadout(2)),
  'learnable per neuron': () => sequential(linear(6, 8), leaky(8, { beta: learnable(0.9, { perNeuron: true }) }), linear(8, 2), leaky(2)),
  recurrent: () => sequential(linear(6, 7), recurrent(leaky(7)), linear(7, 2), leakyReadout(2)),
  dropout: () => sequential(linear(6, 8), leaky(8), dropout(0.3), linear(8, 2), leakyReadout(2)),
};

const numbersOf = async (model: Model<CpuTensor>): Promise<number[][]> =>
  Promise.all(treeLeaves<CpuTensor>(model.parameters).map(async ({ value }) => [...(await model.backend.read(value))]));

describe('compiled', () => {
  for (const [name, network] of Object.entries(networks)) {
    test(`${name}: outputs, losses and tests are those of the steps one by one, training follows them`, async () => {
      const backend = await cpu();
      const [fast, slow] = await Promise.all([true, false].map((compile) => createModel(network(), { backend, seed: 3, compile })));
      const batch = await data.batch(Int32Array.from([0, 1, 2, 3, 4]), randomKey(9));
      const inputs = { data: batch.inputs as Float32Array, shape: batch.shape };
      expect((await fast.predict(inputs)).data).toEqual((await slow.predict(inputs)).data);
      expect(fast.executedBy).toMatch(/^WebAssembly SIMD/);
      expect(slow.executedBy).toBe('step by step (compile: false)');

      const options = { loss: crossEntropyOverTime(), optimizer: adam(1e-2), epochs: 3, batchSize: 16 };
      const [a, b] = [await fit(fast, data, options), await fit(slow, data, options)];
      expect(a.history[0].steps).toBe(4);
      expect(a.loss).toBeCloseTo(b.loss, 4);
      const [p, q] = [await numbersOf(fast), await numbersOf(slow)];
      for (const [i, values] of p.entries()) for (const [k, x] of values.entries()) expect(Math.abs(x - q[i][k])).toBeLessThan(1e-3);
      await slow.load(await fast.save());
      const test = { loss: options.loss };
      expect(await evaluate(fast, data, test)).toEqual(await evaluate(slow, data, test));
    });
  }

  test('spike counts carry gradients when they are penalised', async () => {
    const backend = await cpu();
    const options = { loss: crossEntropyOfCount(), optimizer: adam(1e-2), epochs: 2, batchSize: 25, regularizers: [rateAbove(0.05, 5)] };
    const models = await Promise.all(
      [true, false].map((compile) => createModel(networks['learnable per neuron'](), { backend, seed: 1, compile })),
    );
    for (const model of models) await fit(model, data, options);
    const [p, q] = await Promise.all(models.map(numbersOf));
    for (const [i, values] of p.entries()) for (const [k, x] of values.entries()) expect(Math.abs(x - q[i][k])).toBeLessThan(1e-3);
  });

  test('nothing leaks', async () => {
    const backend = await cpu();
    const model = await createModel(networks.recurrent(), { backend, seed: 1 });
    const before = backend.memory();
    await fit(model, data, { loss: crossEntropyOverTime(), optimizer: adam(1e-2), batchSize: 16 });
    await evaluate(model, data, { loss: crossEntropyOverTime() });
    expect(backend.memory()).toEqual(before);
  });

  test('a program that runs out of memory is given up: the same step is done step by step, and it is said why', async () => {
    const backend = await cpu();
    const compile: typeof backend.compile = async (step, steps) => {
      const made = await (backend.compile as NonNullable<typeof backend.compile>)(step, steps);
      let runs = 0;
      return {
        ...made,
        run(...given) {
          if (++runs === 3) throw unsupportedError('compiled program: no memory for a test.');
          return made.run(...given);
        },
      };
    };
    const options = { loss: crossEntropyOverTime(), optimizer: adam(1e-2), batchSize: 10 };
    const model = await createModel(networks['feed-forward'](), { backend: { ...backend, compile }, seed: 1 });
    const { steps } = await fit(model, data, options);
    expect(steps).toBe(5);
    expect(model.executedBy).toBe('step by step (compiled program: no memory for a test.)');
  });

  test('a backend that cannot compile runs step by step and says so', async () => {
    const model = await createModel(networks['feed-forward'](), { backend: plainCpu(), seed: 1 });
    await fit(model, data, { loss: crossEntropyOverTime(), optimizer: adam(1e-2) });
    expect(model.executedBy).toBe("step by step (backend 'cpu' has no compile)");
  });
});
