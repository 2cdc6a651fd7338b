// A stream gives, step by step, the bits of a run over all steps.
import { cpu, plainCpu } from '@snn/backend-cpu';
import { bernoulli, randomKey } from '@snn/core';
import { describe, expect, test } from 'vitest';
import { createModel, leaky, leakyReadout, linear, recurrent, sequential } from '../src/index.ts';

const backend = await cpu({ threads: 1 });
const network = sequential(linear(12, 9), leaky(9), recurrent(leaky(9)), linear(9, 4), leakyReadout(4));
const [T, B, N] = [20, 2, 12];
const inputs = bernoulli(randomKey(4), 0.3, T * B * N);

describe('stream', () => {
  test('gives the bits of `predict`, from inputs and from spikes, also after a reset', async () => {
    const model = await createModel(network, { backend, seed: 2 });
    const { data } = await model.predict({ data: inputs, shape: [T, B, N] });
    const stream = await model.stream({ shape: [B, N] });
    expect(stream.shape).toEqual([B, 4]);
    expect(stream.executedBy).toMatch(/^WebAssembly SIMD/);
    for (const way of ['input', 'spikes', 'mixed']) {
      const outputs: number[] = [];
      for (let t = 0; t < T; t++) {
        const row = inputs.subarray(t * B * N, (t + 1) * B * N);
        if (way === 'spikes' || (way === 'mixed' && t % 3 === 0)) {
          const indices = [...row.keys()].filter((i) => row[i] === 1);
          outputs.push(...stream.spikes(indices));
        } else {
          stream.input.set(row);
          outputs.push(...stream.step());
        }
      }
      expect(Float32Array.from(outputs)).toEqual(data);
      stream.reset();
    }
    stream.dispose();
  });

  test('holds no tensors of the backend but its own, and gives them back', async () => {
    const model = await createModel(network, { backend, seed: 2 });
    const before = backend.memory();
    const stream = await model.stream({ shape: [1, N] });
    for (let i = 0; i < 5; i++) stream.spikes([i, 3 + i]);
    const during = backend.memory().tensors;
    stream.step();
    expect(backend.memory().tensors).toBe(during);
    stream.dispose();
    expect(backend.memory()).toEqual(before);
  });

  test('refuses what it cannot do in a sentence', async () => {
    const model = await createModel(network, { backend, seed: 2 });
    const stream = await model.stream({ shape: [1, N] });
    expect(() => stream.spikes([12])).toThrow('index 12 is not one of the 12 inputs of [1, 12], 0 to 11');
    expect(() => stream.spikes([0.5])).toThrow('index 0.5');
    await expect(model.stream({ shape: [] })).rejects.toThrow('shape must be [B, ...]');
    await expect(model.stream({ shape: [1, 7] })).rejects.toThrow();
    const plain = await createModel(network, { backend: plainCpu() });
    await expect(plain.stream({ shape: [1, N] })).rejects.toThrow("backend 'cpu' does not compile; call `model.step` instead");
  });
});
