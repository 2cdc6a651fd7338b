// Strategies for gradients: checkpoints give the bits of storing everything, truncation cuts where it says.
import { autodiff, type Var } from '@snn/autodiff';
import { type ReferenceTensor, reference } from '@snn/backend-conformance';
import { plainCpu } from '@snn/backend-cpu';
import {
  arena,
  at,
  type Backend,
  type GradientStrategy,
  linear,
  normal,
  randomKey,
  sizeOf,
  split,
  stopGradient,
  type TensorMeta,
} from '@snn/core';
import { lifStep } from '@snn/neurons-lif';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkpoint, type Plan, plan, type Step, scheduled, segmentsOf, store, truncated } from '../src/index.ts';

type Tensors<U> = { readonly [name: string]: U };
type StepOver = <U extends TensorMeta>(b: Backend<U>, p: Tensors<U>, s: Tensors<U>, x: U) => readonly [U, Tensors<U>];

interface Case {
  readonly step: StepOver;
  readonly parameters: { readonly [name: string]: readonly number[] };
  readonly states: { readonly [name: string]: readonly number[] };
}

const B = 2;
const I = 3;
const N = 3;

const CASES: Readonly<Record<string, Case>> = {
  'two feed-forward layers': {
    step: (b, p, s, x) => {
      const fixed = { tauSynapse: 5e-3, leak: 0, reset: 0, tau: 10e-3, threshold: 0.2 };
      const [z1, l1] = lifStep(b, fixed, { v: s.v1, i: s.i1 }, b.add(linear(b, x, p.w1), p.bias));
      const [z2, l2] = lifStep(b, fixed, { v: s.v2, i: s.i2 }, linear(b, z1, p.w2));
      return [z2, { v1: l1.v, i1: l1.i, v2: l2.v, i2: l2.i }];
    },
    parameters: { w1: [I, N], bias: [N], w2: [N, N] },
    states: { v1: [B, N], i1: [B, N], v2: [B, N], i2: [B, N] },
  },
  'recurrent, with a count that nothing reads': {
    step: (b, p, s, x) => {
      const u = b.add(b.mul(s.v, 0.9), b.add(linear(b, x, p.w), b.matmul(s.z, p.r)));
      const z = b.gt(u, 0.5);
      return [b.mul(u, u), { z: b.add(z, b.mul(0.1, u)), v: b.sub(u, stopGradient(b, z)), count: b.add(s.count, u) }];
    },
    parameters: { w: [I, N], r: [N, N] },
    states: { z: [B, N], v: [B, N], count: [B, N] },
  },
  'a state on no cycle, and one that is only written': {
    step: (b, p, s, x) => [b.mul(s.last, linear(b, x, p.w)), { last: linear(b, x, p.w), seen: b.mul(x, p.scale) }],
    parameters: { w: [I, I], scale: [I] },
    states: { last: [B, I], seen: [B, I] },
  },
  'a parameter that meets the output only, and a state that stays': {
    step: (b, p, s, x) => [b.add(b.mul(x, s.fixed), p.offset), { fixed: s.fixed }],
    parameters: { offset: [B, I], unused: [2] },
    states: { fixed: [B, I] },
  },
  'winners inhibit the others': {
    step: (b, p, s, x) => {
      const u = b.add(b.mul(s.v, p.decay), b.sub(linear(b, x, p.w), b.mul(b.sum(s.z, [1]), 0.1)));
      return [u, { v: u, z: b.mul(u, b.gt(u, 0.5)) }];
    },
    parameters: { w: [I, N], decay: [] },
    states: { v: [B, N], z: [B, N] },
  },
};

/** Random values for a case. */
function draw<T extends TensorMeta>(b: Backend<T>, { parameters, states }: Case, steps: number, seed: number) {
  const keys = [...split(randomKey(seed), 40)];
  const one = (shape: readonly number[]): T => b.fromData(normal(keys.splice(0, 1)[0], sizeOf(shape)), shape);
  const all = (shapes: Case['states']): Record<string, T> =>
    Object.fromEntries(Object.entries(shapes).map(([k, shape]) => [k, one(shape)]));
  return { p: all(parameters), s: all(states), x: one([steps, B, I]), h: Object.values(states).map(one), one };
}

