// Gradients against finite differences and against what the origins give. For finite differences the step function is replaced by the sigmoid
// whose derivative is the surrogate, so that the whole step is smooth.

import { autodiff, gradcheck } from '@snn/autodiff';
import { reference } from '@snn/backend-conformance';
import { at, type Backend, type CustomOp, normal, randomKey, sigmoid, stream, sumAll, type TensorMeta } from '@snn/core';
import { sigmoid as sigmoidSurrogate } from '@snn/surrogates';
import { describe, expect, test } from 'vitest';
import {
  COOLDOWN_DEFAULTS,
  cooldownStep,
  discontinuousStep,
  INTEGRATE_AND_FIRE_DEFAULTS,
  integrateAndFireStep,
  LEAKY_DEFAULTS,
  LEAKY_SNNTORCH,
  LI_DEFAULTS,
  LIF_BOX_DEFAULTS,
  LIF_DEFAULTS,
  LIF_NORSE,
  leakyStep,
  liBoxStep,
  lifBoxStep,
  lifStep,
  liStep,
  noResetStep,
  SYNAPTIC_DEFAULTS,
  synapticStep,
} from '../src/index.ts';

const b = reference();
const SHARPNESS = 3;
const surrogate = sigmoidSurrogate({ sharpness: SHARPNESS });

/** `c` with a smooth forward of every spike. */
const smooth = <T extends TensorMeta>(c: Backend<T>): Backend<T> => ({
  ...c,
  customGrad: (op: CustomOp, ...inputs: readonly T[]): T =>
    c.customGrad(op.name.startsWith('spike') ? { ...op, forward: (d, x) => sigmoid(d, d.mul(x, SHARPNESS)) } : op, ...inputs),
});

interface Leaves<T> {
  /** `[T, B, N]`. */
  readonly inputs: T;
  /** Scalars or one per neuron, in the order of the step's parameters. */
  readonly parameters: readonly T[];
  /** v and, where there is one, i. */
  readonly state: readonly T[];
}
type Step = <T extends TensorMeta>(c: Backend<T>, p: readonly T[], state: readonly T[], x: T) => readonly [T, readonly T[]];

const smoothly = { detachReset: false, surrogate } as const;
const leaky =
  (options: Partial<typeof LEAKY_DEFAULTS>): Step =>
  (c, [beta, threshold], [v], x) => {
    const [z, s] = leakyStep(c, { beta, threshold }, { v }, x, { ...LEAKY_DEFAULTS, ...smoothly, ...options });
    return [z, [s.v]];
  };
const lif =
  (options: Partial<typeof LIF_DEFAULTS>): Step =>
  (c, [tau, tauSynapse, leak, threshold, reset], [v, i], x) => {
    const [z, s] = lifStep(c, { tau, tauSynapse, leak, threshold, reset }, { v, i }, x, {
      ...LIF_DEFAULTS,
      dt: 0.1,
      ...smoothly,
      ...options,
    });
    return [z, [s.v, s.i]];
  };
const synaptic =
  (resetMode: 'subtract' | 'zero' | 'none'): Step =>
  (c, [alpha, beta, threshold], [v, i], x) => {
    const [z, s] = synapticStep(c, { alpha, beta, threshold }, { v, i }, x, { ...SYNAPTIC_DEFAULTS, ...smoothly, resetMode });
    return [z, [s.v, s.i]];
  };

const LIF_VALUES = [0.7, 0.4, 0.1, 0.5, -0.1];
const CASES: readonly (readonly [name: string, step: Step, parameters: readonly number[], states: number])[] = [
  ['lif, to, exponential', lif({ resetMode: 'to' }), LIF_VALUES, 2],
  ['lif, subtract, Euler, voltage-first', lif({ decay: 'euler', order: 'voltage-first' }), LIF_VALUES, 2],
  ['lif, at the threshold', lif({ comparison: '>=' }), LIF_VALUES, 2],
  [
    'lif-box',
    (c, [tau, leak, threshold, reset], [v], x) => {
      const options = { ...LIF_BOX_DEFAULTS, dt: 0.1, ...smoothly, resetMode: 'to' } as const;
      const [z, s] = lifBoxStep(c, { tau, leak, threshold, reset }, { v }, x, options);
      return [z, [s.v]];
    },
    [0.3, 0.1, 0.5, -0.1],
    1,
  ],
  [
    'li',
    (c, [tau, tauSynapse, leak], [v, i], x) => {
      const [out, s] = liStep(c, { tau, tauSynapse, leak }, { v, i }, x, { ...LI_DEFAULTS, dt: 0.1 });
      return [out, [s.v, s.i]];
    },
    [0.7, 0.4, 0.1],
    2,
  ],
  [
    'li-box',
    (c, [tau, leak], [v], x) => {
      const [out, s] = liBoxStep(c, { tau, leak }, { v }, x, { decay: 'exponential', dt: 0.1 });
      return [out, [s.v]];
    },
    [0.7, 0.1],
    1,
  ],
  [
    'integrate-and-fire',
    (c, [threshold, reset], [v], x) => {
      const [z, s] = integrateAndFireStep(c, { threshold, reset }, { v }, x, { ...INTEGRATE_AND_FIRE_DEFAULTS, ...smoothly });
      return [z, [s.v]];
    },
    [0.5, 0],
    1,
  ],
  ['leaky, subtract', leaky({}), [0.8, 0.5], 1],
  ['leaky, zero', leaky({ resetMode: 'zero' }), [0.8, 0.5], 1],
  ['leaky, none, clamped', leaky({ resetMode: 'none', clampDecay: true }), [0.8, 0.5], 1],
  ['synaptic, subtract', synaptic('subtract'), [0.7, 0.8, 0.5], 2],
  ['synaptic, zero', synaptic('zero'), [0.7, 0.8, 0.5], 2],
  ['synaptic, none', synaptic('none'), [0.7, 0.8, 0.5], 2],
  [
    'no-reset',
    (c, [beta, threshold], [v], x) => {
      const [z, s] = noResetStep(c, { beta, threshold }, { v }, x, { comparison: '>', surrogate });
      return [z, [s.v]];
    },
    [0.8, 0.5],
    1,
  ],
  [
    'cooldown',
    (c, [beta, threshold, sign], [v], x) => {
      const [z, s] = cooldownStep(c, { beta, threshold, sign }, { v }, x, { ...COOLDOWN_DEFAULTS, surrogate });
      return [z, [s.v]];
    },
    [0.8, 0.5, -1],
    1,
  ],
  [
    'discontinuous',
    (c, [threshold], _, x) => [discontinuousStep(c, { threshold }, {}, x, { comparison: '>', surrogate })[0], []],
    [0.5],
    0,
  ],
];

