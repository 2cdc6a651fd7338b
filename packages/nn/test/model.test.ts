// Models: reproducible initial values, prediction, the summary, weights to bytes and back, memory.
import { plainCpu } from '@snn/backend-cpu';
import { sizeOf, treeLeaves } from '@snn/core';
import { expect, test } from 'vitest';
import {
  avgPool2d,
  conv2d,
  createModel,
  disposeTree,
  flatten,
  leakyReadout,
  learnable,
  lif,
  linear,
  type Model,
  readSafetensors,
  recurrent,
  sequential,
  writeSafetensors,
} from '../src/index.ts';

const network = (hidden = 4) =>
  sequential(linear(3, hidden), recurrent(lif(hidden, { tau: learnable(20e-3) })), linear(hidden, 2), leakyReadout(2));
const make = (seed = 1, hidden = 4) => createModel(network(hidden), { backend: plainCpu(), seed });
const numbers = (model: Model<never>) =>
  treeLeaves<never>(model.parameters).map(({ path, value }) => [path, model.backend.readSync?.(value)]);
const inputs = { data: Float32Array.from({ length: 5 * 2 * 3 }, (_, i) => i % 4), shape: [5, 2, 3] };

test('initial parameters depend on the seed alone', async () => {
  const [one, same, other] = [await make(1), await make(1), await make(2)];
  expect(numbers(one as never)).toEqual(numbers(same as never));
  expect(numbers(one as never)).not.toEqual(numbers(other as never));
});

test('predict goes from host to host and leaves nothing behind', async () => {
  const model = await make();
  const before = model.backend.memory?.();
  const { data, shape } = await model.predict(inputs);
  expect(shape).toEqual([5, 2, 2]);
  expect(data.length).toBe(20);
  expect(model.backend.memory?.()).toEqual(before);
});

test('run takes and gives the state', async () => {
  const model = await make();
  const b = model.backend;
  const before = b.memory?.().tensors;
  const x = b.fromData(inputs.data, inputs.shape);
  const whole = model.run(x);
  const [first, rest] = [b.slice(x, [0, 0, 0], [2, 2, 3]), b.slice(x, [2, 0, 0], [3, 2, 3])];
  const a = model.run(first);
  const c = model.run(rest, { state: a.state });
  expect([...(b.readSync?.(a.outputs) ?? []), ...(b.readSync?.(c.outputs) ?? [])]).toEqual([...(b.readSync?.(whole.outputs) ?? [])]);
  for (const tree of [x, whole.outputs, whole.state, first, rest, a.outputs, a.state, c.outputs, c.state]) disposeTree(b, tree);
  expect(b.memory?.().tensors).toBe(before);
  model.dispose();
  expect(b.memory?.()).toEqual({ tensors: 0, bytes: 0 });
});

test('the summary counts parameters, state, bytes and operations', async () => {
  const model = await make();
  expect(model.summary()).toBe(
    [
      '           layer          output     parameters  state  bytes  operations',
      'layers[0]  linear         [T, B, 4]          16      0     64          12',
      'layers[1]  recurrent lif  [T, B, 4]          17     12    116          12',
      'layers[2]  linear         [T, B, 2]          10      0     40           8',
      'layers[3]  leakyReadout   [T, B, 2]           0      4     16           0',
      'total                                        43     16    236          32',
    ].join('\n'),
  );
  expect(treeLeaves<{ shape: number[] }>(model.parameters).reduce((n, { value }) => n + sizeOf(value.shape), 0)).toBe(43);
});

test('the summary of an image network needs the size of the image', async () => {
  const model = await createModel(sequential(conv2d(1, 4, 3), lif([4, 6, 6]), sequential(avgPool2d(2), flatten()), linear(36, 2)), {
    backend: plainCpu(),
  });
  expect(model.summary()).toContain('[T, B, 4, 6, 6]');
  expect(model.summary()).toMatch(/conv2d +\? /);
  expect(model.summary({ inputShape: [1, 8, 8] })).toMatch(/layers\[0\] +conv2d +\[T, B, 4, 6, 6\] +40/);
  expect(() => model.summary({ inputShape: [1, 9, 8] })).toThrow('layers[1] (lif)');
});

test('networks whose sizes do not fit are refused at once', async () => {
  await expect(createModel(sequential(linear(3, 4), lif(5)), { backend: plainCpu() })).rejects.toThrow('layers[1] (lif)');
  await expect(createModel(network(), {} as never)).rejects.toThrow('needs a backend');
});

test('saved weights come back to the bit, under their paths', async () => {
  const [from, to] = [await make(1), await make(2)];
  const bytes = await from.save();
  expect([...readSafetensors(bytes).tensors.keys()]).toEqual([
    'layers[0].weight',
    'layers[0].bias',
    'layers[1].inner.tau',
    'layers[1].weight',
    'layers[2].weight',
    'layers[2].bias',
  ]);
  const before = to.backend.memory?.();
  to.load(bytes);
  expect(numbers(to as never)).toEqual(numbers(from as never));
  expect(to.backend.memory?.()).toEqual(before);
});

test('weights of another network change nothing', async () => {
  const model = await make();
  const before = [numbers(model as never), model.backend.memory?.()];
  const tensors = new Map(readSafetensors(await model.save()).tensors);
  const weight = tensors.get('layers[0].weight');
  if (!weight) throw new Error('no weight');
  tensors.delete('layers[0].weight');
  tensors.set('layers[7].weight', weight);
  expect(() => model.load(writeSafetensors(tensors))).toThrow(
    "load: the file is not of this network: missing 'layers[0].weight'; unexpected 'layers[7].weight'.",
  );
  const wider = await (await make(1, 5)).save();
  expect(() => model.load(wider)).toThrow("load: 'layers[0].weight' is float32 [3, 5] in the file, but float32 [3, 4] in the network.");
  expect(() => model.load(new Uint8Array(9))).toThrow('safetensors');
  expect([numbers(model as never), model.backend.memory?.()]).toEqual(before);
});
