// Training end to end on small tasks: learning, reproducibility, memory, stopping, reports, refusals.
import { reference } from '@snn/backend-conformance';
import { plainCpu } from '@snn/backend-cpu';
import { type TensorMeta, treeLeaves } from '@snn/core';
import { expect, test, vi } from 'vitest';
import {
  adam,
  type Callback,
  chain,
  clipByNorm,
  createModel,
  crossEntropyOfCount,
  crossEntropyOverTime,
  type Dataset,
  dropout,
  type EpochReport,
  earlyStopping,
  evaluate,
  type FitOptions,
  fit,
  jsonLog,
  type Loss,
  leakyReadout,
  learnable,
  lif,
  linear,
  type Model,
  progress,
  rateAbove,
  recurrent,
  type StepReport,
  sequential,
  sgd,
} from '../src/index.ts';
import { stripes } from './data.ts';

const loss = crossEntropyOverTime();
const network = () => sequential(linear(8, 16), lif(16), linear(16, 2), leakyReadout(2));
const make = (net = network()) => createModel(net, { backend: plainCpu(), seed: 1 });
const options = (more: Partial<FitOptions> = {}): FitOptions => ({ loss, optimizer: adam(1e-2), batchSize: 16, ...more });
const numbers = <T extends TensorMeta>(model: Model<T>) =>
  treeLeaves<T>(model.parameters).map(({ path, value }) => [path, model.backend.readSync?.(value)]);

test('a tiny task is learnt completely', async () => {
  const model = await make();
  const before = await evaluate(model, stripes(64), { loss });
  const result = await fit(model, stripes(64), options({ epochs: 10 }));
  expect(result).toMatchObject({ epochs: 10, steps: 40, stopped: false });
  expect(before.accuracy).toBeLessThan(0.9);
  const after = await evaluate(model, stripes(64), { loss });
  expect(after).toMatchObject({
    samples: 64,
    accuracy: 1,
    confusion: [
      [32, 0],
      [0, 32],
    ],
  });
  expect(after.loss).toBeLessThan(before.loss);
  expect(after.spikesPerSample).toBeCloseTo(16 * after.spikes['layers[1]'], 6);
});

test('recurrent, learnable, clipped and penalised networks learn, too', async () => {
  const net = sequential(
    linear(8, 16),
    recurrent(lif(16, { tau: learnable(2e-3, { perNeuron: true }) })),
    linear(16, 2),
    lif(2, { tau: 2e-3 }),
  );
  const model = await make(net);
  const start = numbers(model);
  await fit(model, stripes(64), {
    loss: crossEntropyOfCount(),
    optimizer: chain(clipByNorm(1), adam(1e-2)),
    regularizers: [rateAbove(0.3, 1)],
    epochs: 12,
    batchSize: 16,
  });
  expect((await evaluate(model, stripes(64), { loss: crossEntropyOfCount() })).accuracy).toBe(1);
  const tau = (list: typeof start) => list.find(([path]) => path === 'layers[1].inner.tau')?.[1];
  expect(tau(numbers(model))).not.toEqual(tau(start));
});

test('two runs with one seed are the same to the bit; another seed is not', async () => {
  const train = async (seed: number) => {
    const model = await make(sequential(linear(8, 16), lif(16), dropout(0.2), linear(16, 2), leakyReadout(2)));
    const losses: number[] = [];
    await fit(model, stripes(40), options({ seed, epochs: 2, callbacks: [{ onStep: (report) => losses.push(report.loss) }] }));
    return [losses, numbers(model)];
  };
  const first = await train(5);
  expect(await train(5)).toEqual(first);
  expect(await train(6)).not.toEqual(first);
});

test.each([
  ['cpu', () => createModel(network(), { backend: plainCpu(), seed: 1 }) as Promise<Model>],
  ['reference', () => createModel(network(), { backend: reference(), seed: 1 }) as Promise<Model>],
])('training leaks nothing on %s', async (_, create) => {
  const model = await create();
  const before = model.backend.memory?.();
  await fit(model, stripes(20), options({ validation: stripes(6), optimizer: chain(clipByNorm(1), sgd(0.1, { momentum: 0.9 })) }));
  expect(model.backend.memory?.()).toEqual(before);
  model.dispose();
  expect(model.backend.memory?.()).toEqual({ tensors: 0, bytes: 0 });
});

