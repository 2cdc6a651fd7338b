// The recurrent, resistor-capacitor and alpha neurons: short runs whose numbers the origin computed, and what must be equal to what.

import { reference } from '@snn/backend-conformance';
import { linear } from '@snn/core';
import { describe, expect, test } from 'vitest';
import {
  ALPHA_DEFAULTS,
  ALPHA_SNNTORCH,
  alpha,
  alphaStep,
  LAPICQUE_DEFAULTS,
  LAPICQUE_SNNTORCH,
  LEAKY_DEFAULTS,
  LIF_BOX_DEFAULTS,
  lapicque,
  lapicqueStep,
  leakyStep,
  lifBoxStep,
  RECURRENT_LEAKY_SNNTORCH,
  RECURRENT_SYNAPTIC_SNNTORCH,
  recurrentLeakyStep,
  recurrentSynapticStep,
} from '../src/index.ts';
import { runOne } from './over-time.ts';

const b = reference();
const zero = b.fromData([0], [1, 1]);
const times = (n: number, x: number): number[] => new Array<number>(n).fill(x);
const close = (actual: readonly number[], expected: readonly number[], digits = 5): void => {
  expect(actual).toHaveLength(expected.length);
  for (const [n, x] of actual.entries()) expect(x, `step ${n}`).toBeCloseTo(expected[n], digits);
};
const argument = (message: string) => expect.objectContaining({ code: 'argument', message: expect.stringContaining(message) });

describe('recurrent', () => {
  test('leaky, as snnTorch RLeaky with V = 0.5', () => {
    const run = (resetMode: 'subtract' | 'zero') =>
      runOne(b, times(6, 0.6), { v: zero, z: zero }, (s, x) =>
        recurrentLeakyStep(b, { beta: 0.9, threshold: 1, recurrence: 0.5 }, s, x, { ...RECURRENT_LEAKY_SNNTORCH, resetMode }),
      );
    close(run('subtract').v, [0.6, 1.14, 1.126, 1.1134, 1.10206, 1.091854]);
    close(run('zero').v, [0.6, 1.14, 0, 0.6, 1.14, 0]);
    expect(run('zero').out).toEqual([0, 1, 0, 0, 1, 0]);
    expect(run('zero').z).toEqual(run('zero').out);
  });
  test('synaptic, as snnTorch RSynaptic with V = 0.5', () => {
    const run = (resetMode: 'subtract' | 'zero') =>
      runOne(b, times(6, 0.4), { v: zero, i: zero, z: zero }, (s, x) =>
        recurrentSynapticStep(b, { alpha: 0.5, beta: 0.9, threshold: 1, recurrence: 0.5 }, s, x, {
          ...RECURRENT_SYNAPTIC_SNNTORCH,
          resetMode,
        }),
      );
    close(run('subtract').v, [0.4, 0.96, 1.564, 1.6576, 2.01684, 2.477656]);
    close(run('zero').v, [0.4, 0.96, 1.564, 0, 1.025, 0]);
  });
  test('leaky, elementwise, is leaky with a diagonal matrix', () => {
    const inputs = [
      [0.6, 1.2],
      [0.9, 0.1],
      [0.7, 0.8],
      [0, 2],
      [1.4, 0.3],
    ];
    const weight = b.fromData([0.5, 0, 0, -0.7], [2, 2]);
    let own = { v: b.fromData([0, 0], [1, 2]), z: b.fromData([0, 0], [1, 2]) };
    let outer = own;
    for (const input of inputs) {
      const x = b.fromData(input, [1, 2]);
      const recurrence = b.fromData([0.5, -0.7], [2]);
      [, own] = recurrentLeakyStep(b, { beta: 0.9, threshold: 1, recurrence }, own, x);
      const [z, { v }] = leakyStep(b, { beta: 0.9, threshold: 1 }, outer, b.add(x, linear(b, outer.z, weight)), LEAKY_DEFAULTS);
      outer = { v, z };
      close([...b.readSync(own.v)], [...b.readSync(v)], 12);
      expect([...b.readSync(own.z)]).toEqual([...b.readSync(z)]);
    }
    expect([...b.readSync(own.z)].concat([...b.readSync(own.v)]).some((value) => value !== 0)).toBe(true);
  });
});

