// A compiled plan gives the bits of the schedule run by the plain tier, forward and backward.
import { checkpoint, explain, plan, type Step, store, truncated } from '@snn/compile';
import { at, type Backend, bernoulli, linear, normal, randomKey, split, stopGradient, type TensorMeta, treeFlatten } from '@snn/core';
import { lifStep } from '@snn/neurons-lif';
import { describe, expect, test } from 'vitest';
import { type CpuTensor, cpu, plainCpu } from '../src/index.ts';

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

const recurrent = <U extends TensorMeta>(b: Backend<U>, p: { w: U; r: U }, s: { z: U; v: U; count: U }, x: U): readonly [U, unknown] => {
  const u = b.add(b.mul(s.v, 0.9), b.add(linear(b, x, p.w), b.matmul(s.z, p.r)));
  const z = b.gt(u, 1);
  return [b.mul(u, u), { z, v: b.sub(u, stopGradient(b, z)), count: b.add(s.count, z) }];
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

/** Gates as slices of one product, whose gradients are joined with zeros: at all steps at once, and in a loop. */
const gated = <U extends TensorMeta>(b: Backend<U>, p: { w: U; r: U }, s: { h: U; v: U }, x: U): readonly [U, unknown] => {
  const gates = b.add(linear(b, x, p.w), b.matmul(s.h, p.r));
  const part = (i: number): U => b.slice(gates, [0, 4 * i], [B, 4]);
  const own = b.slice(linear(b, x, p.w), [0, 2], [B, 4]);
  const v = b.add(b.mul(s.v, b.gt(part(0), 0)), b.mul(part(1), own));
  const h = b.mul(part(0), v);
  return [b.concat([h, own], 1), { h: b.mul(h, 0.5), v: b.mul(v, 0.5) }];
};

interface Case {
  readonly name: string;
  readonly step: unknown;
  readonly parameters: Readonly<Record<string, readonly number[]>>;
  readonly states: Readonly<Record<string, readonly number[]>>;
  readonly inputs: number;
}

const B = 3;
const cases: readonly Case[] = [
  {
    name: 'feed-forward',
    step: network,
    parameters: { w1: [7, 5], b1: [5], w2: [5, 2], tau: [5], threshold: [] },
    states: { v1: [B, 5], i1: [B, 5], v2: [B, 2], i2: [B, 2] },
    inputs: 7,
  },
  { name: 'recurrent', step: recurrent, parameters: { w: [3, 4], r: [4, 4] }, states: { z: [B, 4], v: [B, 4], count: [B, 4] }, inputs: 3 },
  { name: 'inhibited', step: inhibited, parameters: { w: [3, 4] }, states: { v: [B, 4], z: [B, 4] }, inputs: 3 },
  { name: 'gated', step: gated, parameters: { w: [3, 8], r: [4, 8] }, states: { h: [B, 4], v: [B, 4] }, inputs: 3 },
  { name: 'delayed', step: delayed, parameters: { w: [3, 3] }, states: { last: [B, 3] }, inputs: 3 },
];

describe('bits of the plain tier', () => {
  for (const { name, step, parameters, states, inputs } of cases) {
    for (const [steps, density] of [
      [1, 0.5],
      [6, 0.1],
      [6, 0.9],
      [9, 0],
    ]) {
      const strategies = [store(), checkpoint(1), checkpoint(2), checkpoint(4), truncated(2), truncated(steps)];
      for (const gradient of strategies) {
        const title = `${name}, ${steps} steps, ${density === 0 ? 'real numbers' : `${100 * density} % spikes`}, ${JSON.stringify(gradient)}`;
        test(title, async () => {
          const b = plainCpu();
          const keys = [...split(randomKey(11), 60)];
          const draw = (shape: readonly number[]): CpuTensor => {
            const [key] = keys.splice(0, 1);
            return b.fromData(
              normal(
                key,
                shape.reduce((n, m) => n * m, 1),
              ),
              shape,
            );
          };
          const tree = (shapes: Readonly<Record<string, readonly number[]>>): Record<string, CpuTensor> =>
            Object.fromEntries(Object.entries(shapes).map(([k, shape]) => [k, draw(shape)]));
          const p = tree(parameters);
          if (p.tau) p.tau = b.fromData([8e-3, 10e-3, 12e-3, 20e-3, 15e-3], [5]);
          const s = tree(states);
          const size = steps * B * inputs;
          const [key] = keys.splice(0, 1);
          const x = b.fromData(density === 0 ? normal(key, size) : bernoulli(key, density, size), [steps, B, inputs]);
          const planned = plan(name, step as Step, p, s, at(b, x, 0));
          const pLeaves = treeFlatten<CpuTensor>(p).leaves;
          const sLeaves = treeFlatten<CpuTensor>(s).leaves;
          const expected = planned.vjp(b, pLeaves, sLeaves, x, gradient);
          const g = draw(expected.outputs.shape);
          const h = sLeaves.map(({ shape }) => draw(shape));
          const gradients = expected.pullback(g, h);
          const data = (t: CpuTensor): Float32Array => b.readSync(t) as Float32Array;

          const fast = await cpu({ threads: 1 });
          const over = (t: CpuTensor): CpuTensor => fast.fromData(data(t), t.shape);
          const compiled = await fast.compile(planned.traced, steps, gradient);
          for (let time = 0; time < 2; time++) {
            const run = compiled.run(pLeaves.map(over), sLeaves.map(over), over(x));
            expect(data(run.outputs), explain(planned)).toEqual(data(expected.outputs));
            expect(run.states.map(data)).toEqual(expected.states.map(data));
            const back = compiled.pullback(over(g), h.map(over), true);
            expect(back.states.map(data)).toEqual(gradients.states.map(data));
            expect(data(back.inputs as CpuTensor)).toEqual(data(gradients.inputs as CpuTensor));
            expect(back.parameters.map(data)).toEqual(gradients.parameters.map(data));
            const partial = compiled.pullback(over(g), h.map(over), false);
            expect(partial.parameters.map(data)).toEqual(back.parameters.map(data));
            expect(partial.states.map(data)).toEqual(back.states.map(data));
            expect(partial.inputs).toBe(null);
          }
        });
      }
    }
  }
});
