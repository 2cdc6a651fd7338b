import { autodiff } from '@snn/autodiff';
import { reference } from '@snn/backend-conformance';
import { plainCpu } from '@snn/backend-cpu';
import { at, type Backend, linear, normal, randomKey, split, stack, stopGradient, type TensorMeta, treeFlatten } from '@snn/core';
import { lifStep } from '@snn/neurons-lif';
import { describe, expect, test } from 'vitest';
import { explain, plan, type Step } from '../src/index.ts';

const T = 7;
const B = 3;

const network = <U extends TensorMeta>(
  b: Backend<U>,
  p: { w1: U; b1: U; w2: U; tau: U; threshold: U },
  s: { v1: U; i1: U; v2: U; i2: U },
  x: U,
): readonly [U, unknown] => {
  const fixed = { tauSynapse: 5e-3, leak: 0, reset: 0 };
  const [z1, l1] = lifStep(b, { ...fixed, tau: p.tau, threshold: p.threshold }, { v: s.v1, i: s.i1 }, linear(b, x, p.w1, p.b1));
  const [z2, l2] = lifStep(b, { ...fixed, tau: 10e-3, threshold: 1 }, { v: s.v2, i: s.i2 }, linear(b, z1, p.w2));
  return [z2, { v1: l1.v, i1: l1.i, v2: l2.v, i2: l2.i }];
};

/** Recurrent: the previous spikes are a state, and so is a running count that nothing reads. */
const recurrent = <U extends TensorMeta>(b: Backend<U>, p: { w: U; r: U }, s: { z: U; v: U; count: U }, x: U): readonly [U, unknown] => {
  const u = b.add(b.mul(s.v, 0.9), b.add(linear(b, x, p.w), b.matmul(s.z, p.r)));
  const z = b.gt(u, 1);
  return [b.mul(u, u), { z, v: b.sub(u, stopGradient(b, z)), count: b.add(s.count, z) }];
};

const delayed = <U extends TensorMeta>(b: Backend<U>, p: { w: U }, s: { last: U }, x: U): readonly [U, unknown] => [
  b.mul(s.last, linear(b, x, p.w)),
  { last: linear(b, x, p.w) },
];

const cases = [
  {
    name: 'feed-forward',
    step: network,
    parameters: { w1: [5, 4], b1: [4], w2: [4, 2], tau: [4], threshold: [] },
    states: { v1: [B, 4], i1: [B, 4], v2: [B, 2], i2: [B, 2] },
    inputs: 5,
  },
  { name: 'recurrent', step: recurrent, parameters: { w: [3, 4], r: [4, 4] }, states: { z: [B, 4], v: [B, 4], count: [B, 4] }, inputs: 3 },
  { name: 'delayed', step: delayed, parameters: { w: [3, 3] }, states: { last: [B, 3] }, inputs: 3 },
];

