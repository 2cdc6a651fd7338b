// Convolutions and pools stay whole in a trace, forward and backward, and a plan runs them over all images of all steps.
import { autodiff } from '@snn/autodiff';
import { plainCpu } from '@snn/backend-cpu';
import { at, avgPool2d, type Backend, conv2d, maxPool2d, normal, randomKey, sizeOf, stack, stream, type TensorMeta } from '@snn/core';
import { expect, test } from 'vitest';
import { plan, relativeStep, type Step, traceStep } from '../src/index.ts';

interface Parameters<T> {
  readonly first: T;
  readonly second: T;
}

/** conv, a leaky state, mean pool, conv, another state, max pool. */
const step = <T extends TensorMeta>(
  b: Backend<T>,
  { first, second }: Parameters<T>,
  { u, v }: { readonly u: T; readonly v: T },
  x: T,
): readonly [T, { u: T; v: T }] => {
  const u1 = b.add(b.mul(u, 0.5), conv2d(b, x, first, { padding: 1 }));
  const v1 = b.add(b.mul(v, 0.75), conv2d(b, avgPool2d(b, u1, 2), second, { stride: 2, padding: 2, dilation: 2 }));
  return [maxPool2d(b, v1, 2, 1), { u: u1, v: v1 }];
};
const traced = step as unknown as Step;

const T = 3;
const shapes = (batch: number) => ({
  parameters: { first: [3, 2, 3, 3], second: [4, 3, 2, 2] },
  state: { u: [batch, 3, 6, 6], v: [batch, 4, 3, 3] },
  input: [batch, 2, 6, 6],
});
const meta = (shape: readonly number[]): TensorMeta => ({ shape, dtype: 'float32' });
const metas = (record: Readonly<Record<string, readonly number[]>>) =>
  Object.fromEntries(Object.entries(record).map(([name, shape]) => [name, meta(shape)]));
const traceAt = (batch: number) => {
  const { parameters, state, input } = shapes(batch);
  return traceStep('images', traced, metas(parameters), metas(state), meta(input));
};

test('each is one node, and so is each gradient', () => {
  const count = (op: string): number => traceAt(2).program.nodes.filter((node) => node.op === op).length;
  expect(count('conv2d')).toBe(2);
  expect(count('conv2dInputGradient')).toBe(2);
  expect(count('conv2dWeightGradient')).toBe(2);
  for (const op of ['avgPool2d', 'avgPool2dGradient', 'maxPool2d', 'maxPool2dGradient']) expect(count(op)).toBe(1);
  expect(count('slice') + count('concat') + count('matmul')).toBe(0);
});

test('one trace serves all batch sizes', () => {
  const relative = relativeStep(traceAt);
  expect(relative.at(5)).toEqual(traceAt(5));
  expect(relative.reason).toBeNull();
});

test('a plan has the bits of the steps one by one', () => {
  const b = plainCpu();
  const { parameters, state, input } = shapes(2);
  const draw = (name: string, shape: readonly number[]) => b.fromData(normal(stream(randomKey(1), name), sizeOf(shape)), shape);
  const w = { first: draw('first', parameters.first), second: draw('second', parameters.second) };
  const s = { u: draw('u', state.u), v: draw('v', state.v) };
  const x = draw('x', [T, ...input]);
  const made = plan('images', traced, w, s, meta(input));
  const differentiable = made.vjp(b, [w.first, w.second], [s.u, s.v], x);
  const g = draw('g', differentiable.outputs.shape);
  const h = [draw('hu', state.u), draw('hv', state.v)];
  const got = differentiable.pullback(g, h);

  // backwards step by step, each with a derivative of its own
  const before = [s];
  const outputs = [];
  for (let t = 0; t < T; t++) {
    const [y, next] = step(b, w, before[t], at(b, x, t));
    outputs.push(y);
    before.push(next);
  }
  const total = [new Float32Array(sizeOf(parameters.first)), new Float32Array(sizeOf(parameters.second))];
  const inputs = [];
  let states = h;
  for (let t = T - 1; t >= 0; t--) {
    const ad = autodiff(b);
    const [first, second, u, v, image] = [w.first, w.second, before[t].u, before[t].v, at(b, x, t)].map((value) => ad.variable(value));
    const [y, next] = step(ad, { first, second }, { u, v }, image);
    const gradients = ad.backward([y, next.u, next.v], [at(b, g, t), ...states], [first, second, u, v, image]);
    const found = gradients.map((one) => one ?? b.fromData([], [0]));
    for (const [i, sum] of total.entries()) for (const [k, one] of b.readSync(found[i]).entries()) sum[k] += one;
    states = [found[2], found[3]];
    inputs.unshift(found[4]);
  }
  const bits = (y: ReturnType<typeof draw>): number[] => [...b.readSync(y)];
  expect(bits(differentiable.outputs)).toEqual(bits(stack(b, outputs)));
  expect(bits(got.parameters[0])).toEqual([...total[0]]);
  expect(bits(got.parameters[1])).toEqual([...total[1]]);
  expect(got.states.map(bits)).toEqual(states.map(bits));
  expect(got.inputs && bits(got.inputs)).toEqual(bits(stack(b, inputs)));
});
