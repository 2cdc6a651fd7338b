// Normalisation over sequences: hand-written loops, gradients, running statistics, folding.
import { gradcheck, valueAndGrad } from '@snn/autodiff';
import { reference } from '@snn/backend-conformance';
import { cpu, plainCpu } from '@snn/backend-cpu';
import { checkpoint, store, truncated } from '@snn/compile';
import {
  type Backend,
  bernoulli,
  type GradientStrategy,
  mean,
  normal,
  randomKey,
  sizeOf,
  square,
  type TensorMeta,
  type Tree,
  treeLeaves,
  treeMap,
} from '@snn/core';
import { describe, expect, test } from 'vitest';
import {
  adamW,
  batchNormThroughTime,
  conv2d,
  createModel,
  crossEntropyOverTime,
  dropout,
  evaluate,
  fit,
  flatten,
  fold,
  type Layer,
  leakyReadout,
  li,
  lif,
  linear,
  lossOf,
  recurrent,
  run,
  sequential,
  tdBatchNorm,
  teBatchNorm,
} from '../src/index.ts';
import { stripes } from './data.ts';

const b = plainCpu();
const [T, B, C] = [4, 3, 2];
const x = normal(randomKey(1), T * B * C).map((v, i) => 3 * v + (i % C));
const at = (t: number, n: number, c: number): number => x[(t * B + n) * C + c];
const over = (f: (t: number, n: number) => number, times: readonly number[]): number[] =>
  times.flatMap((t) => Array.from({ length: B }, (_, n) => f(t, n)));
const average = (list: readonly number[]): number => list.reduce((sum, v) => sum + v, 0) / list.length;
const steps = Array.from({ length: T }, (_, t) => t);

/** Training pass: outputs and what was measured, with all trained values replaced by `values`. */
function pass(layer: Layer, values: Record<string, readonly number[]>): { y: Float32Array; measured: Record<string, number[]> } {
  const initial = layer.init(b, randomKey(0)) as Record<string, ReturnType<typeof b.fromData>>;
  const raw = Object.fromEntries(Object.entries(initial).map(([name, v]) => [name, values[name] ? b.fromData(values[name], v.shape) : v]));
  const measured: Record<string, number[]> = {};
  const { outputs } = run(b, layer, raw, b.fromData(x, [T, B, C]), {
    training: true,
    record(kind, path, v) {
      if (kind === 'measured') measured[path] = [...(b.readSync(v) as Float32Array)];
    },
  });
  return { y: b.readSync(outputs) as Float32Array, measured };
}

describe('a training pass against the equations', () => {
  const gain = [1.5, 0.5];
  const offset = [0.25, -1];
  const factor = [1, 2, 0.5, -1];
  const normalised = (t: number, n: number, c: number, times: readonly number[], epsilon: number): number => {
    const all = over((s, m) => at(s, m, c), times);
    const m = average(all);
    return (at(t, n, c) - m) / Math.sqrt(average(all.map((v) => (v - m) ** 2)) + epsilon);
  };
  const expected = (f: (t: number, n: number, c: number) => number): number[] =>
    steps.flatMap((t) => Array.from({ length: B * C }, (_, i) => f(t, Math.floor(i / C), i % C)));
  const compare = (actual: ArrayLike<number>, wanted: readonly number[]): void =>
    wanted.forEach((v, i) => {
      expect(actual[i]).toBeCloseTo(v, 5);
    });

  test('tdBatchNorm scales to the threshold', () => {
    const { y, measured } = pass(tdBatchNorm(C, { threshold: 0.5, alpha: Math.SQRT1_2 }), { gain, offset });
    compare(
      y,
      expected((t, n, c) => Math.SQRT1_2 * 0.5 * gain[c] * normalised(t, n, c, steps, 1e-5) + offset[c]),
    );
    // running statistics move a tenth of the way from 0 and 1, with the unbiased variance
    const all = over((s, m) => at(s, m, 1), steps);
    const m = average(all);
    expect(measured.mean[1]).toBeCloseTo(0.1 * m, 6);
    expect(measured.variance[1]).toBeCloseTo(0.9 + (0.1 * all.reduce((sum, v) => sum + (v - m) ** 2, 0)) / (all.length - 1), 5);
  });

  test('teBatchNorm has a factor per step', () => {
    const { y } = pass(teBatchNorm(C, T), { gain, offset, factor });
    compare(
      y,
      expected((t, n, c) => factor[t] * (gain[c] * normalised(t, n, c, steps, 1e-5) + offset[c])),
    );
  });

  test('batchNormThroughTime has statistics per step', () => {
    const each = [1, 2, 3, 4, 5, 6, 7, 8];
    const { y, measured } = pass(batchNormThroughTime(C, T), { gain: each });
    compare(
      y,
      expected((t, n, c) => each[t * C + c] * normalised(t, n, c, [t], 1e-4)),
    );
    expect(measured.mean[2 * C + 1]).toBeCloseTo(0.1 * average(over((s, m) => at(s, m, 1), [2])), 6);
  });

  test('channels of images share their statistics', () => {
    const layer = tdBatchNorm([2, 1, 3]);
    const { outputs } = run(b, layer, layer.init(b, randomKey(0)), b.fromData(normal(randomKey(2), 36), [3, 2, 2, 1, 3]), {
      training: true,
    });
    const y = b.readSync(outputs) as Float32Array;
    for (const c of [0, 1]) {
      const channel = [...y].filter((_, i) => Math.floor(i / 3) % 2 === c);
      expect(average(channel)).toBeCloseTo(0, 5);
      expect(average(channel.map((v) => v * v))).toBeCloseTo(1, 4);
    }
  });
});

