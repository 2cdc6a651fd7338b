// Gradients against finite differences and against what the origins give. For finite differences the step function is replaced by the sigmoid
// whose derivative is the surrogate, so that the whole step is smooth.

import { autodiff, gradcheck } from '@snn/autodiff';
import { reference } from '@snn/backend-conformance';
import { at, type Backend, type CustomOp, normal, randomKey, sigmoid, stream, sumAll, type TensorMeta, zeros } from '@snn/core';
import { sigmoid as sigmoidSurrogate } from '@snn/surrogates';
import { describe, expect, test } from 'vitest';
import {
  AD_LIF_DEFAULTS,
  ADA_LIF_DEFAULTS,
  ADAPTIVE_DEFAULTS,
  ALIF_DEFAULTS,
  adaLifStep,
  adaptiveStep,
  adLifStep,
  alifStep,
  delayedWeight,
  delayStep,
  LIF_ADEX_DEFAULTS,
  LIF_EX_DEFAULTS,
  LSNN_DEFAULTS,
  LSNN_NORSE,
  LSNN_NORSE_PARAMETERS,
  type LsnnOptions,
  lifAdexStep,
  lifExStep,
  lsnnStep,
  SE_AD_LIF_DEFAULTS,
  seAdLifStep,
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
  readonly state: readonly T[];
}
type Step = <T extends TensorMeta>(c: Backend<T>, p: readonly T[], state: readonly T[], x: T) => readonly [T, readonly T[]];

const smoothly = { dt: 0.1, detachReset: false, surrogate } as const;
const lsnn =
  (options: Partial<LsnnOptions>): Step =>
  (c, [tau, tauSynapse, tauAdapt, leak, threshold, reset, beta], [v, i, adaptation], x) => {
    const parameters = { tau, tauSynapse, tauAdapt, leak, threshold, reset, beta };
    const [z, s] = lsnnStep(c, parameters, { v, i, b: adaptation }, x, { ...LSNN_DEFAULTS, ...smoothly, ...options });
    return [z, [s.v, s.i, s.b]];
  };
const alif =
  (spikeOn: 'new' | 'old'): Step =>
  (c, [tau, tauAdapt, threshold, beta, height], [v, adaptation, z], x) => {
    const parameters = { tau, tauAdapt, threshold, beta, height, refractory: 0 };
    const state = { v, b: adaptation, z, r: zeros(c, x.shape) };
    const [out, s] = alifStep(c, parameters, state, x, { ...ALIF_DEFAULTS, ...smoothly, spikeOn });
    return [out, [s.v, s.b, s.z]];
  };

