// Running over time: chunks, states, shapes.
import { cpu, plainCpu } from '@snn/backend-cpu';
import { normal, randomKey, type Tree, treeLeaves } from '@snn/core';
import { expect, test } from 'vitest';
import {
  cooldown,
  createModel,
  crossEntropyOverTime,
  discontinuous,
  dropout,
  evaluate,
  fit,
  integrateAndFire,
  leaky,
  leakyReadout,
  li,
  liBox,
  lif,
  lifBox,
  linear,
  lits,
  noReset,
  recurrent,
  run,
  sequential,
  sgd,
  synaptic,
} from '../src/index.ts';

const b = plainCpu();
const key = randomKey(1);
const inputs = (steps: number, batch: number, size: number) =>
  b.fromData(
    normal(randomKey(7), steps * batch * size).map((x) => 2 * x),
    [steps, batch, size],
  );

const NEURONS = { cooldown, discontinuous, integrateAndFire, leaky, leakyReadout, li, liBox, lif, lifBox, noReset, synaptic };

test.each(Object.entries(NEURONS))('%s in chunks gives the same bits as in one run', (_, make) => {
  const network = sequential(linear(3, 5), recurrent(make(5)), dropout(0.2), linear(5, 2), make(2));
  const parameters = network.init(b, key);
  const x = inputs(12, 4, 3);
  const options = { training: true, key } as const;
  const whole = run(b, network, parameters, x, options);
  let state: Tree<(typeof whole)['outputs']> | undefined;
  const parts = [5, 1, 6].map((length, i) => {
    const begin = [0, 5, 6][i];
    const chunk = run(b, network, parameters, b.slice(x, [begin, 0, 0], [length, 4, 3]), {
      ...options,
      ...(state === undefined ? {} : { state }),
    });
    state = chunk.state;
    return chunk.outputs;
  });
  expect(b.readSync(b.concat(parts, 0))).toEqual(b.readSync(whole.outputs));
  const read = (tree: unknown) => treeLeaves<never>(tree).map(({ path, value }) => [path, b.readSync(value)]);
  expect(read(state)).toEqual(read(whole.state));
});

test('another batch size in the middle of a sequence is an error', () => {
  const network = sequential(linear(3, 5), lif(5));
  const parameters = network.init(b, key);
  const { state } = run(b, network, parameters, inputs(2, 4, 3));
  expect(() => run(b, network, parameters, inputs(2, 3, 3), { state })).toThrow(
    'run: state.layers[1].v has shape [4, 5], but the inputs have a batch of 3',
  );
});

test('inputs need time and batch', () => {
  expect(() => run(b, lif(3), null, b.fromData([1, 2, 3], [3]))).toThrow('inputs must be [T, B, ...] with time first, but came as [3]');
});

test('recorders see spikes and the inputs of synapses at their paths', () => {
  const network = sequential(linear(3, 5), lif(5), sequential(linear(5, 2), recurrent(lif(2))), leakyReadout(2));
  const seen: string[] = [];
  run(b, network, network.init(b, key), inputs(1, 2, 3), { record: (kind, path, x) => seen.push(`${kind} ${path} ${x.shape}`) });
  expect(seen).toEqual([
    'synapses layers[0] 2,3',
    'spikes layers[1] 2,5',
    'synapses layers[2].layers[0] 2,5',
    'synapses layers[2].layers[1] 2,2',
    'spikes layers[2].layers[1] 2,2',
  ]);
});

test('negative spikes count as spikes', async () => {
  const model = await createModel(sequential(lits(3)), { backend: await cpu(), seed: 1 });
  const [steps, values] = [20, inputs(20, 2, 3)];
  const data = {
    size: 2,
    batch: () => ({ inputs: Float32Array.from(b.readSync(values)), shape: [steps, 2, 3], labels: new Int32Array(2) }),
  };
  const loss = crossEntropyOverTime();
  const sent = (await model.predict({ data: Float32Array.from(b.readSync(values)), shape: [steps, 2, 3] })).data;
  const share = (of: (x: number) => number): number => sent.reduce((sum, x) => sum + of(x), 0) / 6;
  expect(share((x) => x)).not.toBe(share(Math.abs));
  expect((await evaluate(model, data, { loss })).spikes['layers[0]']).toBeCloseTo(share(Math.abs), 5);
  const spikes: number[] = [];
  const callbacks = [
    { onStep: (report: { readonly spikes: Readonly<Record<string, number>> }) => spikes.push(report.spikes['layers[0]']) },
  ];
  await fit(model, data, { loss, optimizer: sgd(0), batchSize: 2, callbacks });
  expect(spikes[0]).toBeCloseTo(share(Math.abs), 5);
});
