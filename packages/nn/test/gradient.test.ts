// Training with strategies for gradients, compiled and step by step.

import { type CpuTensor, plainCpu } from '@snn/backend-cpu';
import { checkpoint, scheduled, store, truncated } from '@snn/compile';
import { bernoulli, type GradientStrategy, stream, treeLeaves } from '@snn/core';
import { describe, expect, test } from 'vitest';
import {
  createModel,
  crossEntropyOverTime,
  type Dataset,
  fit,
  type Layer,
  leaky,
  leakyReadout,
  lif,
  linear,
  type Regularizer,
  rateAbove,
  recurrent,
  sequential,
  sgd,
} from '../src/index.ts';

const T = 9;

/** Random spikes; the label says which half of the inputs is denser. */
const data: Dataset = {
  size: 20,
  async batch(indices, key) {
    const size = T * indices.length * 6;
    const probability = Float32Array.from({ length: size }, (_, i) => {
      const sample = indices[Math.floor(i / 6) % indices.length];
      return i % 6 < 3 === (sample % 2 === 0) ? 0.6 : 0.1;
    });
    const inputs = Float32Array.from(bernoulli(stream(key, 'spikes'), probability, size));
    return { inputs, shape: [T, indices.length, 6], labels: Int32Array.from(indices, (i) => i % 2) };
  },
};

/** The plain tier with the executor that every backend can have. */
function compiling(): ReturnType<typeof plainCpu> {
  const plain = plainCpu();
  return {
    ...plain,
    supports: { ...plain.supports, compile: 'step' },
    compile: async (step, _, gradient) => scheduled(plain, step, null, gradient),
  };
}

interface Training {
  readonly compile: boolean;
  readonly gradient?: GradientStrategy;
  readonly regularizers?: readonly Regularizer[];
}

/** Parameters after training, and what ran. */
async function trained(network: () => Layer, { compile, ...options }: Training): Promise<{ numbers: number[]; executedBy: string }> {
  const backend = compiling();
  const model = await createModel(network(), { backend, seed: 5, compile });
  const before = backend.memory();
  await fit(model, data, { loss: crossEntropyOverTime(), optimizer: sgd(0.5), batchSize: 8, ...options });
  expect(backend.memory()).toEqual(before);
  const numbers = treeLeaves<CpuTensor>(model.parameters).flatMap(({ value }) => [...backend.readSync(value)]);
  return { numbers, executedBy: model.executedBy };
}

const close = (actual: readonly number[], expected: readonly number[]): void => {
  for (const [i, x] of expected.entries()) expect(Math.abs(actual[i] - x)).toBeLessThan(1e-5);
};

const networks: Readonly<Record<string, () => Layer>> = {
  'feed-forward': () => sequential(linear(6, 9), lif(9, { tau: 4e-3 }), linear(9, 2), leakyReadout(2)),
  recurrent: () => sequential(linear(6, 7), recurrent(leaky(7)), linear(7, 2), leakyReadout(2)),
};

describe('fit', () => {
  for (const [name, network] of Object.entries(networks)) {
    test(`${name}: checkpoints and truncation after the last step train to the bits of the default`, async () => {
      const { numbers, executedBy } = await trained(network, { compile: true });
      expect(executedBy).toBe('operations of cpu, scheduled');
      for (const gradient of [store(), checkpoint(1), checkpoint(4), checkpoint(T), truncated(T)])
        expect((await trained(network, { compile: true, gradient })).numbers).toEqual(numbers);
    });

    test(`${name}: truncated gradients are those of the steps one by one, and other than whole ones`, async () => {
      const whole = await trained(network, { compile: true });
      for (const k of [1, 4]) {
        const compiled = await trained(network, { compile: true, gradient: truncated(k) });
        const steps = await trained(network, { compile: false, gradient: truncated(k) });
        expect(steps.executedBy).toBe('step by step (compile: false)');
        close(compiled.numbers, steps.numbers);
        expect(Math.max(...compiled.numbers.map((x, i) => Math.abs(x - whole.numbers[i])))).toBeGreaterThan(1e-3);
      }
    });
  }

  test('regularisers with truncated gradients run step by step, which is said', async () => {
    const options = { gradient: truncated(3), regularizers: [rateAbove(0.3, 5)] };
    const compiled = await trained(networks['feed-forward'], { compile: true, ...options });
    expect(compiled.executedBy).toMatch(
      /^step by step \(compileNetwork: a compiled run carries spike counts as states, .* step by step\)$/,
    );
    expect(compiled.numbers).toEqual((await trained(networks['feed-forward'], { compile: false, ...options })).numbers);
  });

  test('checkpoints without a compiled network are refused, and the model stays as it was', async () => {
    const backend = plainCpu();
    const model = await createModel(networks['feed-forward'](), { backend });
    const before = [backend.memory(), ...treeLeaves<CpuTensor>(model.parameters).map(({ value }) => [...backend.readSync(value)])];
    const options = { loss: crossEntropyOverTime(), optimizer: sgd(0.5), gradient: checkpoint(3) };
    await expect(fit(model, data, options)).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringMatching(/^run: checkpoint\(k\) runs segments again, which only a compiled network can/),
    });
    expect([backend.memory(), ...treeLeaves<CpuTensor>(model.parameters).map(({ value }) => [...backend.readSync(value)])]).toEqual(before);
  });

  test('a strategy that is none is refused', async () => {
    const model = await createModel(networks['feed-forward'](), { backend: plainCpu() });
    const options = { loss: crossEntropyOverTime(), optimizer: sgd(0.5) };
    await expect(fit(model, data, { ...options, gradient: 'store' as unknown as GradientStrategy })).rejects.toThrow(
      'gradient: must be store(), checkpoint(k), truncated(k) or none(), but is "store".',
    );
    await expect(fit(model, data, { ...options, gradient: { kind: 'truncated', steps: 0 } })).rejects.toThrow(/truncated: the length/);
  });
});