test('each sample is seen once per epoch, in a new order each time', async () => {
  const seen: number[] = [];
  const data = stripes(10);
  const watched: Dataset = {
    size: 10,
    batch(indices, key) {
      seen.push(...indices);
      return data.batch(indices, key);
    },
  };
  await fit(await make(), watched, options({ epochs: 2, batchSize: 4 }));
  const [first, second] = [seen.slice(0, 10), seen.slice(10)];
  const all = Array.from({ length: 10 }, (_, i) => i);
  expect([...first].sort((a, b) => a - b)).toEqual(all);
  expect([...second].sort((a, b) => a - b)).toEqual(all);
  expect(first).not.toEqual(second);
  seen.length = 0;
  await fit(await make(), watched, options({ batchSize: 4, shuffle: false }));
  expect(seen).toEqual(all);
});

test('reports say where training is', async () => {
  const steps: StepReport[] = [];
  const epochs: EpochReport[] = [];
  const result = await fit(
    await make(),
    stripes(20),
    options({ epochs: 2, validation: stripes(6), callbacks: [{ onStep: (r) => steps.push(r), onEpoch: (r) => epochs.push(r) }] }),
  );
  expect(steps.map(({ epoch, step, steps: n, epochs: m }) => [epoch, m, step, n])).toEqual([
    [1, 2, 1, 2],
    [1, 2, 2, 2],
    [2, 2, 1, 2],
    [2, 2, 2, 2],
  ]);
  const [a, b] = steps;
  expect(epochs[0].loss).toBeCloseTo((16 * a.loss + 4 * b.loss) / 20, 12);
  expect(epochs[0].accuracy).toBeCloseTo((16 * a.accuracy + 4 * b.accuracy) / 20, 12);
  expect(a.samplesPerSecond).toBeGreaterThan(0);
  expect(a.spikesPerNeuron).toBe(a.spikes['layers[1]']);
  expect(epochs[1].validation?.samples).toBe(6);
  expect(result.history).toEqual(epochs);
});

test('an aborted signal ends training and keeps what was learnt', async () => {
  const model = await make();
  const before = numbers(model);
  const control = new AbortController();
  const onEnd = vi.fn();
  const callback: Callback = { onStep: ({ step }) => step === 2 && control.abort(), onEnd } as Callback;
  const result = await fit(model, stripes(64), options({ epochs: 3, signal: control.signal, callbacks: [callback] }));
  expect(result).toMatchObject({ stopped: true, steps: 2, epochs: 0 });
  expect(onEnd).toHaveBeenCalledExactlyOnceWith(result);
  expect(numbers(model)).not.toEqual(before);
});

test('a timer can abort, since the event loop turns', async () => {
  const control = new AbortController();
  setTimeout(() => control.abort(), 100);
  const result = await fit(await make(), stripes(64), options({ epochs: 100_000, signal: control.signal }));
  expect(result.stopped).toBe(true);
});

test('a callback may stop; stopping with the last step is no early end', async () => {
  const stopAt = (at: number): Callback => ({ onStep: ({ step }, stop) => step === at && stop() }) as Callback;
  expect(await fit(await make(), stripes(64), options({ epochs: 2, callbacks: [stopAt(3)] }))).toMatchObject({ stopped: true, steps: 3 });
  expect(await fit(await make(), stripes(64), options({ callbacks: [stopAt(4)] }))).toMatchObject({ stopped: false, steps: 4, epochs: 1 });
});

test('early stopping waits for patience', () => {
  const run = (losses: number[], patience: number) => {
    const callback = earlyStopping({ patience });
    let stopped = 0;
    losses.forEach((value, i) => {
      const report = { loss: value, accuracy: 0, validation: null } as EpochReport;
      callback.onEpoch?.(report, () => {
        stopped ||= i + 1;
      });
    });
    return stopped;
  };
  expect(run([3, 2, 1, 0.5], 1)).toBe(0);
  expect(run([3, 2, 2.5, 1], 1)).toBe(3);
  expect(run([3, 2, 2.5, 1, 1.5, 1.5], 2)).toBe(6);
});

test('progress writes lines, or one live line', async () => {
  const lines: string[] = [];
  await fit(await make(), stripes(32), options({ callbacks: [progress({ write: (text) => lines.push(text), live: false, every: 0 })] }));
  expect(lines.length).toBe(3);
  expect(lines[0]).toMatch(
    /^epoch 1\/1 {2}step 1\/2 {2}loss \d\.\d{4} {2}accuracy \d+\.\d % {2}\d+ samples\/s {2}\d\.\d\d spikes\/neuron\n$/,
  );
  expect(lines[2]).toMatch(/^epoch 1\/1 {2}loss .* s, \d+ samples\/s\n$/);
  let live = '';
  await fit(
    await make(),
    stripes(32),
    options({
      callbacks: [
        progress({
          write: (text) => {
            live += text;
          },
          live: true,
          every: 0,
        }),
      ],
    }),
  );
  expect(live.split('\r').length).toBe(4);
  expect(live.match(/\n/g)?.length).toBe(1);
  expect(live.endsWith('\n')).toBe(true);
});

