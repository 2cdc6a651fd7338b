// Optimisers against torch's formulas, computed here in float64 element by element; schedules.
import { reference } from '@snn/backend-conformance';
import { normal, randomKey, type TensorMeta, type Tree, treeMap } from '@snn/core';
import { expect, test } from 'vitest';
import {
  adam,
  adamax,
  adamW,
  applyUpdates,
  chain,
  clipByNorm,
  constant,
  cosine,
  type Optimizer,
  sgd,
  stepDecay,
  warmUp,
} from '../src/index.ts';

const b = reference();
const STEPS = 6;
const start = Float64Array.from(normal(randomKey(1), 5));
const gradients = Array.from({ length: STEPS }, (_, t) => Float64Array.from(normal(randomKey(10 + t), 5)));

/** Parameters after each step. */
function ours(optimizer: Optimizer): number[][] {
  let p: Tree<TensorMeta> = { w: b.fromData(start.subarray(0, 4), [2, 2]), c: b.fromData(start.subarray(4), [1]) } as Tree<TensorMeta>;
  let state = optimizer.init(b, p as never) as Tree<TensorMeta>;
  return gradients.map((g, t) => {
    const tree = { w: b.fromData(g.subarray(0, 4), [2, 2]), c: b.fromData(g.subarray(4), [1]) };
    const [updates, next] = optimizer.update(b, tree as never, state as never, p as never, t);
    state = next;
    p = applyUpdates(b, p as never, updates);
    const numbers: number[] = [];
    treeMap(p, (x: never) => numbers.push(...b.readSync(x)));
    return numbers;
  });
}

const expectClose = (found: readonly (readonly number[])[], wanted: readonly (readonly number[])[]): void => {
  const errors = found.flatMap((p, t) => p.map((x, i) => Math.abs(x - wanted[t][i])));
  expect(errors.length).toBe(5 * STEPS);
  expect(Math.max(...errors)).toBeLessThan(1e-12);
};

type Rule = (g: number, p: number, memory: { m: number; v: number }, n: number) => number;

/** The same with one rule per element. */
function expected(rule: Rule): number[][] {
  const p = [...start];
  const memory = p.map(() => ({ m: 0, v: 0 }));
  return gradients.map((g, t) => {
    p.forEach((x, i) => {
      p[i] = rule(g[i], x, memory[i], t + 1);
    });
    return [...p];
  });
}

const adamRule =
  (lr: (n: number) => number, b1: number, b2: number, eps: number, decay: number): Rule =>
  (g, p, s, n) => {
    s.m = b1 * s.m + (1 - b1) * g;
    s.v = b2 * s.v + (1 - b2) * g * g;
    const decayed = p - lr(n) * decay * p;
    return decayed - ((lr(n) / (1 - b1 ** n)) * s.m) / (Math.sqrt(s.v) / Math.sqrt(1 - b2 ** n) + eps);
  };

const cases: readonly (readonly [string, Optimizer, Rule])[] = [
  ['sgd', sgd(0.1), (g, p) => p - 0.1 * g],
  [
    'momentum',
    sgd(0.1, { momentum: 0.9 }),
    (g, p, s, n) => {
      s.v = n === 1 ? g : 0.9 * s.v + g;
      return p - 0.1 * s.v;
    },
  ],
  [
    'nesterov',
    sgd(0.1, { momentum: 0.9, nesterov: true }),
    (g, p, s, n) => {
      s.v = n === 1 ? g : 0.9 * s.v + g;
      return p - 0.1 * (g + 0.9 * s.v);
    },
  ],
  ['adam', adam(1e-2), adamRule(() => 1e-2, 0.9, 0.999, 1e-8, 0)],
  ['adam with options', adam(1e-2, { beta1: 0.8, beta2: 0.95, epsilon: 1e-3 }), adamRule(() => 1e-2, 0.8, 0.95, 1e-3, 0)],
  ['adam with a schedule', adam((step) => 1e-2 / (step + 1)), adamRule((n) => 1e-2 / n, 0.9, 0.999, 1e-8, 0)],
  ['adamW', adamW(1e-2, { decay: 0.1 }), adamRule(() => 1e-2, 0.9, 0.999, 1e-8, 0.1)],
  [
    'adamax',
    adamax(1e-2),
    (g, p, s, n) => {
      s.m = 0.9 * s.m + 0.1 * g;
      s.v = Math.max(0.999 * s.v, Math.abs(g) + 1e-8);
      return p - ((1e-2 / (1 - 0.9 ** n)) * s.m) / s.v;
    },
  ],
];

test.each(cases)('%s follows torch', (_, optimizer, rule) => {
  expectClose(ours(optimizer), expected(rule));
});

test('clipping scales all gradients together, and only large ones', () => {
  const norms = gradients.map((g) => Math.hypot(...g));
  const limit = (Math.min(...norms) + Math.max(...norms)) / 2;
  const clipped = ours(chain(clipByNorm(limit), sgd(1)));
  const wanted: number[][] = [];
  gradients.forEach((g, t) => {
    const before = wanted[t - 1] ?? [...start];
    wanted.push(before.map((x, i) => x - Math.min(1, limit / norms[t]) * g[i]));
  });
  expectClose(clipped, wanted);
  const zero = b.fromData([0, 0], [2]);
  const [still] = clipByNorm(1).update(b, zero, null, zero, 0);
  expect([...b.readSync(still as never)]).toEqual([0, 0]);
});

test('a chain keeps the states of its parts apart', () => {
  expectClose(ours(chain(clipByNorm(1e9), adam(1e-2))), ours(adam(1e-2)));
});

test('schedules', () => {
  expect([0, 7].map(constant(3))).toEqual([3, 3]);
  expect([0, 5, 10, 99].map(cosine(2, 10, 1))).toEqual([2, 1.5, 1, 1]);
  expect([0, 1, 2, 3, 4].map(stepDecay(8, 2, 0.5))).toEqual([8, 8, 4, 4, 2]);
  expect([0, 1, 2, 3, 4].map(warmUp(3, 4))).toEqual([1, 2, 3, 4, 4]);
  expect([2, 3, 13].map(warmUp(3, cosine(4, 10)))).toEqual([3, 4, 0]);
});

test('senseless options are refused', () => {
  expect(() => sgd(0.1, { momentum: 1 })).toThrow('sgd: momentum');
  expect(() => sgd(0.1, { nesterov: true })).toThrow('nesterov needs a momentum');
  expect(() => adam(1e-3, { beta1: -1 })).toThrow('adam: beta1');
  expect(() => adamW(1e-3, { decay: -1 })).toThrow('adamW: decay');
  expect(() => clipByNorm(0)).toThrow('above 0');
  expect(() => chain()).toThrow('at least one');
  expect(() => cosine(1, 0)).toThrow('cosine: steps');
  expect(() => stepDecay(1, 1, 0)).toThrow('factor');
  expect(() => ours(sgd(Number.NaN))).toThrow('the learning rate must be a finite number of at least 0, but is NaN at step 0');
});
