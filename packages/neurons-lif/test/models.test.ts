// Every model that is more than a leaky membrane: its record, and its gradients against finite differences of the same step with a smooth
// forward (the sigmoid whose derivative is the surrogate).

import { gradcheck } from '@snn/autodiff';
import { reference } from '@snn/backend-conformance';
import { at, type Backend, type CustomOp, type NeuronModel, normal, randomKey, sigmoid, stream, sumAll, type TensorMeta } from '@snn/core';
import { sigmoid as sigmoidSurrogate } from '@snn/surrogates';
import { describe, expect, test } from 'vitest';
import * as neurons from '../src/index.ts';

type Model = NeuronModel<string, string, object>;

const b = reference();
const SHARPNESS = 3;
const smoothly = { detachReset: false, surrogate: sigmoidSurrogate({ sharpness: SHARPNESS }) };
const [T, B, N] = [5, 2, 3];

/** `c` with a smooth forward of every spike. */
const smooth = <X extends TensorMeta>(c: Backend<X>): Backend<X> => ({
  ...c,
  customGrad: (op: CustomOp, ...inputs: readonly X[]): X =>
    c.customGrad(op.name.startsWith('spike') ? { ...op, forward: (d, x) => sigmoid(d, d.mul(x, SHARPNESS)) } : op, ...inputs),
});

/** Parameters at which everything is of size 1, and options that let every gradient through. */
const CASES: readonly (readonly [name: string, model: unknown, parameters: Readonly<Record<string, number>>, options: object])[] = [
  ['recurrentLeaky', neurons.recurrentLeaky, { beta: 0.8, threshold: 0.5, recurrence: 0.4 }, smoothly],
  ['recurrentSynaptic', neurons.recurrentSynaptic, { alpha: 0.6, beta: 0.8, threshold: 0.5, recurrence: -0.4 }, smoothly],
  ['lapicque', neurons.lapicque, { resistance: 1.2, capacitance: 0.5, threshold: 0.5 }, { ...smoothly, dt: 0.1 }],
  [
    'lapicque, zero, Euler',
    neurons.lapicque,
    { resistance: 1.2, capacitance: 0.5, threshold: 0.5 },
    { ...smoothly, dt: 0.1, decay: 'euler', resetMode: 'zero' },
  ],
  ['alpha, zero', neurons.alpha, { alpha: 0.9, beta: 0.6, threshold: 0.3 }, smoothly],
  ['alpha, subtract', neurons.alpha, { alpha: 0.9, beta: 0.6, threshold: 0.3 }, { ...smoothly, resetMode: 'subtract' }],
  ['alpha, none', neurons.alpha, { alpha: 0.9, beta: 0.6, threshold: 0.3 }, { ...smoothly, resetMode: 'none', clampDecay: true }],
  [
    'lifRefractory',
    neurons.lifRefractory,
    { tau: 0.7, tauSynapse: 0.4, leak: 0.1, threshold: 0.5, reset: -0.1, refractory: 2 },
    { ...smoothly, dt: 0.1, resetMode: 'to', detachRefractory: false },
  ],
  [
    'izhikevich',
    neurons.izhikevich,
    { a: 0.2, b: 0.3, c: -0.5, d: 0.4, square: 0.3, linear: 0.5, constant: 0.2, threshold: 0.6, tau: 0.5, startV: 0, startU: 0 },
    { ...smoothly, dt: 0.1 },
  ],
  ['exponentialFilter', neurons.exponentialFilter, { tau: 0.3 }, { dt: 0.1 }],
  ['tsodyksMakram', neurons.tsodyksMakram, { tauFacilitation: 0.4, tauDepression: 0.9, utilization: 0.3 }, { dt: 0.1 }],
  ...(['jump-first', 'decay-first'] as const).map(
    (order) =>
      [
        `conductanceLif, ${order}`,
        neurons.conductanceLif,
        {
          tauExcitatory: 0.4,
          tauInhibitory: 0.6,
          capacitance: 0.5,
          leakConductance: 1.5,
          leak: 0.1,
          reversalExcitatory: 2,
          reversalInhibitory: -1,
          threshold: 0.4,
          reset: -0.2,
        },
        { ...smoothly, dt: 0.1, order },
      ] as const,
  ),
];

