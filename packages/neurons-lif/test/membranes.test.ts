// Conductances and compartments.

import { reference } from '@snn/backend-conformance';
import { describe, expect, test } from 'vitest';
import {
  CONDUCTANCE_LIF_DEFAULTS,
  CONDUCTANCE_LIF_NORSE,
  compartmentCoupling,
  conductanceLif,
  conductanceLifStep,
  conductanceLifStepOf,
  LIF_DEFAULTS,
  LIF_NORSE,
  lifStep,
  MULTI_COMPARTMENT_LIF_DEFAULTS,
  MULTI_COMPARTMENT_LIF_NORSE,
  multiCompartmentLif,
  multiCompartmentLifStep,
} from '../src/index.ts';
import { runFrom, runOne } from './over-time.ts';

const b = reference();
const zero = b.fromData([0], [1, 1]);
const close = (actual: readonly number[], expected: readonly number[], digits = 12): void => {
  expect(actual).toHaveLength(expected.length);
  for (const [n, x] of actual.entries()) expect(x, `step ${n}`).toBeCloseTo(expected[n], digits);
};

describe('conductance-based', () => {
  const norse = {
    tauExcitatory: 5,
    tauInhibitory: 5,
    capacitance: 0.2,
    leakConductance: 0.25,
    leak: -20,
    reversalExcitatory: 60,
    reversalInhibitory: -100,
    threshold: -10,
    reset: -70,
  };
  const defaults = Object.fromEntries(Object.entries(conductanceLif.parameters).map(([key, spec]) => [key, spec.default])) as typeof norse;
  test('as norse, with inputs of 5 that excite and inhibit in turn', () => {
    const start = { v: b.fromData([-20], [1, 1]), e: zero, i: zero };
    const { v } = runOne(b, [5, -5, 5, -5, 5, -5], start, (s, x) => conductanceLifStep(b, norse, s, x, CONDUCTANCE_LIF_NORSE));
    close(v, [-18.0004, -18.10325, -16.24862, -16.62906, -15.05559, -15.80411], 4);
  });
  test('no input is lost: both kinds, apart and together', () => {
    const start = conductanceLif.initialState(b, defaults, [1, 1], CONDUCTANCE_LIF_DEFAULTS);
    const two = b.fromData([2], [1, 1]);
    const three = b.fromData([3], [1, 1]);
    const [, next] = conductanceLifStepOf(b, defaults, start, two, three);
    expect(b.readSync(next.e)[0]).toBeCloseTo(2 * Math.exp(-1 / 5), 12);
    expect(b.readSync(next.i)[0]).toBeCloseTo(3 * Math.exp(-1 / 10), 12);
    const [, signed] = conductanceLifStep(b, defaults, start, b.mul(three, -1));
    expect([b.readSync(signed.e)[0], b.readSync(signed.i)[0]]).toEqual([0, b.readSync(next.i)[0]]);
  });
  test('exponential steps are exact under constant conductances: two of dt are one of 2 dt', () => {
    const still = { ...defaults, tauExcitatory: 1e12, tauInhibitory: 1e12, threshold: 1e9 };
    const start = { v: b.fromData([-65], [1, 1]), e: b.fromData([7], [1, 1]), i: b.fromData([4], [1, 1]) };
    const run = (dt: number, steps: number) =>
      runOne(b, new Array<number>(steps).fill(0), start, (s, x) => conductanceLifStep(b, still, s, x, { ...CONDUCTANCE_LIF_DEFAULTS, dt }))
        .v;
    expect(run(1e-3, 10)[9]).toBeCloseTo(run(2e-3, 5)[4], 9);
    // far from any time constant the membrane is where all currents balance
    expect(run(1, 3)[2]).toBeCloseTo((10 * -65 + 7 * 0 + 4 * -70) / 21, 9);
  });
  test('begins at rest, stays there without input, and fires under strong excitation only', () => {
    const run = (x: number) =>
      runOne(b, new Array<number>(60).fill(x), conductanceLif.initialState(b, defaults, [1, 1], CONDUCTANCE_LIF_DEFAULTS), (s, y) =>
        conductanceLifStep(b, defaults, s, y),
      );
    expect(new Set(run(0).v)).toEqual(new Set([-65]));
    expect(run(2).out.reduce((n, z) => n + z, 0)).toBeGreaterThan(1);
    expect(run(-50).out).not.toContain(1);
    expect(Math.min(...run(-50).v)).toBeGreaterThan(-70);
  });
});