describe('lapicque', () => {
  test('as snnTorch with beta = 0.9: 1 + ln(0.9) of the membrane is left', () => {
    const parameters = { resistance: 1, capacitance: 1 / Math.log(1 / 0.9), threshold: 1 };
    const { v } = runOne(b, times(5, 1.5), { v: zero }, (s, x) => lapicqueStep(b, parameters, s, x, LAPICQUE_SNNTORCH));
    close(v, [0.15804, 0.29943, 0.42592, 0.53909, 0.64033]);
    expect(v[1] - 1.5 * Math.log(1 / 0.9)).toBeCloseTo((1 + Math.log(0.9)) * v[0], 12);
  });
  test('is lif-box with tau = resistance capacitance, driven by resistance x', () => {
    const inputs = [3, 1, 4, 1, 5, 9, 2, 6];
    const own = runOne(b, inputs, { v: zero }, (s, x) =>
      lapicqueStep(b, { resistance: 0.5, capacitance: 12e-3, threshold: 0.4 }, s, x, LAPICQUE_DEFAULTS),
    );
    const box = runOne(b, inputs, { v: zero }, (s, x) =>
      lifBoxStep(b, { tau: 6e-3, leak: 0, threshold: 0.4, reset: 0 }, s, b.mul(x, 0.5), LIF_BOX_DEFAULTS),
    );
    close(own.v, box.v, 12);
    expect(own.out).toEqual(box.out);
    expect(own.out).toContain(1);
  });
  test('refuses what is not a circuit and Euler steps beyond it', () => {
    const check =
      (parameters: object, options: object = {}) =>
      () =>
        lapicque.check?.({ resistance: 1, capacitance: 0.01, threshold: 1, ...parameters }, { ...LAPICQUE_DEFAULTS, ...options });
    expect(check({})).not.toThrow();
    expect(check({ resistance: 0 })).toThrow(argument('lapicque: resistance must be above 0, but is 0.'));
    expect(check({ capacitance: -1 })).toThrow(argument('lapicque: capacitance must be above 0'));
    expect(check({ capacitance: 5e-4 }, { decay: 'euler' })).toThrow(argument('longer than resistance capacitance = 0.0005 s'));
    expect(check({ capacitance: 5e-4 })).not.toThrow();
  });
});

describe('alpha', () => {
  const parameters = { alpha: 0.9, beta: 0.8, threshold: 0.5 };
  const start = { excitatory: zero, inhibitory: zero, v: zero };
  test('as snnTorch, reset zero', () => {
    const { out, v, excitatory } = runOne(b, times(6, 0.5), start, (s, x) => alphaStep(b, parameters, s, x, ALPHA_SNNTORCH));
    close(v, [0, 0.0947, 0.2558, 0.4613, 0.6948, 0], 4);
    close(excitatory.slice(0, 5), [0.5, 0.95, 1.355, 1.7195, 2.04755]);
    expect(out).toEqual([0, 0, 0, 0, 1, 0]);
  });
  test('without reset, one input makes the difference of two exponentials', () => {
    const { v } = runOne(b, [1, 0, 0, 0, 0, 0], start, (s, x) => alphaStep(b, parameters, s, x, { ...ALPHA_DEFAULTS, resetMode: 'none' }));
    const gain = Math.log(0.9) / (Math.log(0.8) - Math.log(0.9)) + 1;
    close(
      v,
      [0, 1, 2, 3, 4, 5].map((t) => gain * (0.9 ** t - 0.8 ** t)),
      12,
    );
  });
  test('immediate subtraction takes the threshold from the membrane, now and in what follows', () => {
    const run = (resetMode: 'subtract' | 'none') =>
      runOne(b, [3, 0, 0, 0, 0], start, (s, x) => alphaStep(b, parameters, s, x, { ...ALPHA_DEFAULTS, resetMode }));
    const [reset, free] = [run('subtract'), run('none')];
    expect(reset.out[1]).toBe(1);
    expect(reset.v[1]).toBeCloseTo(free.v[1] - 0.5, 12);
    // what was taken from the slow current decays with it
    const gain = Math.log(0.9) / (Math.log(0.8) - Math.log(0.9)) + 1;
    expect(reset.excitatory[1]).toBeCloseTo(free.excitatory[1] - 0.5 / gain, 12);
    const zeroed = runOne(b, [3, 0, 0, 0], start, (s, x) => alphaStep(b, parameters, s, x, ALPHA_DEFAULTS));
    expect([zeroed.v[1], zeroed.excitatory[1], zeroed.inhibitory[1], zeroed.v[2]]).toEqual([0, 0, 0, 0]);
  });
  test('refuses a slow current that is the faster one', () => {
    for (const beta of [0.9, 0.95, 0])
      expect(() => alpha.check?.({ ...parameters, beta }, ALPHA_DEFAULTS)).toThrow(argument('0 < beta < alpha < 1'));
    expect(() => alpha.check?.(parameters, ALPHA_DEFAULTS)).not.toThrow();
  });
});