describe.each(CASES)('%s', (_name, given, values, changed) => {
  const model = given as Model;
  const options = { ...model.options, ...changed };
  const names = Object.keys(model.parameters);
  const draw = (name: string, shape: readonly number[], mean: number, deviation: number) => {
    const size = shape.reduce((product, n) => product * n, 1);
    return b.fromData(normal(stream(randomKey(5), name), size, mean, deviation), shape);
  };
  type Leaves<X> = { readonly inputs: X; readonly parameters: readonly X[]; readonly state: readonly X[] };
  /** A weighted sum of all outputs and the last state. */
  const f = <X extends TensorMeta>(c: Backend<X>, { inputs, parameters, state: start }: Leaves<X>): X => {
    const d = smooth(c);
    const named = Object.fromEntries(names.map((name, n) => [name, parameters[n]]));
    let state: Readonly<Record<string, X>> = Object.fromEntries(model.states.map((name, n) => [name, start[n]]));
    let total = d.fromData([0], []);
    for (let t = 0; t < T; t++) {
      const [out, next] = model.step(d, named, state, at(d, inputs, t), options);
      state = next;
      total = d.add(total, sumAll(d, d.mul(out, (t + 1) / 10)));
    }
    for (const s of Object.values(state)) total = d.add(total, sumAll(d, d.mul(s, 0.3)));
    return total;
  };
  test.each([
    ['shared', []],
    ['per neuron', [N]],
  ])('gradients of inputs, states and %s parameters are the slopes of the smooth step', (_kind, shape) => {
    const leaves: Leaves<ReturnType<typeof b.fromData>> = {
      inputs: draw('x', [T, B, N], 0.5, 0.5),
      parameters: names.map((name) => draw(name, shape, values[name], 0.01)),
      state: model.states.map((name) => draw(name, [B, N], 0.4, 0.1)),
    };
    for (let seed = 0; seed < 3; seed++) expect(gradcheck(b, f, leaves, { seed })).toMatchObject({ ok: true });
  });
  test('accepts its defaults, begins with states of the right shape and takes a step from them', () => {
    const parameters = Object.fromEntries(Object.entries(model.parameters).map(([name, spec]) => [name, spec.default]));
    const x = b.fromData([0, 0.1, 0.2, 0.3, 0.4, 5], [2, 3]);
    const state = model.initialState(b, parameters, [2, 3], model.options);
    expect(Object.keys(state)).toEqual([...model.states]);
    expect(() => model.check?.(parameters, model.options, state, x)).not.toThrow();
    const [out, next] = model.step(b, parameters, state, x, model.options);
    expect(out.shape).toEqual([2, 3]);
    expect(Object.keys(next).sort()).toEqual([...model.states].sort());
    for (const name of model.states) expect(next[name].shape).toEqual([2, 3]);
    for (const value of b.readSync(out)) expect(Number.isFinite(value)).toBe(true);
  });
  test('a row of a batch runs as if it were alone, and a run may be cut anywhere', () => {
    const parameters = Object.fromEntries(names.map((name) => [name, values[name]]));
    const inputs = Array.from({ length: 12 }, (_, t) => draw(`x${t}`, [B, N], 0.5, 1));
    const row = (x: (typeof inputs)[number]) => b.slice(x, [1, 0], [1, N]);
    const start = Object.fromEntries(model.states.map((name) => [name, draw(name, [B, N], 0.4, 0.1)]));
    const run = (xs: typeof inputs, begin: typeof start) => {
      let state: Readonly<Record<string, (typeof inputs)[number]>> = begin;
      const outs: number[][] = [];
      for (const x of xs) {
        const [out, next] = model.step(b, parameters, state, x, options);
        state = next;
        outs.push([...b.readSync(out)]);
      }
      return { outs, state: { ...state } };
    };
    const whole = run(inputs, start);
    const first = run(inputs.slice(0, 5), start);
    expect(run(inputs.slice(5), first.state).outs).toEqual(whole.outs.slice(5));
    const alone = run(inputs.map(row), Object.fromEntries(Object.entries(start).map(([name, x]) => [name, row(x)])));
    expect(alone.outs).toEqual(whole.outs.map((out) => out.slice(N)));
    expect(new Set(whole.outs.flat()).size).toBeGreaterThan(1);
  });
  test('refuses unknown options and missing or wrong parameters', () => {
    const parameters = Object.fromEntries(Object.entries(model.parameters).map(([name, spec]) => [name, spec.default]));
    const [first] = names;
    expect(() => model.check?.(parameters, { ...model.options, colour: 'red' })).toThrow(`${model.name}: there is no option 'colour'`);
    expect(() => model.check?.({ ...parameters, [first]: undefined as never }, model.options)).toThrow(`the parameter ${first} is missing`);
    expect(() => model.check?.({ ...parameters, [first]: Number.NaN }, model.options)).toThrow(`${model.name}: ${first} is NaN.`);
  });
});

test('gradients of STDP are the slopes of its weights and traces', () => {
  for (const rule of ['additive', 'multiplicative', 'multiplicative-power'] as const) {
    const draw = (name: string, shape: readonly number[], low: number) =>
      b.fromData(
        normal(
          stream(randomKey(9), name),
          shape.reduce((n, m) => n * m, 1),
          0,
          0.05,
        ).map((x) => low + x),
        shape,
      );
    const leaves = {
      w: draw('w', [2, 3], 0.5),
      x: draw('x', [2, 2], 0.6),
      z: draw('z', [2, 3], 0.4),
      pre: draw('p', [2, 2], 0.3),
      post: draw('q', [2, 3], 0.2),
    };
    const f = <X extends TensorMeta>(c: Backend<X>, { w, x, z, pre, post }: { [K in keyof typeof leaves]: X }): X => {
      const options = { ...neurons.STDP_DEFAULTS, dt: 0.01, rule, exponent: 0.75 };
      const p = { ...neurons.STDP_PARAMETERS, ratePlus: 0.3, rateMinus: 0.2 };
      const [next, traces] = neurons.stdpLinearStep(c, p, { pre, post }, w, x, z, options);
      return c.add(c.add(sumAll(c, c.mul(next, next)), sumAll(c, traces.pre)), sumAll(c, traces.post));
    };
    for (let seed = 0; seed < 3; seed++) expect(gradcheck(b, f, leaves, { seed }), rule).toMatchObject({ ok: true });
  }
});
