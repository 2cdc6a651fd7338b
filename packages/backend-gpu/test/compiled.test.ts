// A compiled step gives the bits of its schedule run by the operations of the same backend, forward and backward.
import { plan, type Step } from '@snn/compile';
import { type Backend, linear, normal, randomKey, stopGradient, stream, type TensorMeta } from '@snn/core';
import { lifStep } from '@snn/neurons-lif';
import { describe, expect, test } from 'vitest';
import { chunkSource } from '../src/compiled/emit.ts';
import { wgslSource } from '../src/compiled/wgsl.ts';
import { type GpuBackend, type GpuTensor, gpu } from '../src/index.ts';
import { expressionsOf } from '../src/sources.ts';

const network = <U extends TensorMeta>(
  b: Backend<U>,
  p: { w1: U; b1: U; w2: U; tau: U },
  s: { v1: U; i1: U; v2: U; i2: U },
  x: U,
): readonly [U, unknown] => {
  const fixed = { tauSynapse: 5e-3, leak: 0, reset: 0, threshold: 0.05 };
  const [z1, l1] = lifStep(b, { ...fixed, tau: p.tau }, { v: s.v1, i: s.i1 }, linear(b, x, p.w1, p.b1));
  const [z2, l2] = lifStep(b, { ...fixed, tau: 10e-3 }, { v: s.v2, i: s.i2 }, linear(b, z1, p.w2));
  return [z2, { v1: l1.v, i1: l1.i, v2: l2.v, i2: l2.i }];
};

const recurrent = <U extends TensorMeta>(b: Backend<U>, p: { w: U; r: U }, s: { z: U; v: U }, x: U): readonly [U, unknown] => {
  const u = b.add(b.mul(s.v, 0.9), b.add(linear(b, x, p.w), b.matmul(s.z, p.r)));
  const z = b.gt(u, 0.3);
  return [b.mul(u, u), { z, v: b.sub(u, stopGradient(b, z)) }];
};

const delayed = <U extends TensorMeta>(b: Backend<U>, p: { w: U }, s: { last: U }, x: U): readonly [U, unknown] => [
  b.mul(s.last, linear(b, x, p.w)),
  { last: linear(b, x, p.w) },
];

/** A loop in which values of two shapes meet: the winner of each row inhibits the others. */
const inhibited = <U extends TensorMeta>(b: Backend<U>, p: { w: U }, s: { v: U; z: U }, x: U): readonly [U, unknown] => {
  const u = b.add(b.mul(s.v, 0.8), b.sub(linear(b, x, p.w), b.mul(b.sum(s.z, [1]), 0.1)));
  const z = b.mul(b.gt(u, 0.5), b.sub(1, b.gt(b.reduceMax(u, [1]), u)));
  return [u, { v: b.sub(u, stopGradient(b, z)), z }];
};

/** More operands of one kernel than a device lets it read. */
const wide = <U extends TensorMeta>(b: Backend<U>, p: Readonly<Record<string, U>>, s: { v: U }, x: U): readonly [U, unknown] => {
  const v = Object.values(p).reduce((sum, w) => b.add(b.mul(sum, 0.5), b.mul(w, x)), s.v);
  return [v, { v }];
};

interface Case {
  readonly name: string;
  readonly step: unknown;
  readonly parameters: Readonly<Record<string, readonly number[]>>;
  readonly states: Readonly<Record<string, readonly number[]>>;
  readonly inputs: number;
}

const B = 3;
const STEPS = 7;
const CASES: readonly Case[] = [
  {
    name: 'feed-forward',
    step: network,
    parameters: { w1: [7, 5], b1: [5], w2: [5, 2], tau: [5] },
    states: { v1: [B, 5], i1: [B, 5], v2: [B, 2], i2: [B, 2] },
    inputs: 7,
  },
  { name: 'recurrent', step: recurrent, parameters: { w: [3, 4], r: [4, 4] }, states: { z: [B, 4], v: [B, 4] }, inputs: 3 },
  { name: 'inhibited', step: inhibited, parameters: { w: [3, 4] }, states: { v: [B, 4], z: [B, 4] }, inputs: 3 },
  { name: 'delayed', step: delayed, parameters: { w: [3, 3] }, states: { last: [B, 3] }, inputs: 3 },
  {
    name: 'with many operands',
    step: wide,
    parameters: Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`w${i}`, [B, 3]])),
    states: { v: [B, 3] },
    inputs: 3,
  },
];

/** Numbers around 0.5 for every name. */
const values = (b: GpuBackend, name: string, shape: readonly number[]): GpuTensor => {
  const length = shape.reduce((n, size) => n * size, 1);
  const numbers = normal(stream(randomKey(7), name), length, 0.3, 0.4);
  return b.fromData(name === 'tau' ? numbers.map((x) => 0.01 + 0.005 * Math.abs(x)) : numbers, [...shape]);
};