test('jsonLog writes one object per line', async () => {
  const lines: string[] = [];
  await fit(await make(), stripes(32), options({ callbacks: [jsonLog((line) => lines.push(line))] }));
  const events = lines.map((line) => JSON.parse(line) as { event: string; loss: number });
  expect(events.map(({ event }) => event)).toEqual(['step', 'step', 'epoch', 'end']);
  expect(events.every(({ loss: value }) => Number.isFinite(value))).toBe(true);
});

const broken = (change: (batch: { inputs: Float32Array; shape: number[]; labels: Int32Array }) => object, size = 8): Dataset => ({
  size,
  async batch(indices, key) {
    const batch = await stripes(size).batch(indices, key);
    return { ...batch, ...change({ ...batch, inputs: batch.inputs as Float32Array, shape: [...batch.shape] }) };
  },
});

test.each<readonly [string, Dataset, string]>([
  ['an empty data set', stripes(0), 'has 0 samples'],
  ['an empty batch', broken(() => ({ inputs: new Float32Array(), shape: [10, 0, 8], labels: new Int32Array() })), 'with 0 labels'],
  [
    'a label out of range',
    broken(({ labels }) => ({ labels: labels.fill(2) })),
    'label 2 of sample 0 in the batch is none of the 2 classes',
  ],
  ['a negative label', broken(({ labels }) => ({ labels: labels.fill(-1) })), 'label -1'],
  ['time and batch swapped', broken(({ shape: [t, n, c] }) => ({ shape: [n, t, c] })), 'Time and batch look swapped'],
  ['too few numbers', broken(({ inputs }) => ({ inputs: inputs.slice(1) })), 'holds 640 numbers, but 639 came'],
  ['other inputs', broken(() => ({ shape: [10, 8, 4, 2] })), 'layers[0] (linear)'],
])('%s is refused by fit and evaluate', async (_, data, message) => {
  const model = await make();
  const memory = model.backend.memory?.();
  await expect(fit(model, data, options())).rejects.toThrow(message);
  await expect(evaluate(model, data, { loss })).rejects.toThrow(message);
  expect(model.backend.memory?.()).toEqual(memory);
});

test('a loss that is not finite names its step and changes nothing', async () => {
  const model = await make();
  const before = [numbers(model), model.backend.memory?.()];
  const poisoned: Loss = { ...loss, loss: (b, outputs, labels) => b.mul(loss.loss(b, outputs, labels), Number.NaN) };
  await expect(fit(model, stripes(8), options({ loss: poisoned }))).rejects.toThrow(
    'fit: the loss is NaN at epoch 1, step 1; the model keeps the parameters from before. Lower the learning rate',
  );
  // spikes of NaN are 0, so the loss stays finite and the gradient does not
  const data = broken(({ inputs }) => ({ inputs: inputs.fill(Number.NaN) }));
  await expect(fit(model, data, options())).rejects.toThrow('a parameter would no longer be finite at epoch 1, step 1');
  expect([numbers(model), model.backend.memory?.()]).toEqual(before);
});

test('inputs may be made on the backend: the same bits as from the host, in training and testing', async () => {
  const onBackend = (data: Dataset): Dataset => ({
    size: data.size,
    async batch(indices, key) {
      const batch = await data.batch(indices, key);
      return { ...batch, inputs: (b) => b.add(b.fromData(batch.inputs as Float32Array, batch.shape), 0) };
    },
  });
  const [host, device] = [await make(), await make()];
  const results = [
    await fit(host, stripes(32), options({ validation: stripes(8) })),
    await fit(device, onBackend(stripes(32)), options({ validation: onBackend(stripes(8)) })),
  ];
  expect(numbers(device)).toEqual(numbers(host));
  expect(results[1].history[0].validation).toEqual(results[0].history[0].validation);
  expect(device.backend.memory?.().tensors).toBe(host.backend.memory?.().tensors);
  const longer = broken(({ shape }) => ({ inputs: (b: typeof host.backend) => b.fromData([1], [1, 1, 1]), shape }));
  await expect(fit(device, longer, options())).rejects.toThrow('its inputs came as [1, 1, 1]');
});

test('senseless options are refused', async () => {
  const model = await make();
  await expect(fit(model, stripes(8), options({ epochs: 0 }))).rejects.toThrow('fit: epochs');
  await expect(fit(model, stripes(8), options({ batchSize: 1.5 }))).rejects.toThrow('fit: batchSize');
  await expect(evaluate(model, stripes(8), { loss, batchSize: 0 })).rejects.toThrow('evaluate: batchSize');
});
