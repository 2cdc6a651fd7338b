// Short runs whose numbers were computed by the origins, to be followed by hand.

import { reference } from '@snn/backend-conformance';
import { range } from '@snn/core';
import { describe, expect, test } from 'vitest';
import {
  COOLDOWN_RNNBUILDER,
  cooldownSigns,
  cooldownStep,
  discontinuousStep,
  INTEGRATE_AND_FIRE_NORSE,
  integrateAndFireStep,
  LEAKY_RNNBUILDER,
  LEAKY_SNNTORCH,
  LEAKY_SNNTORCH_ZERO,
  type LeakyOptions,
  LI_BOX_NORSE,
  LI_NORSE,
  LI_NORSE_VOLTAGE_FIRST,
  LIF_BOX_NORSE,
  LIF_NORSE,
  LIF_NORSE_VOLTAGE_FIRST,
  leakyStep,
  liBoxStep,
  lifBoxStep,
  lifStep,
  liStep,
  NO_RESET_RNNBUILDER,
  noResetStep,
  SYNAPTIC_SNNTORCH,
  type SynapticOptions,
  synapticStep,
} from '../src/index.ts';
import { runFrom, runOne } from './over-time.ts';

const b = reference();
const zero = b.fromData([0], [1, 1]);
const times = (n: number, x: number): number[] => new Array<number>(n).fill(x);
const close = (actual: readonly number[], expected: readonly number[], digits = 4): void => {
  expect(actual).toHaveLength(expected.length);
  actual.forEach((x, n) => {
    expect(x, `step ${n}`).toBeCloseTo(expected[n], digits);
  });
};

