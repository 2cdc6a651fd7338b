// Short runs whose numbers were computed by the origins, or can be followed by hand.

import { reference } from '@snn/backend-conformance';
import { linear, type State, type StepResult } from '@snn/core';
import { describe, expect, test } from 'vitest';
import {
  ADA_LIF_NORSE,
  ADAPTIVE_RNNBUILDER,
  ALIF_DEFAULTS,
  ALIF_LSNN2018,
  adaLifStep,
  adaptiveStep,
  adLifStep,
  alif,
  alifStep,
  delayedWeight,
  delayState,
  delayStep,
  LIF_ADEX_NORSE,
  LIF_EX_NORSE,
  LSNN_DEFAULTS,
  LSNN_NORSE,
  LSNN_NORSE_PARAMETERS,
  lifAdexStep,
  lifExStep,
  lsnn,
  lsnnStep,
  seAdLifStep,
} from '../src/index.ts';
import { run, type Trace } from './over-time.ts';

const b = reference();
type Tensor = ReturnType<typeof b.fromData>;
const scalar = (x: number): Tensor => b.fromData([x], [1, 1]);
const zero = scalar(0);
const times = (n: number, x: number): number[] => new Array<number>(n).fill(x);

/** One neuron over time: numbers instead of rows. */
const one = <N extends string>(
  inputs: readonly number[],
  start: State<N, Tensor>,
  step: (state: State<N, Tensor>, x: Tensor, last: Tensor | null) => StepResult<State<N, Tensor>, Tensor>,
): Readonly<Record<N | 'out', readonly number[]>> => {
  const trace: Trace<N> = run(
    b,
    [1, 1],
    inputs.map((x) => [x]),
    start,
    step,
  ).trace;
  return Object.fromEntries(
    Object.entries<readonly (readonly number[])[]>(trace).map(([name, rows]) => [name, rows.map(([x]) => x)]),
  ) as Record<N | 'out', number[]>;
};
const close = (actual: readonly number[], expected: readonly number[], digits = 5): void => {
  expect(actual).toHaveLength(expected.length);
  actual.forEach((x, n) => {
    expect(x, `step ${n}`).toBeCloseTo(expected[n], digits);
  });
};

describe('norse lsnn', () => {
  const start = lsnn.initialState<Tensor>(b, LSNN_NORSE_PARAMETERS, [1, 1], LSNN_NORSE);
  const forward = { ...LSNN_NORSE, detachReset: false, detachAdaptation: false };
  test('input 20, with the 800 s that norse ships', () => {
    const { out, v, i, b: threshold } = one(times(6, 20), start, (s, x) => lsnnStep(b, LSNN_NORSE_PARAMETERS, s, x, forward));
    expect(out).toEqual([0, 1, 1, 1, 0, 1]);
    close(v, [0, 0, 0, 0, 5.904, 0]);
    close(i, [20, 36, 48.8, 59.04, 67.232, 73.7856]);
    close(threshold, [1, 2.8, 4.599998, 6.399993, 6.399986, 8.19998]);
  });
  test('input 20, with the 800 ms that are meant', () => {
    const parameters = { ...LSNN_NORSE_PARAMETERS, tauAdapt: 0.8 };
    const { out, b: threshold } = one(times(6, 20), start, (s, x) => lsnnStep(b, parameters, s, x, forward));
    expect(out).toEqual([0, 1, 1, 1, 0, 1]);
    close(threshold, [1, 2.8, 4.59775, 6.393252, 6.386511, 8.179778]);
  });
  test('input 1: an input reaches the membrane in the next step; after a spike the threshold stays up', () => {
    const { out, v, i, b: threshold } = one(times(8, 1), start, (s, x) => lsnnStep(b, LSNN_NORSE_PARAMETERS, s, x, forward));
    expect(out).toEqual([0, 0, 0, 0, 0, 0, 1, 0]);
    close(i.slice(0, 2), [1, 1.8]);
    close([i[6], threshold[6], threshold[7], v[7]], [3.95142, 2.8, 2.799998, 0.39514]);
  });
  test('recurrent, input 20, weights 1 and -5', () => {
    const weight = scalar(-5);
    const {
      out,
      v,
      i,
      b: threshold,
    } = one(times(5, 20), start, (s, x, z) => lsnnStep(b, LSNN_NORSE_PARAMETERS, s, z ? b.add(x, linear(b, z, weight)) : x, LSNN_NORSE));
    expect(out).toEqual([0, 1, 1, 0, 1]);
    close(v, [0, 0, 0, 4.38, 0]);
    close(i, [20, 36, 43.8, 50.04, 60.032]);
    close(threshold, [1, 2.8, 4.599998, 4.599993, 6.399989]);
  });
});

