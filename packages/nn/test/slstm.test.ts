// The spiking LSTM as a layer: its weights, its step, training, refusals.

import { plainCpu } from '@snn/backend-cpu';
import { normal, randomKey, treeLeaves } from '@snn/core';
import { SLSTM_DEFAULTS, slstmStep } from '@snn/neurons-slstm';
import { expect, test } from 'vitest';
import {
  adam,
  createModel,
  crossEntropyOverTime,
  evaluate,
  fit,
  leakyReadout,
  learnable,
  linear,
  run,
  sequential,
  slstm,
} from '../src/index.ts';

const b = plainCpu();
const read = (x: Parameters<typeof b.readSync>[0]): number[] => [...b.readSync(x)];

test('draws weights as torch does and runs the step of the model', () => {
  const layer = slstm(3, 4, { resetMode: 'subtract', threshold: 0.2 });
  const raw = layer.init(b, randomKey(3)) as Record<string, Parameters<typeof b.readSync>[0]>;
  expect(Object.fromEntries(Object.entries(raw).map(([name, x]) => [name, x.shape]))).toEqual({
    weightInput: [3, 16],
    weightRecurrent: [4, 16],
    bias: [16],
  });
  for (const x of Object.values(raw).flatMap(read)) expect(Math.abs(x)).toBeLessThanOrEqual(0.5);
  const inputs = b.fromData(normal(randomKey(4), 6 * 2 * 3, 0, 3), [6, 2, 3]);
  const { outputs } = run(b, layer, raw, inputs);
  let state = { v: b.fromData(new Array(8).fill(0), [2, 4]), c: b.fromData(new Array(8).fill(0), [2, 4]) };
  const expected: number[] = [];
  for (let t = 0; t < 6; t++) {
    const x = b.reshape(b.slice(inputs, [t, 0, 0], [1, 2, 3]), [2, 3]);
    const parameters = { weightInput: raw.weightInput, weightRecurrent: raw.weightRecurrent, bias: raw.bias, threshold: 0.2 };
    const [z, next] = slstmStep(b, parameters, state, x, { ...SLSTM_DEFAULTS, resetMode: 'subtract' });
    state = next;
    expected.push(...read(z));
  }
  expect(read(outputs)).toEqual(expected);
  expect(expected).toContain(1);
});

test('learns which of two orders came, which needs a memory; its threshold learns, too', async () => {
  const data = {
    size: 32,
    batch(indices: ArrayLike<number>) {
      const labels = Int32Array.from(indices, (i) => i % 2);
      const B = labels.length;
      const inputs = new Float32Array(8 * B * 2);
      // input 0 then 1, or 1 then 0
      labels.forEach((label, n) => {
        inputs[(0 * B + n) * 2 + label] = 2;
        inputs[(4 * B + n) * 2 + 1 - label] = 2;
      });
      return { inputs, shape: [8, B, 2], labels };
    },
  };
  const net = sequential(slstm(2, 16, { threshold: learnable(0.1) }), linear(16, 2), leakyReadout(2));
  const model = await createModel(net, { backend: b, seed: 2 });
  const threshold = (): number[] =>
    treeLeaves<Parameters<typeof b.readSync>[0]>(model.parameters)
      .filter(({ path }) => path.endsWith('threshold'))
      .flatMap(({ value }) => read(value));
  const [before] = threshold();
  const loss = crossEntropyOverTime();
  await fit(model, data, { loss, optimizer: adam(2e-2), epochs: 25, batchSize: 8 });
  expect((await evaluate(model, data, { loss })).accuracy).toBe(1);
  expect(threshold()[0]).not.toBe(before);
});

test('refuses thresholds that are never reached, unknown options and wrong sizes', () => {
  expect(() => slstm(2, 3, { threshold: 1 })).toThrow('slstm: threshold is 1, but the membrane o tanh(c) stays below 1');
  expect(() => slstm(2, 3, { colour: 1 } as object)).toThrow("slstm: there is no option 'colour'");
  expect(() => slstm(0, 3)).toThrow('slstm: inputs: must be a whole number');
  expect(() => slstm(2, 3).outputShape([4])).toThrow('slstm: takes inputs of shape [B, 2], but [B, 4] came');
  expect(slstm(2, 3).outputShape([2])).toEqual([3]);
  expect(slstm(2, 3, { bias: false }).init(b, randomKey(1))).not.toHaveProperty('bias');
});
