// Compiled updates have the bits of the operations one by one, over several steps, with one program for all of them.
import { type CpuBackend, type CpuTensor, cpu, plainCpu } from '@snn/backend-cpu';
import { arena, type Backend, normal, randomKey, type Tree, treeLeaves, unsupportedError } from '@snn/core';
import { describe, expect, test } from 'vitest';
import {
  adam,
  adamax,
  adamW,
  applyUpdates,
  chain,
  clipByNorm,
  constant,
  cosine,
  createModel,
  crossEntropyOverTime,
  fit,
  leakyReadout,
  lif,
  linear,
  type Optimizer,
  sequential,
  sgd,
  warmUp,
} from '../src/index.ts';
import { updaterOf } from '../src/optimizers/updater.ts';
import { scoped } from '../src/scoped.ts';
import { stripes } from './data.ts';

const SHAPES: readonly (readonly number[])[] = [[7, 5], [5], [5, 2], [], [1], [2]];
const EDGES = [0, -0, 1e-38, -1e-38, 1e30, -1e30, 1e-45];

const tree = (b: Backend<CpuTensor>, seed: number, scale = 1): Tree<CpuTensor> =>
  SHAPES.map((shape, i) => {
    const size = shape.reduce((n, m) => n * m, 1);
    const values = normal(randomKey(100 * seed + i), size).map((x, k) => (k > 0 && k <= EDGES.length ? EDGES[k - 1] : x * scale));
    return { w: b.fromData(values, shape) };
  });

const OPTIMIZERS: Readonly<Record<string, () => Optimizer>> = {
  adam: () => adam(1e-2),
  'adam on a schedule': () => adam(warmUp(2, cosine(1e-1, 5))),
  adamW: () => adamW(1e-2, { decay: 0.1 }),
  adamax: () => adamax(),
  sgd: () => sgd(constant(0.1)),
  momentum: () => sgd(0.1, { momentum: 0.9 }),
  nesterov: () => sgd(0.1, { momentum: 0.9, nesterov: true }),
  'clipped adam': () => chain(clipByNorm(0.5), adam(cosine(1e-2, 4))),
  'clipped momentum, then decay': () => chain(sgd(1, { momentum: 0.5 }), clipByNorm(3), adamW(1e-3)),
  'only clipped': () => clipByNorm(1),
};

describe('compiled updates', () => {
  for (const [name, make] of Object.entries(OPTIMIZERS)) {
    test(`${name}: the bits of the operations one by one`, async () => {
      const b = await cpu();
      const optimizer = make();
      let [p, q] = [tree(b, 1), tree(b, 1)];
      let [m, n] = [optimizer.init(b, p), optimizer.init(b, q)];
      const updater = await updaterOf(b, optimizer, p, m);
      expect(updater.executedBy).toMatch(/^WebAssembly SIMD/);
      for (let step = 0; step < 6; step++) {
        const scope = arena(b);
        const gradients = tree(scope, 2 + step, step === 3 ? 100 : 1);
        const { parameters: moved, memory, broken } = updater.update(scope, gradients, m, p, step);
        const [updates, next] = optimizer.update(scope, gradients, n, q, step);
        const expected = applyUpdates(scope, q, updates);
        expect(b.readSync(broken)[0]).toBe(0);
        const numbers = (x: unknown): unknown => treeLeaves<CpuTensor>(x).map(({ path, value }) => [path, value.shape, b.readSync(value)]);
        expect(numbers([moved, memory])).toEqual(numbers([expected, next]));
        scope.keep([moved, memory, expected, next]);
        scope.release();
        for (const { value } of treeLeaves<CpuTensor>([p, q, m, n])) b.dispose(value);
        [p, q, m, n] = [moved, expected, memory, next];
      }
      for (const { value } of treeLeaves<CpuTensor>([p, q, m, n])) b.dispose(value);
      updater.dispose();
    });
  }
});

test('a parameter that is not finite is found, in the largest and in any other tensor', async () => {
  const b = await cpu();
  const optimizer = sgd(1);
  const p = tree(b, 1);
  const updater = await updaterOf(b, optimizer, p, null);
  const byHand = await updaterOf(b, { ...optimizer, numbers: undefined } as Optimizer, p, null);
  const leaves = treeLeaves<CpuTensor>(p).map(({ value }) => value);
  for (const [which, { shape }] of leaves.entries()) {
    for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const gradients = tree(b, 2);
      const list = treeLeaves<CpuTensor>(gradients).map(({ value }) => value);
      const values = b.readSync(list[which]);
      values[values.length - 1] = wrong;
      list[which] = b.fromData(values, shape);
      const given = list.map((w) => ({ w }));
      const scope = arena(b);
      for (const each of [updater, byHand])
        expect(b.readSync(each.update(scope, given, null, p, 0).broken)).toEqual(Float32Array.of(Number.NaN));
      scope.release();
    }
  }
});

test('an update leaves nothing behind but its results', async () => {
  const b = await cpu();
  const optimizer = adam();
  const p = tree(b, 1);
  const m = scoped(b, (scope) => optimizer.init(scope, p));
  const updater = await updaterOf(b, optimizer, p, m);
  const { tensors } = b.memory();
  const scope = arena(b);
  updater.update(scope, p, m, p, 0);
  scope.release();
  expect(b.memory().tensors).toBe(tensors);
});

describe('what applies an optimiser', () => {
  const net = () => sequential(linear(8, 6), lif(6), linear(6, 2), leakyReadout(2));
  const options = (optimizer: Optimizer) => ({ loss: crossEntropyOverTime(), optimizer, epochs: 2, batchSize: 16 });
  const trained = async (b: CpuBackend, optimizer: Optimizer) => {
    const model = await createModel(net(), { backend: b, seed: 2 });
    const { updatedBy } = await fit(model, stripes(32), options(optimizer));
    return { updatedBy, weights: treeLeaves<CpuTensor>(model.parameters).map(({ value }) => b.readSync(value)) };
  };
  const { numbers: _, ...unknown } = adam(1e-2);

  test('fit says it, and the result does not depend on it', async () => {
    const fast = await trained(await cpu(), adam(1e-2));
    expect(fast.updatedBy).toMatch(/^WebAssembly SIMD/);
    const slow = await trained(await cpu(), unknown);
    expect(slow.updatedBy).toBe("operation by operation (optimiser 'adam' has no numbers)");
    expect(slow.weights).toEqual(fast.weights);
    expect((await trained(plainCpu(), adam(1e-2))).updatedBy).toBe("operation by operation (backend 'cpu' has no compile)");
  });

  test('a program without room is given up', async () => {
    const b = await cpu();
    const full = { ...b, compile: () => Promise.reject(unsupportedError('no memory for it')) };
    expect((await trained(full, adam(1e-2))).updatedBy).toBe('operation by operation (no memory for it)');
    const broken = { ...b, compile: () => Promise.reject(new Error('broken')) };
    await expect(trained(broken, adam(1e-2))).rejects.toThrow('broken');
  });
});