const read = (v: ReturnType<typeof b.fromData>): Float32Array => b.readSync(v) as Float32Array;
type Read = (v: TensorMeta) => Float64Array;
const isMeasured = (path: string): boolean => /(mean|variance)$/.test(path);

type Forward = { readonly scores: unknown; readonly measured: unknown; readonly counts: unknown };
type Differentiate = (...args: unknown[]) => readonly [unknown, unknown, Forward];

/** Parameters of `network` with all numbers moved from where they start; variances stay above 0. */
const moved = (network: Layer, on: Backend<ReturnType<typeof b.fromData>> = b): Tree<ReturnType<typeof b.fromData>> =>
  treeMap(network.init(on, randomKey(3)), (v: ReturnType<typeof b.fromData>, path: string) => {
    const noise = on.fromData(normal(randomKey(path.length), sizeOf(v.shape), 0, 0.3), v.shape);
    return path.endsWith('variance') ? on.exp(noise) : on.add(v, noise);
  });

const kinds: readonly (readonly [string, (size: number | readonly number[], steps: number) => Layer])[] = [
  ['tdBatchNorm', (size) => tdBatchNorm(size)],
  ['teBatchNorm', (size, count) => teBatchNorm(size, count)],
  ['batchNormThroughTime', (size, count) => batchNormThroughTime(size, count)],
];