describe('norse', () => {
  const parameters = { tau: 10e-3, tauSynapse: 5e-3, leak: 0, threshold: 1, reset: 0 };
  const jumpFirst = [0.1, 0.27, 0.487, 0.7335, 0.99631, 0, 0.39514, 0.77174, 0, 0.44631];
  test('lif, jump-first, input 1', () => {
    const { out, v, i } = runOne(b, times(10, 1), { v: zero, i: zero }, (s, x) => lifStep(b, parameters, s, x, LIF_NORSE));
    close(v, jumpFirst);
    close(i, [0.8, 1.44, 1.952, 2.3616, 2.68928, 2.95142, 3.16114, 3.32891, 3.46313, 3.5705]);
    expect(out).toEqual([0, 0, 0, 0, 0, 1, 0, 0, 1, 0]);
  });
  test('lif, voltage-first, input 1', () => {
    const { v, i } = runOne(b, times(10, 1), { v: zero, i: zero }, (s, x) => lifStep(b, parameters, s, x, LIF_NORSE_VOLTAGE_FIRST));
    close(v, [0, ...jumpFirst.slice(0, 9)]);
    close(i, [1, 1.8, 2.44, 2.952, 3.3616, 3.68928, 3.95142, 4.16114, 4.32891, 4.46313]);
  });
  test('li and li-box, input 1', () => {
    const li = runOne(b, times(5, 1), { v: zero, i: zero }, (s, x) => liStep(b, parameters, s, x, LI_NORSE));
    close(li.out, jumpFirst.slice(0, 5));
    expect(li.out).toEqual(li.v);
    const late = runOne(b, times(5, 1), { v: zero, i: zero }, (s, x) => liStep(b, parameters, s, x, LI_NORSE_VOLTAGE_FIRST));
    close(late.out, [0, ...jumpFirst.slice(0, 4)]);
    close(runOne(b, times(4, 1), { v: zero }, (s, x) => liBoxStep(b, parameters, s, x, LI_BOX_NORSE)).out, [0.1, 0.19, 0.271, 0.3439]);
  });
  test('lif-box, input 4, and 5 steps from v = 10 of its own tests', () => {
    const box = (options: typeof LIF_BOX_NORSE) => runOne(b, times(6, 4), { v: zero }, (s, x) => lifBoxStep(b, parameters, s, x, options));
    const to = box(LIF_BOX_NORSE);
    close(to.v, [0.4, 0.76, 0, 0.4, 0.76, 0]);
    expect(to.out).toEqual([0, 0, 1, 0, 0, 1]);
    close(box({ ...LIF_BOX_NORSE, resetMode: 'subtract' }).v, [0.4, 0.76, 0.084, 0.4756, 0.82804, 0.14524]);
    const high = { v: b.fromData([10], [1, 1]) };
    const { v } = runOne(b, [1, 1, 1, 1, 1, 0, 0], high, (s, x) => lifBoxStep(b, parameters, s, x, LIF_BOX_NORSE));
    close(v, [0, 0.1, 0.19, 0.271, 0.3439, 0.3095, 0.2786]);
  });
  test('integrate-and-fire adds up its input', () => {
    const { out, v } = runOne(b, [0.4, 0.4, 0.4, 0.4], { v: zero }, (s, x) =>
      integrateAndFireStep(b, parameters, s, x, INTEGRATE_AND_FIRE_NORSE),
    );
    expect(out).toEqual([0, 0, 1, 0]);
    close(v, [0.4, 0.8, 0, 0.4]);
  });
  // x = ones(20), W = linspace(0, 0.5) as [10, 20], W_rec = linspace(0, -2) as [10, 10], ten neurons, ten steps: upstream's own test of 0.0.7
  const line = (end: number, rows: number, columns: number) =>
    b.permute(b.reshape(b.mul(range(b, rows * columns), end / (rows * columns - 1)), [rows, columns]), [1, 0]);
  const recurrent = (options: typeof LIF_NORSE) => {
    const weight = line(0.5, 10, 20);
    const recurrentWeight = line(-2, 10, 10);
    const rest = b.fromData(times(10, 0), [1, 10]);
    const inputs = times(10, 1).map(() => times(20, 1));
    return runFrom(b, [1, 20], inputs, { v: rest, i: rest }, (s, x, last) => {
      const drive = b.add(b.matmul(x, weight), b.matmul(last ?? rest, recurrentWeight));
      return lifStep(b, parameters, s, drive, options);
    }).trace;
  };
  const raster = (out: readonly number[][]): string[] => out.map((row) => row.join(''));
  test('a recurrent layer, voltage-first', () => {
    const { out, v } = recurrent(LIF_NORSE_VOLTAGE_FIRST);
    expect(raster(out)).toEqual([
      '0000000000',
      '0000000000',
      '0000111111',
      '0011111111',
      '0000001111',
      '0000110000',
      '0000000111',
      '0001011011',
      '0110100111',
      '0000011001',
    ]);
    close(v[3].slice(0, 4), [0.2325, 0.7219, 0, 0]);
  });
  test('a recurrent layer, jump-first', () => {
    const { out, v } = recurrent(LIF_NORSE);
    expect(raster(out)).toEqual([
      '0000000000',
      '0000111111',
      '0001000011',
      '0010111111',
      '0000000000',
      '0001011111',
      '0000100000',
      '0000011111',
      '0011100011',
      '0100011100',
    ]);
    close(v[2].slice(0, 4), [0.1537, 0.5219, 0.8902, 0]);
  });
});

describe('rnnbuilder, tau 5, input 0.6', () => {
  const beta = b.exp(b.div(-1, 5));
  const parameters = { beta, threshold: 1 };
  test('LIF', () => {
    const { out, v } = runOne(b, times(6, 0.6), { v: zero }, (s, x) => leakyStep(b, parameters, s, x, LEAKY_RNNBUILDER));
    expect(out).toEqual([0, 1, 0, 1, 0, 1]);
    close(v, [0.6, 0.09124, 0.6747, 0.1524, 0.72477, 0.19339]);
  });
  test('NoReset', () => {
    const { out, v } = runOne(b, times(6, 0.6), { v: zero }, (s, x) => noResetStep(b, parameters, s, x, NO_RESET_RNNBUILDER));
    expect(out).toEqual([0, 1, 1, 1, 1, 1]);
    close(v, [0.6, 1.09124, 1.49343, 1.82272, 2.09232, 2.31304]);
  });
  test('Cooldown: one unit above, one below the threshold', () => {
    const sign = b.fromData(cooldownSigns(2), [2]);
    const start = { v: b.fromData([0, 0], [1, 2]) };
    const inputs = times(6, 0.6).map((x) => [x, x]);
    const { trace } = runFrom(b, [1, 2], inputs, start, (s, x) => cooldownStep(b, { ...parameters, sign }, s, x, COOLDOWN_RNNBUILDER));
    expect(trace.out).toEqual([
      [0, 1],
      [0, 1],
      [0, 1],
      [0, 1],
      [1, 0],
      [1, 0],
    ]);
    close(
      trace.v.map(([v]) => v),
      [0.33029, 0.60072, 0.82212, 1.00339, 1.1518, 1.27331],
    );
    expect([...cooldownSigns(5)]).toEqual([1, 1, -1, -1, -1]);
  });
  test('Discontinuous has no state', () => {
    const { out } = runOne(b, [0.9, 1, 1.1], {}, (s, x) => discontinuousStep(b, { threshold: 1 }, s, x));
    expect(out).toEqual([0, 0, 1]);
  });
});