test('lsnn by default: the offset begins at 0, falls before the test, and the threshold that was crossed is subtracted', () => {
  // e^(-dt / tau) is 1/2 for all three
  const half = 1e-3 / Math.log(2);
  const parameters = { tau: half, tauSynapse: half, tauAdapt: half, leak: 0, threshold: 1, reset: 7, beta: 0.5 };
  const start = lsnn.initialState<Tensor>(b, parameters, [1, 1], LSNN_DEFAULTS);
  const { out, v, i, b: offset } = one([3, 2, 0], start, (s, x) => lsnnStep(b, parameters, s, x));
  close(out, [1, 1, 0]); //  3/2 > 1;  1/4 + 7/4 > 5/4;  3/8 + 7/8 < 1 + 3/8
  close(v, [0.5, 0.75, 1.25], 12);
  close(i, [1.5, 1.75, 0.875], 12);
  close(offset, [0.5, 0.75, 0.375], 12);
});

test('norse ada_lif, input 20', () => {
  const {
    out,
    v,
    i,
    b: current,
  } = one(times(5, 20), { v: zero, i: zero, b: zero }, (s, x) => adaLifStep(b, LSNN_NORSE_PARAMETERS, s, x, ADA_LIF_NORSE));
  expect(out).toEqual([0, 1, 1, 1, 1]);
  close(v, [0, 1, 3.32, 6.508, 10.2212]);
  close(i, [20, 36, 48.8, 59.04, 67.232]);
  close(current, [0, 1.8, 3.599998, 5.399993, 7.199986]);
});

describe('norse exponential neurons, input 1', () => {
  const parameters = { tau: 10e-3, tauSynapse: 5e-3, leak: 0, threshold: 1, reset: 0, sharpness: 0.5 };
  test('lif-ex', () => {
    const { out, v } = one(times(8, 1), { v: zero, i: zero }, (s, x) => lifExStep(b, parameters, s, x, LIF_EX_NORSE));
    close(v, [0.10677, 0.28447, 0.51197, 0.77482, 0, 0.37569, 0.74761, 0]);
    expect(out).toEqual([0, 0, 0, 0, 1, 0, 0, 1]);
  });
  test('lif-adex', () => {
    const adapting = { ...parameters, tauAdapt: 0.5, coupling: 4, jump: 0.02 };
    const { v, a } = one(times(8, 1), { v: zero, i: zero, a: zero }, (s, x) => lifAdexStep(b, adapting, s, x, LIF_ADEX_NORSE));
    close(v, [0.10677, 0.28447, 0.51189, 0.77442, 0, 0.37235, 0.74118, 0]);
    close(a, [0, 0.000854, 0.003128, 0.007217, 0.033398, 0.033331, 0.036243, 0.0621]);
  });
});