describe.each(kinds)('%s', (name, make) => {
  test.each([
    ['vectors', true],
    ['vectors', false],
    ['images', true],
    ['images', false],
  ] as const)('gradients are right (%s, training: %s)', (kind, training) => {
    const on = reference();
    const first =
      kind === 'vectors'
        ? [linear(8, 3), make(3, 5), li(3), linear(3, 2)]
        : [conv2d(2, 3, 2), make([3, 2, 2], 5), li([3, 2, 2]), flatten(), linear(12, 2)];
    const input = kind === 'vectors' ? [8] : [2, 3, 3];
    const network = sequential(...first, make(2, 5), li(2));
    const parameters = network.init(on, randomKey(3)) as { readonly [key: string]: Tree<TensorMeta> };
    const data = normal(randomKey(5), 5 * 4 * sizeOf(input));
    const target = normal(randomKey(6), 5 * 4 * 2);
    // running statistics are constants: they get no gradient, though inference depends on them
    const leaves = treeLeaves<ReturnType<typeof on.fromData>>(parameters);
    const trained = Object.fromEntries(leaves.filter(({ path }) => !isMeasured(path)).map(({ path, value }) => [path, value]));
    const constants = new Map(leaves.filter(({ path }) => isMeasured(path)).map(({ path, value }) => [path, (on.readSync as Read)(value)]));
    const f = <U extends TensorMeta>(c: Backend<U>, variables: Record<string, U>): U => {
      const p = treeMap<Tree<U>>(
        parameters,
        (v: TensorMeta, path: string) => variables[path] ?? c.fromData(constants.get(path) as Float64Array, v.shape),
      );
      const { outputs } = run(c, network, p, c.fromData(data, [5, 4, ...input]), { training });
      return c.reshape(mean(c, square(c, c.sub(c.mul(outputs, 10), c.fromData(target, [5, 4, 2])))), []);
    };
    const result = gradcheck(on, f as never, trained as never);
    expect(result.derivative).not.toBe(0);
    expect(result).toMatchObject({ ok: true });
  });

  test('in use, a step with the running statistics streams: chunks give the bits of one run', () => {
    const network = sequential(linear(2, 3), make(3, 5), lif(3));
    const parameters = moved(network);
    const inputs = normal(randomKey(5), 6 * 2 * 2, 2, 3);
    const whole = run(b, network, parameters, b.fromData(inputs, [6, 2, 2]));
    const first = run(b, network, parameters, b.fromData(inputs.slice(0, 8), [2, 2, 2]));
    const second = run(b, network, parameters, b.fromData(inputs.slice(8), [4, 2, 2]), { state: first.state });
    expect([...read(first.outputs), ...read(second.outputs)]).toEqual([...read(whole.outputs)]);
  });

  test('a stream gives the bits of one run, also beyond the steps that the layer was made for', async () => {
    const backend = await cpu();
    const network = sequential(linear(2, 3), make(3, 4), lif(3, { threshold: 0.3 }), linear(3, 2));
    const model = await createModel(network, { backend, seed: 3 });
    model.replace(moved(network, backend) as never);
    const inputs = normal(randomKey(5), 7 * 2 * 2, 2, 3);
    const { data } = await model.predict({ data: inputs, shape: [7, 2, 2] });
    const stream = await model.stream({ shape: [2, 2] });
    const streamed = Array.from({ length: 7 }, (_, t) => {
      stream.input.set(inputs.slice(4 * t, 4 * t + 4));
      return [...stream.step()];
    });
    expect(streamed.flat()).toEqual([...data]);
    expect(new Set(data).size).toBeGreaterThan(2);
    stream.dispose();
  });

  test('training leaves nothing behind in memory', async () => {
    const model = await createModel(sequential(linear(8, 4), make(4, 10), leakyReadout(4)), { backend: b, seed: 1, compile: false });
    const before = b.memory();
    await fit(model, stripes(16), { loss: crossEntropyOverTime(), optimizer: adamW(1e-2), batchSize: 8 });
    expect(b.memory()).toEqual(before);
    model.dispose();
  });

  test.each([store(), checkpoint(2), truncated(2)])(
    'compiled in parts ($kind): the values of steps one by one to the bit, and their gradients',
    async (gradient) => {
      const backend = await cpu();
      const net = sequential(
        linear(3, 8),
        make(8, 6),
        sequential(lif(8, { threshold: 0.3 }), linear(8, 4), make(4, 6)),
        recurrent(lif(4, { threshold: 0.3 })),
        dropout(0.2),
        linear(4, 2),
      );
      const model = await createModel(net, { backend, seed: 1 });
      const x = backend.fromData(normal(randomKey(1), 6 * 5 * 3, 0.5, 1), [6, 5, 3]);
      const labels = backend.fromData([0, 1, 0, 1, 1], [5]);
      const go = (compiled: unknown, strategy: GradientStrategy): Promise<number[][]> => {
        const objective = { network: net, loss: crossEntropyOverTime(), regularizers: [], training: true, gradient: strategy };
        const f = (ad: never, p: never, inputs: never, y: never): unknown =>
          lossOf(ad, objective, p, inputs, y, randomKey(2), compiled as never);
        const [loss, gradients, { scores, measured, counts }] = (valueAndGrad as never as Differentiate)(
          backend,
          f,
          model.parameters,
          x,
          labels,
        );
        const leaves = [loss, scores, measured, counts, gradients].map((tree) => treeLeaves<typeof x>(tree));
        return Promise.all(
          leaves.map(async (of) => (await Promise.all(of.map(async ({ value }) => [...(await backend.read(value))]))).flat()),
        );
      };
      // what is stored or run again makes no difference to steps one by one
      const one = await go(null, gradient.kind === 'checkpoint' ? store() : gradient);
      const parts = await model.withCompiled({ shape: [6, 5, 3], training: true, countGradient: false, gradient }, (compiled) => {
        expect([...(compiled?.parts.keys() ?? [])]).toEqual(['layers[0]', 'layers[2].layers[0]', 'layers[3]']);
        return go(compiled, gradient);
      });
      expect(parts.slice(0, 4)).toEqual(one.slice(0, 4));
      expect(parts[4]).toHaveLength(one[4].length);
      expect(one[4].filter((g) => g !== 0).length).toBeGreaterThan(20);
      parts[4].forEach((g, i) => {
        expect(g).toBeCloseTo(one[4][i], 5);
      });
    },
  );

  test('fit trains with it, compiled in parts and saying so; what it measured makes the network as good in use; fold keeps the outputs', async () => {
    const backend = await cpu();
    const net = sequential(linear(8, 16), make(16, 10), lif(16, { threshold: 0.3 }), linear(16, 2), make(2, 10), leakyReadout(2));
    const model = await createModel(net, { backend, seed: 1 });
    const loss = crossEntropyOverTime();
    const { history } = await fit(model, stripes(64), { loss, optimizer: adamW(1e-2), epochs: 6, batchSize: 16 });
    expect(model.executedBy).toMatch(/^WebAssembly.*, in 3 parts between layers that need the whole sequence$/);
    expect(history[5].loss).toBeLessThan(0.5 * history[0].loss);
    const used = await evaluate(model, stripes(64), { loss });
    expect(used.accuracy).toBe(1);

    const folded = await fold(model);
    const inputs = { data: bernoulli(randomKey(9), new Float32Array(10 * 4 * 8).fill(0.4), 320), shape: [10, 4, 8] };
    const [before, after] = [await model.predict(inputs), await folded.predict(inputs)];
    expect(folded.executedBy).not.toContain('step by step');
    after.data.forEach((v, i) => {
      expect(v).toBeCloseTo(before.data[i], 4);
    });
    expect(folded.summary()).not.toContain('orm');
    const stays = name === 'tdBatchNorm' ? 4 : 6;
    expect(folded.network.children).toHaveLength(stays);
    const bytes = await model.save();
    const again = await createModel(net, { backend, seed: 2 });
    again.load(bytes);
    expect(await again.predict(inputs)).toEqual(before);
  });
});