const planOf = (name: string, { step, parameters, states }: Case): Plan => {
  const metas = (shapes: Case['states']) =>
    Object.fromEntries(Object.entries(shapes).map(([k, shape]) => [k, { shape, dtype: 'float32' as const }]));
  return plan(name, step as unknown as Step, metas(parameters), metas(states), { shape: [B, I], dtype: 'float32' });
};

interface Numbers {
  readonly outputs: number[];
  readonly states: number[][];
  readonly gradients: readonly (number[] | null)[];
}

/** Outputs, last states and all gradients of a plan over random values. */
function numbersOf<T extends TensorMeta>(
  b: Backend<T>,
  planned: Plan,
  one: Case,
  { steps, seed, gradient, wantInputs = true }: { steps: number; seed: number; gradient?: GradientStrategy; wantInputs?: boolean },
): Numbers {
  const read = (x: T): number[] => [...(b.readSync as NonNullable<typeof b.readSync>)(x)];
  const { p, s, x, h, one: next } = draw(b, one, steps, seed);
  const run = planned.vjp(b, Object.values(p), Object.values(s), x, gradient);
  const { parameters, states, inputs } = run.pullback(next(run.outputs.shape), h, wantInputs);
  return {
    outputs: read(run.outputs),
    states: run.states.map(read),
    gradients: [...parameters, ...states, inputs].map((g) => g && read(g)),
  };
}

const backends: Readonly<Record<string, () => Backend<TensorMeta>>> = {
  'plain tier': () => plainCpu() as unknown as Backend<TensorMeta>,
  float64: () => reference() as unknown as Backend<TensorMeta>,
};

describe('checkpoint(k) gives the bits of store(), for every k', () => {
  for (const [name, one] of Object.entries(CASES)) {
    const planned = planOf(name, one);
    for (const [tier, make] of Object.entries(backends)) {
      test(`${name}, ${tier}`, () => {
        fc.assert(
          fc.property(fc.integer({ min: 1, max: 6 }), fc.nat(), (steps, seed) => {
            const b = make();
            const stored = numbersOf(b, planned, one, { steps, seed });
            for (let k = 1; k <= steps + 1; k++)
              expect(numbersOf(b, planned, one, { steps, seed, gradient: checkpoint(k) })).toEqual(stored);
            expect(numbersOf(b, planned, one, { steps, seed, gradient: truncated(steps) })).toEqual(stored);
            const partial = numbersOf(b, planned, one, { steps, seed, gradient: checkpoint(2), wantInputs: false });
            expect(partial).toEqual({ ...stored, gradients: [...stored.gradients.slice(0, -1), null] });
          }),
          { numRuns: 12 },
        );
      });
    }
  }
});

/** The step in a loop under autodiff; states cross t = k, 2k, ... without gradient. */
function byHand(one: Case, steps: number, k: number, seed: number): Numbers {
  const b = reference();
  const { p, s, x, h, one: next } = draw(b, one, steps, seed);
  const ad = autodiff(b);
  type V = Var<ReferenceTensor>;
  const variables = (tree: Tensors<ReferenceTensor>): Record<string, V> =>
    Object.fromEntries(Object.entries(tree).map(([name, value]) => [name, ad.variable(value)]));
  const [pv, sv] = [variables(p), variables(s)];
  const xs = Array.from({ length: steps }, (_, t) => ad.variable(at(b, x, t)));
  let state: Tensors<V> = sv;
  const outputs = xs.map((input, t) => {
    if (t > 0 && t % k === 0) state = Object.fromEntries(Object.entries(state).map(([name, v]) => [name, stopGradient(ad, v)]));
    const [output, after] = one.step(ad, pv, state, input);
    state = after;
    return output;
  });
  const g = next([steps, ...outputs[0].shape]);
  const final = Object.values(state);
  const wanted = [...Object.values(pv), ...Object.values(sv)];
  const found = ad.backward([...outputs, ...final], [...outputs.map((_, t) => at(b, g, t)), ...h], [...wanted, ...xs]);
  const read = (v: V, i: number): number[] => {
    const gradient = found[i];
    return gradient ? [...gradient.values] : new Array<number>(sizeOf(v.shape)).fill(0);
  };
  return {
    outputs: outputs.flatMap(({ value }) => [...value.values]),
    states: final.map(({ value }) => [...value.values]),
    gradients: [...wanted.map(read), xs.flatMap((v, t) => read(v, wanted.length + t))],
  };
}