describe('alif', () => {
  const parameters = { tau: 20e-3, tauAdapt: 0.2, threshold: 0.01, beta: 1.6, refractory: 0, height: 1 };
  const start = alif.initialState<Tensor>(b, parameters, [1, 1], ALIF_LSNN2018);
  test('LSNN-official, input 0.05: fires on the old membrane, is lowered one step later', () => {
    const { out, v } = one(times(10, 0.05), start, (s, x) => alifStep(b, parameters, s, x, ALIF_LSNN2018));
    expect(out).toEqual([0, 0, 0, 0, 0, 1, 0, 0, 0, 0]);
    close(v, [0.002439, 0.004758, 0.006965, 0.009063, 0.01106, 0.012959, -0.003214, -0.000619, 0.00185, 0.004198], 6);
  });
  test('by default it fires on the new membrane, one step earlier', () => {
    const { out } = one(times(6, 0.05), start, (s, x) => alifStep(b, parameters, s, x));
    expect(out).toEqual([0, 0, 0, 0, 1, 0]);
  });
  test('is silent for `refractory` steps after a spike, however strong the input', () => {
    for (const [refractory, expected] of [
      [0, '11111111'],
      [2, '10010010'],
      [3, '10001000'],
    ] as const) {
      const { out } = one(times(8, 100), start, (s, x) => alifStep(b, { ...parameters, beta: 0, refractory }, s, x, ALIF_DEFAULTS));
      expect(out.join('')).toBe(expected);
    }
  });
  test('refractory periods may differ between neurons', () => {
    const refractory = b.fromData([0, 1, 3], [3]);
    const state = alif.initialState<Tensor>(b, { ...parameters, refractory }, [1, 3], ALIF_DEFAULTS);
    const { out } = run(b, [1, 3], new Array<number[]>(5).fill([100, 100, 100]), state, (s, x) =>
      alifStep(b, { ...parameters, beta: 0, refractory }, s, x),
    ).trace;
    expect(out.map((row) => row.join(''))).toEqual(['111', '100', '110', '100', '111']);
  });
  test('the height of a spike scales what is sent and what is adapted to, not the reset', () => {
    const twice = one(times(7, 0.05), start, (s, x) => alifStep(b, { ...parameters, height: 2 }, s, x, ALIF_LSNN2018));
    expect(twice.out).toEqual([0, 0, 0, 0, 0, 2, 0]);
    const rise = (1 - Math.exp(-1 / 200)) * 2;
    close(twice.b, [0, 0, 0, 0, 0, 0, rise], 12);
    const kept = Math.exp(-1 / 20);
    close([twice.v[6]], [kept * twice.v[5] + (1 - kept) * 0.05 - (0.01 + 1.6 * rise)], 12);
  });
});

test('rnnbuilder Adaptive, input 0.6', () => {
  const parameters = { beta: Math.exp(-1 / 5), rho: Math.exp(-1 / 5), gamma: 0.25, threshold: 1 };
  const { out, v, b: rise } = one(times(6, 0.6), { v: zero, b: zero }, (s, x) => adaptiveStep(b, parameters, s, x, ADAPTIVE_RNNBUILDER));
  expect(out.join('')).toBe('001001');
  close(v, [0.6, 1.09124, 0.49343, 1.00399, 1.42199, 0.59665]);
  close(rise, [0, 0, 0.25, 0.20468, 0.16758, 0.3872]);
});

describe('adLIF', () => {
  // e^(-dt / tau) is 1/2 for both
  const half = 1e-3 / Math.log(2);
  const parameters = { tau: half, tauAdapt: half, threshold: 1, a: 0.5, c: 1, q: 2 };
  test('symplectic: the adaptation follows the new membrane and spikes', () => {
    const { out, v, w } = one([4, 4, 1], { v: zero, w: zero }, (s, x) => seAdLifStep(b, parameters, s, x));
    expect(out).toEqual([1, 1, 0]); // 2;  (4 - 1) / 2;  (1 - 3/2) / 2
    close(v, [0, 0, -0.25], 12);
    close(w, [1, 1.5, 0.625], 12);
  });
  test('Euler: the adaptation follows those of the step before', () => {
    const { out, v, w } = one([4, 4, 1, 0], { v: zero, w: zero, z: zero }, (s, x) => adLifStep(b, parameters, s, x));
    expect(out).toEqual([1, 1, 0, 0]); // 2;  2;  (1 - 1) / 2;  -3/2 / 2
    close(v, [0, 0, 0, -0.75], 12);
    close(w, [0, 1, 1.5, 0.75], 12);
  });
});

test('delays: each weight arrives after its own number of steps', () => {
  const weight = b.fromData([1, 10, 100, 1000], [2, 2]);
  const delay = b.fromData([0, 2, 1, 0], [2, 2]);
  const parameters = { weight: delayedWeight(b, weight, delay, 3) };
  const inputs = [
    [1, 1],
    [0, 0],
    [0, 0],
    [2, 0],
    [0, 0],
    [0, 0],
    [0, 0],
  ];
  const { out } = run(b, [1, 2], inputs, delayState(b, parameters, 1), (s, x) => delayStep(b, parameters, s, x)).trace;
  expect(out).toEqual([
    [1, 1000],
    [100, 0],
    [0, 10],
    [2, 0],
    [0, 0],
    [0, 20],
    [0, 0],
  ]);
});