test('fold takes convolutions and nested rows, with and without bias', async () => {
  const net = sequential(
    sequential(conv2d(1, 2, 3, { bias: false }), tdBatchNorm([2, 2, 2])),
    li([2, 2, 2]),
    flatten(),
    linear(8, 3),
    teBatchNorm(3, 4),
  );
  const model = await createModel(net, { backend: b, seed: 3 });
  model.replace(moved(net));
  const inputs = { data: normal(randomKey(4), 4 * 2 * 16), shape: [4, 2, 1, 4, 4] };
  const folded = await fold(model);
  expect(folded.network.children?.map((layer) => layer.name)).toEqual(['conv2d', 'li', 'flatten', 'linear', 'stepAffine']);
  const [before, after] = [await model.predict(inputs), await folded.predict(inputs)];
  after.data.forEach((v, i) => {
    expect(v).toBeCloseTo(before.data[i], 4);
  });
  expect(before.data.some((v) => Math.abs(v) > 0.1)).toBe(true);
});

test('what cannot be normalised or folded says why', async () => {
  const data = b.fromData(x, [T, B, C]);
  const go = (layer: Layer, inputs = data): unknown => run(b, layer, layer.init(b, randomKey(0)), inputs, { training: true });
  expect(() => go(teBatchNorm(C, 3))).toThrow('made for sequences of 3 steps, but one of 4 came');
  expect(() => go(batchNormThroughTime(C, T), b.fromData(x.slice(0, 8), [4, 1, 2]))).toThrow('larger batches');
  expect(() => go(recurrent(tdBatchNorm(C)))).toThrow('inside recurrent or feedback');
  expect(() => tdBatchNorm(C, { threshold: 0 })).toThrow('above 0');
  expect(() => tdBatchNorm(C, { momentum: 2 })).toThrow('momentum');
  expect(() => teBatchNorm(0, 3)).toThrow('size');
  await expect(createModel(sequential(lif(2), tdBatchNorm(2)), { backend: b }).then(fold)).rejects.toThrow("'lif' stands there");
  await expect(createModel(tdBatchNorm(2), { backend: b }).then(fold)).rejects.toThrow('none stands there');
});