const close = (actual: readonly (number[] | null)[], expected: readonly (number[] | null)[]): void => {
  for (const [i, values] of expected.entries())
    for (const [j, x] of (values as number[]).entries())
      expect(Math.abs((actual[i] as number[])[j] - x), `gradient ${i}, element ${j}`).toBeLessThanOrEqual(1e-12 * Math.max(1, Math.abs(x)));
};

describe('truncated(k) is the step in a loop whose states are cut every k steps', () => {
  for (const [name, one] of Object.entries(CASES)) {
    test(name, () => {
      const planned = planOf(name, one);
      fc.assert(
        fc.property(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 8 }), fc.nat(), (steps, k, seed) => {
          const b = reference();
          const expected = byHand(one, steps, k, seed);
          const actual = numbersOf(b, planned, one, { steps, seed, gradient: truncated(k) });
          expect(actual.outputs).toEqual(expected.outputs);
          expect(actual.states).toEqual(expected.states);
          close(actual.gradients, expected.gradients);
        }),
        { numRuns: 20 },
      );
    });
  }

  test('and differs from the whole gradient where there is a state', () => {
    const one = CASES['recurrent, with a count that nothing reads'];
    const planned = planOf('recurrent', one);
    const [whole, cut] = [store(), truncated(2)].map((gradient) => numbersOf(reference(), planned, one, { steps: 6, seed: 1, gradient }));
    expect(cut.outputs).toEqual(whole.outputs);
    expect(cut.gradients[0]).not.toEqual(whole.gradients[0]);
  });
});

test('a pullback continues the sums of the steps after it', () => {
  const one = CASES['two feed-forward layers'];
  const planned = planOf('layers', one);
  const b = plainCpu();
  const { p, s, x, h, one: next } = draw(b, one, 5, 3);
  const [parameters, states] = [Object.values(p), Object.values(s)];
  const whole = planned.vjp(b, parameters, states, x);
  const g = next(whole.outputs.shape);
  const expected = whole.pullback(g, h);
  const part = (y: typeof x, from: number, to: number) => b.slice(y, [from, 0, 0], [to - from, ...y.shape.slice(1)]);
  const early = planned.vjp(b, parameters, states, part(x, 0, 3));
  const late = planned.vjp(b, parameters, early.states, part(x, 3, 5));
  const after = late.pullback(part(g, 3, 5), h);
  const all = early.pullback(part(g, 0, 3), after.states, true, after.parameters);
  const read = (list: readonly (typeof x)[]) => list.map((y) => [...b.readSync(y)]);
  expect(read(all.parameters)).toEqual(read(expected.parameters));
  expect(read(all.states)).toEqual(read(expected.states));
});

