// As layers of @snn/nn, and beside the other libraries' neurons.

import { reference } from '@snn/backend-conformance';
import { plainCpu } from '@snn/backend-cpu';
import { treeLeaves, zeros } from '@snn/core';
import { LEAKY_TRACETORCH, leaky } from '@snn/neurons-lif';
import {
  adam,
  createModel,
  crossEntropyOverTime,
  type Dataset,
  evaluate,
  fit,
  leakyReadout,
  learnable,
  linear,
  neuron,
  run,
  sequential,
} from '@snn/nn';
import { expect, test } from 'vitest';
import { dsrlits, lit, rounding, stochasticRounding, TERNARY_TRACETORCH } from '../src/index.ts';
import { type AnyModel, inputsOf, modelOf, numbers, runModel } from './models.ts';

/** Positive inputs are class 1, negative ones class 0. */
const signs: Dataset = {
  size: 32,
  batch(indices) {
    const labels = Int32Array.from(indices, (i) => i % 2);
    const B = indices.length;
    return {
      inputs: Float32Array.from({ length: 8 * B * 4 }, (_, i) => (labels[Math.floor(i / 4) % B] === 1 ? 0.5 : -0.5)),
      shape: [8, B, 4],
      labels,
    };
  },
};

test('learnable parameters are trained through the constraints that traceTorch has', async () => {
  const size = 6;
  const ternary = neuron(dsrlits, size, {
    positiveBeta: learnable(0.9, { perNeuron: true }),
    negativeThreshold: learnable(0.8),
    bias: learnable(0.1),
    positiveScale: learnable(1.5),
    positiveRecurrentWeight: learnable(0.2),
    negativeRecurrentWeight: 0.2,
  });
  const model = await createModel(sequential(linear(4, size), ternary, linear(size, 2), leakyReadout(2)), { backend: plainCpu(), seed: 1 });
  const raw = (): Record<string, number[]> =>
    Object.fromEntries(
      treeLeaves<Parameters<typeof model.backend.read>[0]>(model.parameters)
        .filter(({ path }) => path.startsWith('layers[1]') || path.startsWith('[1]'))
        .map(({ path, value }) => [path.replace(/^.*\./, ''), [...(model.backend.readSync?.(value) ?? [])]]),
    );
  const before = raw();
  expect(Object.keys(before).toSorted()).toEqual(['bias', 'negativeThreshold', 'positiveBeta', 'positiveRecurrentWeight', 'positiveScale']);
  expect(before.positiveBeta).toHaveLength(size);
  expect(before.positiveBeta[0]).toBeCloseTo(2.197225, 5);
  expect(before.negativeThreshold[0]).toBeCloseTo(Math.log(Math.expm1(0.8)), 5);
  expect(before.bias[0]).toBeCloseTo(Math.sinh(0.1), 6);
  expect(before.positiveScale[0]).toBe(1.5);
  const loss = crossEntropyOverTime();
  await fit(model, signs, { loss, optimizer: adam(1e-2), epochs: 10, batchSize: 8 });
  expect((await evaluate(model, signs, { loss })).accuracy).toBe(1);
  const after = raw();
  for (const [name, values] of Object.entries(before)) expect(after[name], name).not.toEqual(values);
});

test('a layer cannot draw noise and says what is missing', () => {
  const b = plainCpu();
  expect(() => run(b, neuron(lit, 2, { quantizer: stochasticRounding() }), null, zeros(b, [1, 1, 2]))).toThrow(/give the step noise/);
});

test('lib with bias 0 is the leaky neuron of the same origin', () => {
  const b = reference();
  const inputs = inputsOf(b, 300, [1, 4]);
  const origin = { ...TERNARY_TRACETORCH, quantizer: rounding() };
  const ours = numbers(b, runModel(b, modelOf('lib'), { beta: 0.9, threshold: 1, bias: 0 }, inputs, origin).outputs);
  expect(numbers(b, runModel(b, leaky as unknown as AnyModel, { beta: 0.9, threshold: 1 }, inputs, LEAKY_TRACETORCH).outputs)).toEqual(
    ours,
  );
  expect(ours.filter((x) => x === 1).length).toBeGreaterThan(50);
});