describe('snnTorch', () => {
  const leaky = (inputs: number[], options: LeakyOptions) =>
    runOne(b, inputs, { v: zero }, (s, x) => leakyStep(b, { beta: 0.9, threshold: 1 }, s, x, options));
  const synaptic = (options: SynapticOptions) =>
    runOne(b, times(6, 0.4), { v: zero, i: zero }, (s, x) => synapticStep(b, { alpha: 0.5, beta: 0.9, threshold: 1 }, s, x, options));
  const undelayed = { revokeReset: true, detachReset: false };
  test('Leaky, beta 0.9, input 0.6', () => {
    const x = times(6, 0.6);
    const subtract = leaky(x, LEAKY_SNNTORCH);
    close(subtract.v, [0.6, 1.14, 0.626, 1.1634, 0.64706, 1.18235]);
    expect(subtract.out).toEqual([0, 1, 0, 1, 0, 1]);
    close(leaky(x, LEAKY_SNNTORCH_ZERO).v, [0.6, 1.14, 0.6, 1.14, 0.6, 1.14]);
    close(leaky(x.slice(2), { ...LEAKY_SNNTORCH, resetMode: 'none' }).v, [0.6, 1.14, 1.626, 2.0634]);
    const immediate = leaky(x, { ...LEAKY_SNNTORCH, ...undelayed });
    close(immediate.v, [0.6, 0.14, 0.726, 0.2534, 0.82806, 0.34525]);
    expect(immediate.out).toEqual([0, 1, 0, 1, 0, 1]);
    close(leaky(x.slice(2), { ...LEAKY_SNNTORCH_ZERO, ...undelayed }).v, [0.6, 0, 0.6, 0]);
  });
  test('reset_delay=False is silent above the threshold; the immediate reset of this library is not', () => {
    const x = [3, 0, 0, 0];
    const quirk = leaky(x, { ...LEAKY_SNNTORCH, ...undelayed });
    close(quirk.v, [2, 1.8, 1.62, 1.458]);
    expect(quirk.out).toEqual([1, 0, 0, 0]);
    const right = leaky(x, { ...LEAKY_SNNTORCH, resetTiming: 'immediate' });
    expect(right.out).toEqual([1, 1, 0, 0]);
    const delayed = leaky(x, LEAKY_SNNTORCH);
    close(delayed.v.slice(0, 3), [3, 1.7, 0.53]);
    expect(delayed.out).toEqual([1, 1, 0, 0]);
  });
  test('Synaptic, alpha 0.5, beta 0.9, input 0.4', () => {
    const subtract = synaptic(SYNAPTIC_SNNTORCH);
    close(subtract.i, [0.4, 0.6, 0.7, 0.75, 0.775, 0.7875]);
    close(subtract.v, [0.4, 0.96, 1.564, 1.1576, 0.81684, 1.52266]);
    expect(subtract.out).toEqual([0, 0, 1, 1, 0, 1]);
    close(synaptic({ ...SYNAPTIC_SNNTORCH, resetMode: 'zero' }).v, [0.4, 0.96, 1.564, 0, 0.775, 1.485]);
  });
});