describe('scheduled', () => {
  const one = CASES['a parameter that meets the output only, and a state that stays'];
  const { traced } = planOf('still', one);

  test('leaks nothing, and its results belong to the caller, by every strategy', () => {
    for (const gradient of [store(), checkpoint(2), truncated(2)]) {
      const b = plainCpu();
      const { p, s, x, h } = draw(b, one, 5, 1);
      const g = b.mul(x, 2);
      const before = b.memory();
      const executable = scheduled(b, traced, null, gradient);
      const { outputs, states } = executable.run(Object.values(p), Object.values(s), x);
      const pulled = executable.pullback(g, h, true);
      const results = [outputs, ...states, ...pulled.parameters, ...pulled.states, pulled.inputs as typeof x];
      expect(new Set(results).size).toBe(results.length);
      for (const result of results) b.dispose(result);
      expect(b.memory()).toEqual(before);
      expect(b.readSync(s.fixed).length).toBe(B * I);
      executable.dispose();
      expect(() => executable.run(Object.values(p), Object.values(s), x)).toThrow(/was disposed/);
    }
  });

  test('the gradient of the inputs is given if it is wanted, and only then', () => {
    const b = plainCpu();
    const { p, s, x, h } = draw(b, one, 3, 1);
    const executable = scheduled(b, traced);
    executable.run(Object.values(p), Object.values(s), x);
    expect(executable.pullback(x, h, false).inputs).toBeNull();
    expect(executable.pullback(x, h, true).inputs?.shape).toEqual(x.shape);
  });

  test('checkpoints hold the memory of a segment at a time', () => {
    const recurrent = CASES['recurrent, with a count that nothing reads'];
    const program = planOf('recurrent', recurrent).traced;
    const peak = (gradient: GradientStrategy): number => {
      const cpu = plainCpu();
      let most = 0;
      const counted = arena(cpu);
      const b: typeof counted = {
        ...counted,
        mul(x, y) {
          const result = cpu.mul(x, y);
          most = Math.max(most, cpu.memory().tensors);
          return result;
        },
      };
      const { p, s, x, h } = draw(b, recurrent, 64, 1);
      const executable = scheduled(b, program, null, gradient);
      const { outputs } = executable.run(Object.values(p), Object.values(s), x);
      most = 0;
      executable.pullback(outputs, h, false);
      return most;
    };
    expect(peak(checkpoint(8))).toBeLessThan(peak(store()) / 3);
  });

  test('shapes that the step was not traced with are refused with both shapes', () => {
    const b = plainCpu();
    const { p, s, x } = draw(b, one, 3, 1);
    const executable = scheduled(b, traced);
    const [parameters, states] = [Object.values(p), Object.values(s)];
    expect(() => executable.run([parameters[1], parameters[1]], states, x)).toThrow(
      "still: parameter 'offset' has shape [2], but the step was compiled for [2,3]; compile it again for these.",
    );
    expect(() => executable.run(parameters, [x], x)).toThrow(/state 'fixed' has shape \[3,2,3\].* compiled for \[2,3\]/);
    expect(() => executable.run(parameters, states, states[0])).toThrow(/inputs have shape \[2,3\].* compiled for \[T, 2,3\]/);
    expect(() => executable.run([], states, x)).toThrow('still: takes 2 parameters, but 0 came.');
  });

  test('an operation that the backend lacks is named with the step', () => {
    const { add: _, ...rest } = plainCpu();
    expect(() => scheduled(rest as ReturnType<typeof plainCpu>, traced)).toThrow(
      "still: the step uses 'add', which backend 'cpu' does not have; implement it or use another backend.",
    );
  });
});

describe('strategies are values', () => {
  test('segments', () => {
    expect(segmentsOf(store(), 5)).toEqual([{ from: 0, to: 5 }]);
    expect(segmentsOf(truncated(2), 5)).toEqual([
      { from: 0, to: 2 },
      { from: 2, to: 4 },
      { from: 4, to: 5 },
    ]);
    expect(segmentsOf(checkpoint(9), 5)).toEqual([{ from: 0, to: 5 }]);
    expect(JSON.parse(JSON.stringify(checkpoint(3)))).toEqual({ kind: 'checkpoint', steps: 3 });
  });
  test('a length that is no whole number from 1 is refused', () => {
    for (const wrong of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '3' as unknown as number]) {
      expect(() => checkpoint(wrong)).toThrow(/checkpoint: the length of a segment must be a whole number of steps from 1/);
      expect(() => truncated(wrong)).toThrow(/truncated: the length/);
      expect(() => segmentsOf({ kind: 'truncated', steps: wrong }, 5)).toThrow(/truncated: the length/);
    }
    expect(() => segmentsOf({ kind: 'reversible' } as unknown as GradientStrategy, 5)).toThrow(
      'gradient: must be store(), checkpoint(k), truncated(k) or none(), but is {"kind":"reversible"}.',
    );
  });
});