/** All results of a compiled run and of the schedule, as arrays. */
async function both(b: GpuBackend, { name, step, parameters, states, inputs }: Case) {
  const metas = (shapes: Case['states']): Record<string, TensorMeta> =>
    Object.fromEntries(Object.entries(shapes).map(([key, shape]) => [key, { shape, dtype: 'float32' }]));
  const made = plan(name, step as Step, metas(parameters), metas(states), { shape: [B, inputs], dtype: 'float32' });
  const tensors = (shapes: Case['states']): GpuTensor[] => Object.entries(shapes).map(([key, shape]) => values(b, key, shape));
  const [p, s, h] = [tensors(parameters), tensors(states), Object.values(states).map((shape, k) => values(b, `h${k}`, shape))];
  const x = values(b, 'x', [STEPS, B, inputs]);
  const executable = await (b.compile as NonNullable<typeof b.compile>)(made.traced, STEPS);
  const run = executable.run(p, s, x);
  const g = values(b, 'g', run.outputs.shape);
  const back = executable.pullback(g, h, true);
  const again = executable.pullback(g, h, false);
  const want = made.vjp(b, p, s, x);
  const wanted = want.pullback(g, h, true);
  const read = (list: readonly GpuTensor[]): Promise<ArrayLike<number>[]> => Promise.all(list.map((t) => b.read(t)));
  const result = {
    got: await read([run.outputs, ...run.states, ...back.parameters, ...back.states, back.inputs as GpuTensor]),
    again: await read([...again.parameters, ...again.states]),
    inputsUnasked: again.inputs,
    want: await read([want.outputs, ...want.states, ...wanted.parameters, ...wanted.states, wanted.inputs as GpuTensor]),
    executedBy: executable.executedBy,
    fallbackReason: executable.fallbackReason,
    states: s.length,
  };
  executable.dispose();
  return result;
}

describe.each(['webasm', 'cpu'] as const)('mode %s', (mode) => {
  test.each(CASES)('$name', async (one) => {
    const b = await gpu({ mode });
    const { got, again, want, states, inputsUnasked, executedBy } = await both(b, one);
    expect(got.some((list) => Array.from(list).some((x) => x !== 0))).toBe(true);
    expect(got.map((list) => [...Array.from(list)])).toEqual(want.map((list) => [...Array.from(list)]));
    expect(again.map((list) => [...Array.from(list)])).toEqual(want.slice(1 + states, -1).map((list) => [...Array.from(list)]));
    expect(inputsUnasked).toBeNull();
    expect(executedBy).toContain(`gpu.js ${mode}: createPipeline, executor ${mode === 'webasm' ? 'fused-sync' : 'generic'}`);
    await b.destroy();
  });

  test('repeated runs hold as much memory as one', async () => {
    const b = await gpu({ mode });
    const before = JSON.stringify(b.memory?.());
    for (let i = 0; i < 2; i++) {
      const v = b.fromData([0, 0], [1, 2]);
      const a = b.fromData([0.9], []);
      const x = b.fromData([1, 2, 3, 4], [2, 1, 2]);
      const step = <U extends TensorMeta>(c: Backend<U>, p: { a: U }, s: { v: U }, input: U): readonly [U, unknown] => {
        const next = c.add(c.mul(s.v, p.a), input);
        return [next, { v: next }];
      };
      const meta = (shape: readonly number[]): TensorMeta => ({ shape, dtype: 'float32' });
      const { traced } = plan('leak', step as Step, { a: meta([]) }, { v: meta([1, 2]) }, meta([1, 2]));
      const executable = await (b.compile as NonNullable<typeof b.compile>)(traced, 2);
      const { outputs, states } = executable.run([a], [v], x);
      expect([...(await b.read(outputs))]).toEqual([
        1,
        2,
        Math.fround(Math.fround(0.9) + 3),
        Math.fround(Math.fround(2 * Math.fround(0.9)) + 4),
      ]);
      const back = executable.pullback(outputs, [v], true);
      expect(executable.bytes).toBeGreaterThan(0);
      for (const t of [outputs, ...states, ...back.parameters, ...back.states, back.inputs as GpuTensor, v, a, x]) b.dispose(t);
      executable.dispose();
    }
    expect(JSON.stringify(b.memory?.())).toBe(before);
    await b.destroy();
  });
});

describe('sources', () => {
  const spec = {
    name: 'k',
    streams: ['v1'],
    fixed: ['v2'],
    scalars: ['v3'],
    states: [{ name: 'v4', next: 'v6' }],
    operations: [
      { name: 'v5', op: 'mul', inputs: ['v4', 'v3'] },
      { name: 'v6', op: 'add', inputs: ['v5', 'v1'] },
      { name: 'v7', op: 'gt', inputs: ['v6', 1] },
      { name: 'v8', op: 'where', inputs: ['v7', 'v2', -0.1] },
    ],
    results: ['v7', 'v8'],
  } as const;

  test('of gpu.js, with one array for each operand and with one for all', () => {
    expect(chunkSource(spec, expressionsOf('webgl2'), false, false)).toMatchSnapshot();
    expect(chunkSource(spec, expressionsOf('cpu'), true, true)).toMatchSnapshot();
  });

  test('of WGSL', () => {
    expect(wgslSource(spec, false, false)).toMatchSnapshot();
    expect(wgslSource(spec, true, true)).toMatchSnapshot();
  });
});
