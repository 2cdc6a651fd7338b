// Conversion of networks without spikes: rates against activations, accuracy on a task that no line solves.
import { grad } from '@snn/autodiff';
import { cpu, plainCpu } from '@snn/backend-cpu';
import { type Backend, randomKey, sumAll, type TensorMeta, type Tree, uniform } from '@snn/core';
import { describe, expect, test } from 'vitest';
import {
  type ActivationLayer,
  adam,
  avgPool2d,
  conv2d,
  convert,
  createModel,
  crossEntropyOfRate,
  type Dataset,
  evaluate,
  fit,
  flatten,
  fold,
  type Layer,
  lif,
  linear,
  type Model,
  maxPool2d,
  qcfs,
  relu,
  run,
  sequential,
  tdBatchNorm,
  workload,
} from '../src/index.ts';

const b = plainCpu();
type Handle = ReturnType<typeof b.fromData>;

/** Points of a square in a pattern of 3 x 3 fields of three colours; the same numbers in each of `steps` steps. */
function fields(size: number, steps: number, seed: number): Dataset {
  const points = uniform(randomKey(seed), 2 * size, 0, 1);
  return {
    size,
    batch(indices) {
      const values = [...indices].flatMap((i) => [points[2 * i], points[2 * i + 1]]);
      const labels = Int32Array.from(indices, (i) => (Math.floor(3 * points[2 * i]) + Math.floor(3 * points[2 * i + 1])) % 3);
      const inputs = Float32Array.from({ length: steps * values.length }, (_, i) => values[i % values.length]);
      return { inputs, shape: [steps, indices.length, 2], labels };
    },
  };
}

const loss = crossEntropyOfRate();

async function trained(activation: () => ActivationLayer): Promise<Model> {
  const net = sequential(linear(2, 64), activation(), linear(64, 64), activation(), linear(64, 3));
  const model = await createModel(net, { backend: await cpu(), seed: 1 });
  await fit(model, fields(2048, 1, 1), { loss, optimizer: adam(5e-3), epochs: 40, batchSize: 128 });
  return model as unknown as Model;
}

const calibration = async (): Promise<{ data: Float32Array; shape: readonly number[] }> => {
  const { inputs, shape } = await fields(512, 1, 1).batch(
    Int32Array.from({ length: 512 }, (_, i) => i),
    randomKey(0),
  );
  return { data: inputs as Float32Array, shape };
};

const accuracy = async (model: Model, steps: number): Promise<number> => (await evaluate(model, fields(500, steps, 2), { loss })).accuracy;

describe('accuracy after conversion', () => {
  test.each<readonly [string, () => ActivationLayer, readonly (readonly [number, number])[]]>([
    [
      'relu',
      relu,
      [
        [256, 0.01],
        [64, 0.03],
      ],
    ],
    [
      'qcfs',
      () => qcfs({ levels: 8 }),
      [
        [64, 0.01],
        [16, 0.03],
      ],
    ],
  ])('%s: at most this much is lost after so many steps', async (_, activation, bounds) => {
    const model = await trained(activation);
    const before = await accuracy(model, 1);
    expect(before).toBeGreaterThan(0.93);
    const spiking = await convert(model, { samples: await calibration() });
    for (const [steps, lost] of bounds) expect(await accuracy(spiking, steps)).toBeGreaterThan(before - lost);
    // few steps cannot tell rates apart: the bounds above are no accident
    expect(await accuracy(spiking, 1)).toBeLessThan(before - 0.1);
    const { synapticOperationsOf } = await workload(spiking, { data: new Float32Array(16).fill(0.4), shape: [8, 1, 2] });
    // spikes are added, only the constant input of the first layer is multiplied
    expect(synapticOperationsOf['layers[2]']).toMatchObject({ effectiveMacs: 0 });
    expect(synapticOperationsOf['layers[0]'].effectiveMacs).toBe(8 * 128);
  });
});

test('after L steps of constant input the rates of one layer are what qcfs sends, and are clipped at its threshold', async () => {
  const levels = 8;
  const model = await createModel(sequential(linear(1, 1), qcfs({ levels, threshold: 2 }), linear(1, 1)), { backend: b });
  const one = (x: number): Handle => b.fromData([x], [1, 1]);
  const { layers } = model.parameters as unknown as { layers: { threshold?: Handle }[] };
  model.replace({
    layers: [{ weight: one(1), bias: b.fromData([0.1], [1]) }, layers[1], { weight: one(1), bias: b.fromData([0], [1]) }],
  } as never);
  const xs = uniform(randomKey(3), 200, -1, 4);
  const samples = { data: xs, shape: [1, 200, 1] };
  const { data: sent } = await model.predict(samples);
  const spiking = await convert(model, { samples });
  const repeated = Float32Array.from({ length: levels * 200 }, (_, i) => xs[i % 200]);
  const { data: spikes } = await spiking.predict({ data: repeated, shape: [levels, 200, 1] });
  for (let i = 0; i < 200; i++) {
    let rate = 0;
    for (let t = 0; t < levels; t++) rate += spikes[t * 200 + i] / levels;
    expect(rate).toBeCloseTo(sent[i], 5);
  }
  expect(Math.max(...sent)).toBeCloseTo(2, 5);
  expect(Math.min(...sent)).toBe(0);
});