describe('a plan gives what the step gives in a loop', () => {
  for (const { name, step, parameters, states, inputs } of cases) {
    test(name, () => {
      const b = reference();
      const keys = [...split(randomKey(7), 40)];
      const draw = (shape: readonly number[]) => {
        const size = shape.reduce((n, m) => n * m, 1);
        const [key] = keys.splice(0, 1);
        return b.fromData(normal(key, size), shape);
      };
      const tree = (shapes: Record<string, readonly number[]>) =>
        Object.fromEntries(Object.entries(shapes).map(([k, shape]) => [k, draw(shape)]));
      const p = tree(parameters as unknown as Record<string, readonly number[]>);
      if ('tau' in p) p.tau = b.fromData([8e-3, 10e-3, 12e-3, 20e-3], [4]);
      const s = tree(states as unknown as Record<string, readonly number[]>);
      const x = draw([T, B, inputs]);

      const ad = autodiff(b);
      const pv = treeFlatten(p);
      const sv = treeFlatten(s);
      type Handle = ReturnType<typeof draw>;
      const vars = (leaves: readonly unknown[]) => leaves.map((leaf) => ad.variable(leaf as Handle));
      const pVars = vars(pv.leaves);
      const sVars = vars(sv.leaves);
      const xVars = Array.from({ length: T }, (_, t) => ad.variable(at(b, x, t)));
      let state: unknown = sv.unflatten(sVars);
      const outs = xVars.map((input) => {
        const [out, next] = (step as (...args: unknown[]) => readonly [(typeof xVars)[0], unknown])(ad, pv.unflatten(pVars), state, input);
        state = next;
        return out;
      });
      const finals = treeFlatten<(typeof xVars)[0]>(state).leaves;
      const g = draw([T, ...outs[0].shape]);
      const h = finals.map(({ shape }) => draw(shape));
      const expected = ad.backward([...outs, ...finals], [...outs.map((_, t) => at(b, g, t)), ...h], [...pVars, ...sVars, ...xVars]);

      const planned = plan(name, step as unknown as Step, p, s, at(b, x, 0));
      const run = planned.vjp(b, pv.leaves as Handle[], sv.leaves as Handle[], x);
      const close = (actual: Handle, wanted: Handle | null): void => {
        const a = b.readSync?.(actual) as ArrayLike<number>;
        const w = wanted ? (b.readSync?.(wanted) as ArrayLike<number>) : new Float64Array(a.length);
        expect(a.length).toBe(w.length);
        for (let i = 0; i < w.length; i++) expect(Math.abs(a[i] - w[i])).toBeLessThanOrEqual(1e-12 * Math.max(1, Math.abs(w[i])));
      };
      close(
        run.outputs,
        stack(
          b,
          outs.map((out) => out.value),
        ),
      );
      for (const [k, actual] of run.states.entries()) close(actual, finals[k].value);
      const gradients = run.pullback(g, h);
      for (const [k, actual] of gradients.parameters.entries()) close(actual, expected[k]);
      for (const [k, actual] of gradients.states.entries()) close(actual, expected[pVars.length + k]);
      close(
        gradients.inputs as Handle,
        stack(
          b,
          Array.from({ length: T }, (_, t) => expected[pVars.length + sVars.length + t] ?? b.mul(xVars[t].value, 0)),
        ),
      );
      const plain = planned.run(b, pv.leaves as Handle[], sv.leaves as Handle[], x);
      close(plain.outputs, run.outputs);
    });
  }
});

test('a feed-forward network is scheduled layer by layer, and explain says so', () => {
  const b = plainCpu();
  const z = (...shape: number[]) => b.fromData(new Float32Array(shape.reduce((n, m) => n * m, 1)), shape);
  const planned = plan(
    'network',
    network as unknown as Step,
    { w1: z(5, 4), b1: z(4), w2: z(4, 2), tau: z(4), threshold: z() },
    { v1: z(B, 4), i1: z(B, 4), v2: z(B, 2), i2: z(B, 2) },
    z(B, 5),
  );
  expect(planned.forward.stages.map(({ kind }) => kind)).toEqual(['invariant', 'batched', 'scan', 'scan', 'batched', 'scan', 'scan']);
  expect(planned.backward.stages.map(({ kind }) => kind)).toEqual([
    'invariant',
    'batched',
    'scan',
    'scan',
    'batched',
    'scan',
    'scan',
    'batched',
  ]);
  expect(explain(planned)).toMatchSnapshot();
});

test('a recurrent layer keeps its own loop', () => {
  const b = plainCpu();
  const z = (...shape: number[]) => b.fromData(new Float32Array(shape.reduce((n, m) => n * m, 1)), shape);
  const planned = plan(
    'recurrent',
    recurrent as unknown as Step,
    { w: z(3, 4), r: z(4, 4) },
    { z: z(B, 4), v: z(B, 4), count: z(B, 4) },
    z(B, 3),
  );
  expect(planned.forward.stages.map(({ kind, states }) => [kind, states.length])).toEqual([
    ['batched', 0],
    ['scan', 2],
    ['scan', 1],
    ['batched', 0],
  ]);
});
