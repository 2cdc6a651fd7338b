// Rules given to `fit`.
import { type CpuBackend, cpu, plainCpu } from '@snn/backend-cpu';
import { truncated } from '@snn/compile';
import { bernoulli } from '@snn/core';
import {
  adam,
  createModel,
  crossEntropyOverTime,
  type Dataset,
  type FitResult,
  fit,
  type LearningRule,
  leakyReadout,
  lif,
  linear,
  lsnn,
  recurrent,
  sequential,
  sgd,
} from '@snn/nn';
import { describe, expect, test } from 'vitest';
import { eprop, ottt, sltt } from '../src/index.ts';

/** 8 inputs, 10 steps: spikes among the first four inputs are class 0, among the last four class 1. */
const stripes: Dataset = {
  size: 48,
  batch(indices, key) {
    const labels = Int32Array.from(indices, (i) => i % 2);
    const rates = Float32Array.from({ length: 10 * indices.length * 8 }, (_, i) => {
      const sample = Math.floor(i / 8) % indices.length;
      return i % 8 < 4 === (labels[sample] === 0) ? 0.6 : 0.05;
    });
    return { inputs: bernoulli(key, rates, rates.length), shape: [10, indices.length, 8], labels };
  },
};

const network = () => sequential(linear(8, 12), recurrent(lsnn(12, { tau: 5e-3 })), linear(12, 2), leakyReadout(2));

async function trained(gradient: LearningRule, epochs = 6): Promise<{ result: FitResult; bytes: Uint8Array }> {
  const backend = plainCpu();
  const model = await createModel(network(), { backend, seed: 1 });
  const before = backend.memory();
  const result = await fit(model, stripes, { loss: crossEntropyOverTime(), optimizer: adam(0.02), epochs, batchSize: 16, gradient });
  expect(backend.memory()).toEqual(before);
  return { result, bytes: await model.save() };
}

describe('fit learns by', () => {
  for (const [name, rule] of Object.entries({
    'e-prop': eprop(),
    'e-prop with random feedback': eprop({ feedback: 'random' }),
    'e-prop with adaptive feedback': eprop({ feedback: 'adaptive' }),
    SLTT: sltt(),
    OTTT: ottt({ decay: 0.8 }),
  })) {
    test(name, async () => {
      const { result, bytes } = await trained(rule);
      expect(result.accuracy).toBeGreaterThan(0.95);
      expect(result.loss).toBeLessThan(result.history[0].loss);
      const again = await trained(rule);
      expect(again.bytes).toEqual(bytes);
    });
  }

  test('e-prop, a step of the sequence at a time', async () => {
    const { result } = await trained(eprop({ update: 'step' }), 2);
    expect(result.accuracy).toBeGreaterThan(0.9);
    expect(result.steps).toBe(6);
  });
});

test('the result says what found the gradients', async () => {
  const by = async (backend: CpuBackend, gradient?: LearningRule): Promise<string> => {
    const model = await createModel(network(), { backend, seed: 1 });
    const options = { loss: crossEntropyOverTime(), optimizer: adam(0.02), batchSize: 48 };
    const { gradientsBy } = await fit(model, stripes, gradient ? { ...options, gradient } : options);
    return gradientsBy;
  };
  const fast = await cpu();
  const plain = plainCpu();
  expect(await by(fast)).toMatch(/^WebAssembly SIMD/);
  expect(await by(fast, eprop())).toMatch(/^WebAssembly SIMD/);
  expect(await by(fast, eprop({ update: 'step' }))).toBe('step by step (updates per step)');
  expect(await by(plain, eprop())).toBe("step by step (backend 'cpu' has no compile)");
  expect(await by(fast, sltt())).toBe('step by step');
});

test('SLTT in fit is truncation to one step', async () => {
  const train = async (gradient: LearningRule | ReturnType<typeof truncated>): Promise<number> => {
    const model = await createModel(sequential(linear(8, 12), lif(12), linear(12, 2), leakyReadout(2)), {
      backend: plainCpu(),
      seed: 1,
      compile: false,
    });
    const { loss } = await fit(model, stripes, { loss: crossEntropyOverTime(), optimizer: sgd(0.5), batchSize: 16, gradient });
    return loss;
  };
  expect(Math.abs((await train(sltt())) - (await train(truncated(1))))).toBeLessThan(1e-6);
});