test('qcfs: values and the straight-through gradient, for inputs and threshold', () => {
  const layer = qcfs({ levels: 4, threshold: 2 });
  const raw = layer.init(b, randomKey(0)) as unknown as { threshold: Handle };
  const xs = [-1, 0.2, 0.3, 0.8, 1.9, 5];
  const x = b.fromData(xs, [1, 6, 1]);
  const y = [...(b.readSync(run(b, layer, raw as never, x).outputs) as Float32Array)];
  // steps of h / L = 0.5, rounded to the nearest
  [0, 0, 0.5, 1, 2, 2].forEach((v, i) => {
    expect(y[i]).toBeCloseTo(v, 6);
  });
  const f = <U extends TensorMeta>(c: Backend<U>, p: { threshold: U; x: U }): U =>
    sumAll(c, run(c, layer, { threshold: p.threshold } as Tree<U>, p.x).outputs);
  const g = (grad as never as (...args: unknown[]) => { threshold: Handle; x: Handle })(b, f, { threshold: raw.threshold, x });
  [0, 1, 1, 1, 1, 0].forEach((v, i) => {
    expect((b.readSync(g.x) as Float32Array)[i]).toBeCloseTo(v, 6);
  });
  // dy/dh = y / h - x / h where the gradient passes, 1 above; times the derivative of softplus
  const dh = (0 - 0.2) / 2 + (0.5 - 0.3) / 2 + (1 - 0.8) / 2 + (2 - 1.9) / 2 + 1;
  const h = Math.log(Math.expm1(2));
  expect((b.readSync(g.threshold) as Float32Array)[0]).toBeCloseTo(dh / (1 + Math.exp(-h)), 5);
});

test('convolutions, pooling and folded normalisation convert', async () => {
  const net = sequential(conv2d(1, 3, 3), tdBatchNorm([3, 4, 4]), relu(), avgPool2d(2), flatten(), linear(12, 5), relu(), linear(5, 2));
  const model = await fold(await createModel(net, { backend: b, seed: 3 }));
  const samples = { data: uniform(randomKey(7), 4 * 36, 0, 1), shape: [1, 4, 1, 6, 6] };
  const { data: before } = await model.predict(samples);
  const spiking = await convert(model, { samples, percentile: 100 });
  const steps = 400;
  const { data } = await spiking.predict({
    data: Float32Array.from({ length: steps * 144 }, (_, i) => samples.data[i % 144]),
    shape: [steps, 4, 1, 6, 6],
  });
  before.forEach((wanted, i) => {
    let mean = 0;
    for (let t = 0; t < steps; t++) mean += data[t * 8 + i] / steps;
    expect(Math.abs(mean - wanted)).toBeLessThan(0.02);
  });
});

test('what cannot be converted says what to do', async () => {
  const samples = { data: [1, 1], shape: [1, 1, 2] };
  const fails = async (layer: Layer, message: string, of = samples): Promise<void> =>
    await expect(createModel(layer, { backend: b }).then((model) => convert(model, { samples: of }))).rejects.toThrow(message);
  await fails(sequential(linear(2, 2), lif(2), linear(2, 1)), 'layers[1] (lif) has no counterpart');
  await fails(sequential(linear(2, 2), tdBatchNorm(2), relu(), linear(2, 1)), '`fold` first');
  await fails(sequential(linear(2, 2), relu()), 'end with weights');
  await fails(sequential(relu(), linear(2, 2)), 'no weights of its own');
  await fails(sequential(conv2d(1, 1, 1, { bias: false }), relu(), maxPool2d(1), flatten(), linear(4, 1)), 'maxPool2d', {
    data: [1, -1, 1, -1],
    shape: [1, 1, 1, 2, 2],
  });
  const model = await createModel(sequential(linear(2, 2), relu(), linear(2, 1)), { backend: b });
  await expect(convert(model, { samples, percentile: 0 })).rejects.toThrow('percentile');
  await fails(sequential(linear(2, 2, { bias: false }), relu(), linear(2, 1)), 'sends nothing', { data: [0, 0], shape: [1, 1, 2] });
});