const LSNN_VALUES = [0.7, 0.4, 0.9, 0.1, 0.5, -0.1, 0.3];
const CASES: readonly (readonly [name: string, step: Step, parameters: readonly number[], states: number])[] = [
  ['lsnn, subtract, offset', lsnn({}), LSNN_VALUES, 3],
  ['lsnn, subtract, threshold', lsnn({ adaptation: 'threshold', decay: 'euler' }), LSNN_VALUES, 3],
  ['lsnn, to, voltage-first', lsnn({ resetMode: 'to', order: 'voltage-first' }), LSNN_VALUES, 3],
  [
    'ada-lif',
    (c, [tau, tauSynapse, tauAdapt, leak, threshold, reset, beta], [v, i, adaptation], x) => {
      const parameters = { tau, tauSynapse, tauAdapt, leak, threshold, reset, beta };
      const [z, s] = adaLifStep(c, parameters, { v, i, b: adaptation }, x, { ...ADA_LIF_DEFAULTS, ...smoothly });
      return [z, [s.v, s.i, s.b]];
    },
    LSNN_VALUES,
    3,
  ],
  [
    'lif-ex',
    (c, [tau, tauSynapse, leak, threshold, reset, sharpness], [v, i], x) => {
      const parameters = { tau, tauSynapse, leak, threshold, reset, sharpness };
      const [z, s] = lifExStep(c, parameters, { v, i }, x, { ...LIF_EX_DEFAULTS, ...smoothly });
      return [z, [s.v, s.i]];
    },
    [0.7, 0.4, 0.1, 0.5, -0.1, 0.6],
    2,
  ],
  [
    'lif-adex',
    (c, [tau, tauSynapse, tauAdapt, leak, threshold, reset, sharpness, coupling, jump], [v, i, a], x) => {
      const parameters = { tau, tauSynapse, tauAdapt, leak, threshold, reset, sharpness, coupling, jump };
      const [z, s] = lifAdexStep(c, parameters, { v, i, a }, x, { ...LIF_ADEX_DEFAULTS, ...smoothly });
      return [z, [s.v, s.i, s.a]];
    },
    [0.7, 0.4, 0.9, 0.1, 0.5, -0.1, 0.6, 0.8, 0.2],
    3,
  ],
  [
    'adaptive',
    (c, [beta, rho, gamma, threshold], [v, rise], x) => {
      const options = { ...ADAPTIVE_DEFAULTS, detachReset: false, surrogate };
      const [z, s] = adaptiveStep(c, { beta, rho, gamma, threshold }, { v, b: rise }, x, options);
      return [z, [s.v, s.b]];
    },
    [0.8, 0.7, 0.2, 0.9],
    2,
  ],
  ['alif, new', alif('new'), [0.7, 0.9, 0.8, 0.4, 1.2], 3],
  ['alif, old', alif('old'), [0.7, 0.9, 0.8, 0.4, 1.2], 3],
  [
    'ad-lif',
    (c, [tau, tauAdapt, threshold, a, jump, q], [v, w, z], x) => {
      const [out, s] = adLifStep(c, { tau, tauAdapt, threshold, a, c: jump, q }, { v, w, z }, x, { ...AD_LIF_DEFAULTS, ...smoothly });
      return [out, [s.v, s.w, s.z]];
    },
    [0.7, 0.9, 0.5, 0.4, 0.6, 1.5],
    3,
  ],
  [
    'se-ad-lif',
    (c, [tau, tauAdapt, threshold, a, jump, q], [v, w], x) => {
      const [out, s] = seAdLifStep(c, { tau, tauAdapt, threshold, a, c: jump, q }, { v, w }, x, { ...SE_AD_LIF_DEFAULTS, ...smoothly });
      return [out, [s.v, s.w]];
    },
    [0.7, 0.9, 0.5, 0.4, 0.6, 1.5],
    2,
  ],
];
const [T, B, N] = [5, 2, 3];
const draw = (name: string, shape: readonly number[], mean: number, deviation: number) => {
  const size = shape.reduce((product, n) => product * n, 1);
  return b.fromData(normal(stream(randomKey(5), name), size, mean, deviation), shape);
};