describe.each(CASES)('%s', (_name, step, values, states) => {
  const [T, B, N] = [5, 2, 3];
  const draw = (name: string, shape: readonly number[], mean: number, deviation: number) => {
    const size = shape.reduce((product, n) => product * n, 1);
    return b.fromData(normal(stream(randomKey(5), name), size, mean, deviation), shape);
  };
  /** A weighted sum of all outputs and the last state. */
  const f = <U extends TensorMeta>(c: Backend<U>, { inputs, parameters, state: start }: Leaves<U>): U => {
    const d = smooth(c);
    let state: readonly U[] = start;
    let total = d.fromData([0], []);
    for (let t = 0; t < T; t++) {
      const [out, next] = step(d, parameters, state, at(d, inputs, t));
      state = next;
      total = d.add(total, sumAll(d, d.mul(out, (t + 1) / 10)));
    }
    for (const s of state) total = d.add(total, sumAll(d, d.mul(s, 0.3)));
    return total;
  };
  test.each([
    ['shared', []],
    ['per neuron', [N]],
  ])('gradients of inputs, states and %s parameters are the slopes of the smooth step', (_kind, shape) => {
    const leaves: Leaves<ReturnType<typeof b.fromData>> = {
      inputs: draw('x', [T, B, N], 0.5, 0.5),
      parameters: values.map((value, n) => draw(`p${n}`, shape, value, 0.01)),
      state: Array.from({ length: states }, (_, n) => draw(`s${n}`, [B, N], 0.2, 0.3)),
    };
    for (let seed = 0; seed < 3; seed++) expect(gradcheck(b, f, leaves, { seed })).toMatchObject({ ok: true });
  });
});

describe('gradients of the origins', () => {
  const scalar = (x: number) => b.fromData([x], [1, 1]);
  /** d v' / d v of one step. */
  const slope = (v0: number, step: <T extends TensorMeta>(c: Backend<T>, v: T, constant: (x: number) => T) => T): number => {
    const ad = autodiff(b);
    const v = ad.variable(scalar(v0));
    const next = step(ad, v, (x) => ad.constant(scalar(x)));
    const [g] = ad.backward([next], [scalar(1)], [v]);
    return g === null ? 0 : b.readSync(g)[0];
  };
  const norse = (detachReset: boolean): number =>
    slope(1.05, (c, v, constant) => {
      const parameters = { tau: 10e-3, tauSynapse: 5e-3, leak: 0, threshold: 1, reset: 0 };
      return lifStep(c, parameters, { v, i: constant(0) }, constant(3), { ...LIF_NORSE, detachReset })[1].v;
    });
  test('norse lif at a spike: 0 when detached, minus the surrogate when not', () => {
    expect(norse(true)).toBe(0);
    expect(norse(false)).toBeCloseTo(-0.0017232, 7);
  });
  test('snnTorch Leaky: R is detached; reset_delay=False is not', () => {
    const leakySlope = (v0: number, x: number, options: typeof LEAKY_DEFAULTS): number =>
      slope(v0, (c, v, constant) => leakyStep(c, { beta: 0.9, threshold: 1 }, { v }, constant(x), options)[1].v);
    expect(leakySlope(1.5, 0.5, LEAKY_SNNTORCH)).toBeCloseTo(0.9, 12);
    expect(leakySlope(1.5, 0.5, { ...LEAKY_SNNTORCH, revokeReset: true, detachReset: false })).toBeCloseTo(0.163542, 6);
    expect(leakySlope(1.5, 0.5, { ...LEAKY_SNNTORCH, revokeReset: true })).toBeCloseTo(0.9, 12);
  });
  test('a clamped beta has a gradient inside 0 ... 1 only', () => {
    const ad = autodiff(b);
    for (const [value, expected] of [
      [0.9, 2],
      [1, 2],
      [1.1, 0],
      [-0.1, 0],
    ]) {
      const beta = ad.variable(b.fromData([value], []));
      const constant = (x: number) => ad.constant(scalar(x));
      const [, { v }] = leakyStep(ad, { beta, threshold: 9 }, { v: constant(2) }, constant(0), LEAKY_SNNTORCH);
      const [g] = ad.backward([v], [scalar(1)], [beta]);
      expect(g === null ? 0 : b.readSync(g)[0], `beta ${value}`).toBe(expected);
      expect(b.readSync(v.value)[0]).toBeCloseTo(2 * Math.min(1, Math.max(0, value)), 12);
    }
  });
});