describe('multi-compartment', () => {
  const parameters = { tau: 10e-3, tauSynapse: 5e-3, leak: 0, threshold: 1, reset: 0 };
  const inputs = [
    [3, 0],
    [0, 0],
    [4, 1],
    [0, 6],
    [0, 0],
    [9, 0],
    [0, 0],
  ];
  const pair = { v: b.fromData([0, 0], [1, 2]), i: b.fromData([0, 0], [1, 2]) };
  test('without coupling is lif', () => {
    const coupling = compartmentCoupling(b, [
      [0, 0],
      [0, 0],
    ]);
    for (const couplingOrder of ['together', 'before', 'after'] as const) {
      const options = { ...MULTI_COMPARTMENT_LIF_DEFAULTS, couplingOrder };
      const own = runFrom(b, [1, 2], inputs, pair, (s, x) => multiCompartmentLifStep(b, { ...parameters, coupling }, s, x, options)).trace;
      const plain = runFrom(b, [1, 2], inputs, pair, (s, x) => lifStep(b, parameters, s, x, LIF_DEFAULTS)).trace;
      expect(own).toEqual(plain);
      expect(own.out.flat()).toContain(1);
    }
  });
  test('as norse: coupling before the step (feed-forward) or after the reset (recurrent)', () => {
    const coupling = b.fromData([-3, 5, 2, -7], [2, 2]);
    const coupled = (x: typeof pair.v) => {
      const [m, n] = b.readSync(x);
      return b.fromData([m + 1e-3 * (-3 * m + 2 * n), n + 1e-3 * (5 * m - 7 * n)], [1, 2]);
    };
    const feedForward = runFrom(b, [1, 2], inputs, pair, (s, x) =>
      multiCompartmentLifStep(b, { ...parameters, coupling }, s, x, MULTI_COMPARTMENT_LIF_NORSE),
    ).trace;
    const expectedForward = runFrom(b, [1, 2], inputs, pair, (s, x) =>
      lifStep(b, parameters, { v: coupled(s.v), i: s.i }, x, LIF_NORSE),
    ).trace;
    close(feedForward.v.flat(), expectedForward.v.flat());
    const options = { ...MULTI_COMPARTMENT_LIF_NORSE, couplingOrder: 'after', detachReset: true } as const;
    const recurrent = runFrom(b, [1, 2], inputs, pair, (s, x) =>
      multiCompartmentLifStep(b, { ...parameters, coupling }, s, x, options),
    ).trace;
    const expectedRecurrent = runFrom(b, [1, 2], inputs, pair, (s, x) => {
      const [z, next] = lifStep(b, parameters, s, x, LIF_NORSE);
      return [z, { v: coupled(next.v), i: next.i }];
    }).trace;
    close(recurrent.v.flat(), expectedRecurrent.v.flat());
  });
  test('compartments that only exchange charge keep it, and end up equal', () => {
    const coupling = compartmentCoupling(b, [
      [0, 40, 0],
      [40, 9, 25],
      [0, 25, 0],
    ]);
    expect([...b.readSync(coupling)]).toEqual([-40, 40, 0, 40, -65, 25, 0, 25, -25]);
    const closed = { ...parameters, tau: 1e9, threshold: 1e9, coupling };
    let state = { v: b.fromData([3, 0, 0], [1, 3]), i: b.fromData([0, 0, 0], [1, 3]) };
    for (let t = 0; t < 3000; t++)
      [, state] = multiCompartmentLifStep(b, closed, state, b.fromData([0, 0, 0], [1, 3]), {
        ...MULTI_COMPARTMENT_LIF_DEFAULTS,
        decay: 'euler',
      });
    for (const v of b.readSync(state.v)) expect(v).toBeCloseTo(1, 5);
  });
  test('refuses couplings that are no square matrix', () => {
    const check = (coupling: typeof pair.v | number) => () =>
      multiCompartmentLif.check?.({ ...parameters, coupling }, MULTI_COMPARTMENT_LIF_DEFAULTS, pair, pair.v);
    expect(
      check(
        compartmentCoupling(b, [
          [0, 1],
          [1, 0],
        ]),
      ),
    ).not.toThrow();
    expect(check(0)).toThrow('multiCompartmentLif: coupling must be a matrix [N, N]');
    expect(check(b.fromData([1, 2], [1, 2]))).toThrow('coupling must be a square matrix for inputs [B, N], but is [1, 2]');
    expect(check(b.fromData([0], [1, 1]))).toThrow('but is [1, 1] for [1, 2]');
    expect(() =>
      compartmentCoupling(b, [
        [0, 1],
        [2, 0],
      ]),
    ).toThrow('rates must be a square table');
  });
});
