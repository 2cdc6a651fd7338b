// Quantised weights: values by hand, the gradient that passes, export, training.
import { grad } from '@snn/autodiff';
import { cpu, plainCpu } from '@snn/backend-cpu';
import { type Backend, sumAll, type TensorMeta, type Tree } from '@snn/core';
import { expect, test } from 'vitest';
import {
  adam,
  createModel,
  crossEntropyOverTime,
  evaluate,
  fit,
  fold,
  int8,
  integerWeights,
  leakyReadout,
  lif,
  linear,
  prepare,
  quantized,
  recurrent,
  run,
  sequential,
  tdBatchNorm,
  ternary,
} from '../src/index.ts';
import { stripes } from './data.ts';

const b = plainCpu();
type Handle = ReturnType<typeof b.fromData>;
const numbers = (x: Handle): number[] => [...(b.readSync(x) as Float32Array)];
const weights = [0.5, -1.27, 0.004, 0.006, 0, 0.127];
const raw = (): { weight: Handle; bias: Handle } => ({ weight: b.fromData(weights, [3, 2]), bias: b.fromData([0.123, 0.456], [2]) });

test('int8: the largest weight is 127, the others are rounded to its scale; biases stay', () => {
  const { weight, bias } = prepare(b, quantized(linear(3, 2), int8), raw()) as unknown as { weight: Handle; bias: Handle };
  [0.5, -1.27, 0, 0.01, 0, 0.13].forEach((w, i) => {
    expect(numbers(weight)[i]).toBeCloseTo(w, 6);
  });
  expect(numbers(bias)).toEqual([Math.fround(0.123), Math.fround(0.456)]);
});

test('ternary: what is beyond 0.7 of the mean size has its mean, the rest is 0', () => {
  const { weight } = prepare(b, quantized(linear(3, 2), ternary), raw()) as unknown as { weight: Handle };
  // mean |W| = 0.31783, so 0.2225 is the border: 0.5 and 1.27 stay, with the mean 0.885
  [0.885, -0.885, 0, 0, 0, 0].forEach((w, i) => {
    expect(numbers(weight)[i]).toBeCloseTo(w, 6);
  });
});

test.each([int8, ternary])('$name: weights that are all 0 stay 0', (quantizer) => {
  const used = prepare(b, quantized(linear(1, 2, { bias: false }), quantizer), { weight: b.fromData([0, 0], [1, 2]) });
  expect(numbers((used as unknown as { weight: Handle }).weight)).toEqual([0, 0]);
});

test.each([int8, ternary])('$name: the gradient is that with respect to the quantised weights', (quantizer) => {
  const gradient = (layer: ReturnType<typeof linear>, p: Tree<Handle>): number[] => {
    const f = <U extends TensorMeta>(c: Backend<U>, q: unknown): U => {
      const { outputs } = run(c, layer, q as Tree<U>, c.fromData([1, -2, 3, 0.5, 1, 2], [2, 1, 3]));
      return sumAll(c, c.mul(outputs, outputs));
    };
    return numbers((grad as never as (...args: unknown[]) => { weight: Handle })(b, f, p).weight);
  };
  const layer = quantized(linear(3, 2), quantizer);
  const used = prepare(b, layer, raw()) as Tree<Handle>;
  expect(gradient(layer, raw() as Tree<Handle>)).toEqual(gradient(linear(3, 2), used));
});

test('integers times scale are the weights that are used, to the bit; only quantised layers are exported', async () => {
  const net = sequential(
    quantized(linear(8, 6), int8),
    quantized(recurrent(lif(6)), ternary),
    recurrent(sequential(quantized(linear(6, 6), int8), lif(6))),
    linear(6, 2),
  );
  const model = await createModel(net, { backend: b, seed: 2 });
  const exported = await integerWeights(model);
  expect([...exported.keys()]).toEqual(['layers[0].weight', 'layers[1].weight', 'layers[2].inner.layers[0].weight']);
  const used = prepare(b, net, model.parameters) as unknown as { layers: { weight: Handle }[] };
  const { integers, scale, shape } = exported.get('layers[0].weight') as { integers: Int8Array; scale: number; shape: number[] };
  expect(shape).toEqual([8, 6]);
  expect(Math.max(...integers.map(Math.abs))).toBe(127);
  expect(Array.from(integers, (q) => Math.fround(q * scale))).toEqual(numbers(used.layers[0].weight));
  expect(new Set(exported.get('layers[1].weight')?.integers)).toEqual(new Set([-1, 0, 1]));
  await expect(createModel(linear(1, 1), { backend: b }).then(integerWeights)).rejects.toThrow('no layer of the network is quantised');
});

test('a network with ternary weights learns, compiled', async () => {
  const backend = await cpu();
  const net = sequential(quantized(linear(8, 16), ternary), lif(16, { threshold: 0.3 }), quantized(linear(16, 2), int8), leakyReadout(2));
  const model = await createModel(net, { backend, seed: 1 });
  const loss = crossEntropyOverTime();
  await fit(model, stripes(64), { loss, optimizer: adam(1e-2), epochs: 8, batchSize: 16 });
  expect(model.executedBy).not.toContain('step by step');
  expect((await evaluate(model, stripes(64), { loss })).accuracy).toBe(1);
});

test('quantised weights take no normalisation in', async () => {
  const model = await createModel(sequential(quantized(linear(2, 2), int8), tdBatchNorm(2)), { backend: b });
  await expect(fold(model)).rejects.toThrow('quantise then');
});