describe.each(CASES)('%s', (_name, step, values, states) => {
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

test('gradients of delayed weights, inputs and buffers are slopes', () => {
  const leaves = { x: draw('x', [T, B, N], 0, 1), weight: draw('w', [N, 2], 0, 1), f: draw('f', [B, 3, 2], 0, 1) };
  const loss = <U extends TensorMeta>(c: Backend<U>, { x, weight, f }: { x: U; weight: U; f: U }): U => {
    const parameters = { weight: delayedWeight(c, weight, c.fromData([0, 1, 2, 1, 0, 2], [N, 2]), 3) };
    let state = { f };
    let total = c.fromData([0], []);
    for (let t = 0; t < T; t++) {
      const [y, next] = delayStep(c, parameters, state, at(c, x, t));
      state = next;
      total = c.add(total, sumAll(c, c.mul(c.mul(y, y), (t + 1) / 50)));
    }
    return c.add(total, sumAll(c, c.mul(state.f, 0.1)));
  };
  for (let seed = 0; seed < 3; seed++) expect(gradcheck(b, loss, leaves, { seed })).toMatchObject({ ok: true });
});

describe('norse lsnn at v = 1.3, b = 1', () => {
  const scalar = (x: number) => b.fromData([x], [1, 1]);
  /** [d b' / d v, d v' / d v, d z / d b] of one step. */
  const slopes = (detach: boolean): readonly number[] => {
    const ad = autodiff(b);
    const [v, adaptation] = [ad.variable(scalar(1.3)), ad.variable(scalar(1))];
    const constant = ad.constant(scalar(0));
    const options = detach ? LSNN_NORSE : { ...LSNN_NORSE, detachReset: false, detachAdaptation: false };
    const [z, s] = lsnnStep(ad, LSNN_NORSE_PARAMETERS, { v, i: constant, b: adaptation }, constant, options);
    const slope = (y: typeof z, x: typeof z): number => {
      const [g] = ad.backward([y], [scalar(1)], [x]);
      return g === null ? 0 : b.readSync(g)[0];
    };
    return [slope(s.b, v), slope(s.v, v), slope(z, adaptation)];
  };
  const g = 1 / (100 * 0.17 + 1) ** 2;
  test('feed-forward: membrane and adaptation know what spiked', () => {
    const [byAdaptation, byMembrane, bySpike] = slopes(false);
    expect(byAdaptation).toBeCloseTo(0.005, 8);
    expect(byMembrane).toBeCloseTo(-1.17 * g * 0.9, 10);
    expect(bySpike).toBeCloseTo(-0.0030864, 7);
  });
  test('recurrent: they do not', () => {
    const [byAdaptation, byMembrane, bySpike] = slopes(true);
    expect([byAdaptation, byMembrane]).toEqual([0, 0]);
    expect(bySpike).toBeCloseTo(-0.0030864, 7);
  });
});

describe('the reset passes the slope of the spike on, unless it is detached', () => {
  type Scalar = <T extends TensorMeta>(c: Backend<T>, x: T, constant: (x: number) => T, detachReset: boolean) => T;
  /** d y / d x at `x`. */
  const slope = (x: number, f: Scalar, detachReset: boolean): number => {
    const ad = autodiff(b);
    const variable = ad.variable(b.fromData([x], [1, 1]));
    const y = f(ad, variable, (value) => ad.constant(b.fromData([value], [1, 1])), detachReset);
    const [g] = ad.backward([y], [b.fromData([1], [1, 1])], [variable]);
    return g === null ? 0 : b.readSync(g)[0];
  };
  const kept = Math.exp(-0.1);
  // at 1.4 the membrane comes to u, which is above all thresholds here, and the triangle g is 1 - (its distance)
  const u = kept * 1.4;
  const currents = { tau: 10e-3, tauSynapse: 5e-3, tauAdapt: 0.1, leak: 0, threshold: 1.1, reset: -0.5 };
  const run = 1 + (1 - kept) * (Math.exp(0.3 / 0.5) - 1);
  const above = 1.4 + (1 - kept) * (-1.4 + 0.5 * Math.exp(0.3 / 0.5));
  const cases: readonly (readonly [name: string, f: Scalar, detached: number, attached: number])[] = [
    [
      'lsnn',
      (c, v, k, detachReset) =>
        lsnnStep(c, { ...currents, beta: 1 }, { v, i: k(0), b: k(0) }, k(0), { ...LSNN_DEFAULTS, detachReset })[1].v,
      kept,
      kept - 1.1 * kept * (1 - (u - 1.1)),
    ],
    [
      'ada-lif',
      (c, v, k, detachReset) =>
        adaLifStep(c, { ...currents, beta: 1 }, { v, i: k(0), b: k(0) }, k(0), { ...ADA_LIF_DEFAULTS, detachReset })[1].v,
      kept,
      kept - 1.6 * kept * (1 - (u - 1.1)),
    ],
    [
      'lif-ex',
      (c, v, k, detachReset) =>
        lifExStep(c, { ...currents, sharpness: 0.5 }, { v, i: k(0) }, k(0), { ...LIF_EX_DEFAULTS, detachReset })[1].v,
      0,
      -(above + 0.5) * run * (1 - (above - 1.1)),
    ],
    [
      'lif-adex',
      (c, v, k, detachReset) =>
        lifAdexStep(c, { ...currents, sharpness: 0.5, coupling: 1, jump: 1 }, { v, i: k(0), a: k(0) }, k(0), {
          ...LIF_ADEX_DEFAULTS,
          detachReset,
        })[1].v,
      0,
      -(above + 0.5) * run * (1 - (above - 1.1)),
    ],
    [
      'adaptive',
      (c, v, k, detachReset) =>
        adaptiveStep(c, { beta: 0.9, rho: 0.9, gamma: 1, threshold: 1.1 }, { v, b: k(0) }, k(0), { ...ADAPTIVE_DEFAULTS, detachReset })[1]
          .v,
      0.9,
      0.9 - (1 - 0.3 / 1.1),
    ],
    [
      'ad-lif',
      (c, v, k, detachReset) =>
        adLifStep(c, { ...currents, a: 1, c: 1, q: 1 }, { v, w: k(0), z: k(0) }, k(0), { ...AD_LIF_DEFAULTS, detachReset })[1].v,
      0,
      -u * kept * (1 - (u - 1.1)),
    ],
    [
      'se-ad-lif',
      (c, v, k, detachReset) =>
        seAdLifStep(c, { ...currents, a: 1, c: 1, q: 1 }, { v, w: k(0) }, k(0), { ...SE_AD_LIF_DEFAULTS, detachReset })[1].v,
      0,
      -u * kept * (1 - (u - 1.1)),
    ],
  ];
  test.each(cases)('%s', (_name, f, detached, attached) => {
    expect(slope(1.4, f, true)).toBeCloseTo(detached, 12);
    expect(slope(1.4, f, false)).toBeCloseTo(attached, 12);
  });
  test('alif: through the spike of the step before; the adaptation is never detached', () => {
    const parameters = { tau: 10e-3, tauAdapt: 10e-3, threshold: 1.1, beta: 2, refractory: 0, height: 4 };
    const state =
      (name: 'v' | 'b'): Scalar =>
      (c, z, k, detachReset) =>
        alifStep(c, parameters, { v: k(0), b: k(0), z, r: k(0) }, k(0), { ...ALIF_DEFAULTS, detachReset })[1][name];
    // A z / height at z = 0
    expect(slope(0, state('v'), true)).toBeCloseTo(0, 12);
    expect(slope(0, state('v'), false)).toBeCloseTo(-1.1 / 4, 12);
    for (const detach of [true, false]) expect(slope(0, state('b'), detach)).toBeCloseTo(1 - kept, 12);
  });
});

test('lsnn by default remembers: the gradient reaches an input 300 ms back through the adaptation, and does not when that is detached', () => {
  const steps = 300;
  const sensitivity = (detachAdaptation: boolean): number => {
    const ad = autodiff(b);
    const x = ad.variable(b.fromData([12], [1, 1]));
    const parameters = { tau: 10e-3, tauSynapse: 5e-3, tauAdapt: 0.8, leak: 0, threshold: 1, reset: 0, beta: 0.1 };
    const nothing = ad.constant(b.fromData([0], [1, 1]));
    let state = { v: nothing, i: nothing, b: nothing };
    for (let t = 0; t < steps; t++)
      state = lsnnStep(ad, parameters, state, t === 0 ? x : nothing, { ...LSNN_DEFAULTS, detachAdaptation })[1];
    const [g] = ad.backward([state.b], [b.fromData([1], [1, 1])], [x]);
    return g === null ? 0 : Math.abs(b.readSync(g)[0]);
  };
  expect(sensitivity(false)).toBeGreaterThan(1e-3);
  expect(sensitivity(true)).toBeLessThan(1e-12);
});
