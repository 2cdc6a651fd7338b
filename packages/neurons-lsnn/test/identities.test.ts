// What must be equal to what: orders, forms of the adaptation, limits that are other neurons, and ways to cut a run. Random inputs and
// parameters.

import { reference } from '@snn/backend-conformance';
import { plainCpu } from '@snn/backend-cpu';
import { linear, normal, randomKey, type State, stream, type TensorMeta, uniform } from '@snn/core';
import { LEAKY_DEFAULTS, LIF_DEFAULTS, leakyStep, lifStep } from '@snn/neurons-lif';
import fc from 'fast-check';
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
  delayState,
  delayStep,
  LIF_ADEX_DEFAULTS,
  LIF_EX_DEFAULTS,
  LSNN_DEFAULTS,
  lifAdexStep,
  lifExStep,
  lsnn,
  lsnnStep,
  SE_AD_LIF_DEFAULTS,
  seAdLifStep,
} from '../src/index.ts';
import { type Readable, run } from './over-time.ts';

const exact = reference();
const single = plainCpu();
const [T, B, N] = [40, 3, 4];
const SHAPE = [B, N];
const seeds = fc.nat({ max: 1e6 });
const runs = { numRuns: 15 };

/** Inputs of T steps, enough to fire now and then. */
const inputsOf = (seed: number, scale: number): number[][] =>
  Array.from({ length: T }, (_, t) => [...normal(stream(randomKey(seed), `x${t}`), B * N, scale / 2, scale)]);
const numberOf = (seed: number, name: string, low: number, high: number): number => uniform(stream(randomKey(seed), name), 1, low, high)[0];
const start = <X extends TensorMeta, K extends string>(b: Readable<X>, ...names: readonly K[]): State<K, X> =>
  Object.fromEntries(names.map((name) => [name, b.fromData(new Array<number>(B * N).fill(0), SHAPE)])) as State<K, X>;
const closeRows = (a: readonly (readonly number[])[], c: readonly (readonly number[])[], offset = 0): void => {
  expect(a).toHaveLength(c.length);
  a.forEach((row, t) => {
    row.forEach((x, n) => {
      expect(x + offset, `step ${t}`).toBeCloseTo(c[t][n], 9);
    });
  });
};
const spikes = (out: readonly (readonly number[])[]): number => out.flat().reduce((sum, z) => sum + z, 0);
const lsnnParameters = (seed: number) => ({
  tau: numberOf(seed, 'tau', 4e-3, 3e-2),
  tauSynapse: 5e-3,
  tauAdapt: numberOf(seed, 'tauAdapt', 0.02, 1),
  leak: 0,
  threshold: numberOf(seed, 'threshold', 0.5, 1.5),
  reset: -0.2,
  beta: numberOf(seed, 'beta', 0, 0.5),
});
const lifParameters = { tau: 0.01, tauSynapse: 5e-3, leak: 0.1, threshold: 1, reset: 0 };
const decays = fc.constantFrom('euler', 'exponential');
const resets = fc.constantFrom('to', 'subtract');

describe('lsnn', () => {
  test('the offset form is the threshold form with b = threshold + offset', () => {
    fc.assert(
      fc.property(seeds, decays, resets, fc.constantFrom('jump-first', 'voltage-first'), (seed, decay, resetMode, order) => {
        const inputs = inputsOf(seed, 2);
        const parameters = lsnnParameters(seed);
        const form = (adaptation: 'offset' | 'threshold') => {
          const options = { ...LSNN_DEFAULTS, decay, resetMode, order, adaptation };
          const begin = lsnn.initialState(exact, parameters, SHAPE, options);
          return run(exact, SHAPE, inputs, begin, (s, x) => lsnnStep(exact, parameters, s, x, options)).trace;
        };
        const offset = form('offset');
        const threshold = form('threshold');
        expect(threshold.out).toEqual(offset.out);
        closeRows(offset.v, threshold.v);
        closeRows(offset.b, threshold.b, parameters.threshold);
        expect(spikes(offset.out)).toBeGreaterThan(0);
      }),
      runs,
    );
  });
  test('jump-first is voltage-first one step earlier, when the adaptation begins at rest', () => {
    fc.assert(
      fc.property(seeds, decays, resets, (seed, decay, resetMode) => {
        const inputs = inputsOf(seed, 2);
        const parameters = lsnnParameters(seed);
        const ordered = (order: 'jump-first' | 'voltage-first') => {
          const options = { ...LSNN_DEFAULTS, order, decay, resetMode };
          return run(exact, SHAPE, inputs, start(exact, 'v', 'i', 'b'), (s, x) => lsnnStep(exact, parameters, s, x, options)).trace;
        };
        const jump = ordered('jump-first');
        const voltage = ordered('voltage-first');
        expect(voltage.out.slice(1)).toEqual(jump.out.slice(0, -1));
        closeRows(voltage.v.slice(1), jump.v.slice(0, -1));
        closeRows(voltage.b.slice(1), jump.b.slice(0, -1));
        expect(spikes(jump.out)).toBeGreaterThan(0);
      }),
      runs,
    );
  });
  test('without adaptation it is lif', () => {
    fc.assert(
      fc.property(seeds, resets, (seed, resetMode) => {
        const inputs = inputsOf(seed, 2);
        const parameters = { ...lifParameters, tauAdapt: 0.1, beta: 0 };
        const a = run(exact, SHAPE, inputs, start(exact, 'v', 'i', 'b'), (s, x) =>
          lsnnStep(exact, parameters, s, x, { ...LSNN_DEFAULTS, resetMode }),
        ).trace;
        const c = run(exact, SHAPE, inputs, start(exact, 'v', 'i'), (s, x) =>
          lifStep(exact, lifParameters, s, x, { ...LIF_DEFAULTS, resetMode }),
        ).trace;
        expect(a.out).toEqual(c.out);
        expect(a.v).toEqual(c.v);
        expect(a.i).toEqual(c.i);
        expect(spikes(a.out)).toBeGreaterThan(0);
      }),
      runs,
    );
  });
  test('adaptation removes spikes', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const inputs = inputsOf(seed, 3);
        const count = (beta: number): number =>
          spikes(
            run(exact, SHAPE, inputs, start(exact, 'v', 'i', 'b'), (s, x) =>
              lsnnStep(exact, { ...lifParameters, tauAdapt: 0.5, beta }, s, x, { ...LSNN_DEFAULTS, resetMode: 'to' }),
            ).trace.out,
          );
        expect(count(0.5)).toBeLessThan(count(0));
      }),
      runs,
    );
  });
});

describe('neurons whose adaptation is turned off', () => {
  test('ada-lif is lif', () => {
    fc.assert(
      fc.property(seeds, decays, (seed, decay) => {
        const inputs = inputsOf(seed, 2);
        const parameters = { ...lifParameters, tauAdapt: 0.1, beta: 0 };
        const a = run(exact, SHAPE, inputs, start(exact, 'v', 'i', 'b'), (s, x) =>
          adaLifStep(exact, parameters, s, x, { ...ADA_LIF_DEFAULTS, decay }),
        ).trace;
        const c = run(exact, SHAPE, inputs, start(exact, 'v', 'i'), (s, x) =>
          lifStep(exact, lifParameters, s, x, { ...LIF_DEFAULTS, decay }),
        ).trace;
        expect(a.out).toEqual(c.out);
        closeRows(a.v, c.v);
        expect(spikes(a.out)).toBeGreaterThan(0);
      }),
      runs,
    );
  });
  test('lif-adex is lif-ex, and that with a sharpness of almost 0 is lif', () => {
    fc.assert(
      fc.property(seeds, decays, (seed, decay) => {
        const inputs = inputsOf(seed, 2);
        const parameters = { ...lifParameters, sharpness: 0.4, tauAdapt: 0.1, coupling: 0, jump: 0 };
        const a = run(exact, SHAPE, inputs, start(exact, 'v', 'i', 'a'), (s, x) =>
          lifAdexStep(exact, parameters, s, x, { ...LIF_ADEX_DEFAULTS, decay }),
        ).trace;
        const ex = (sharpness: number) =>
          run(exact, SHAPE, inputs, start(exact, 'v', 'i'), (s, x) =>
            lifExStep(exact, { ...parameters, sharpness }, s, x, { ...LIF_EX_DEFAULTS, decay }),
          ).trace;
        expect(a.out).toEqual(ex(0.4).out);
        closeRows(a.v, ex(0.4).v);
        const c = run(exact, SHAPE, inputs, start(exact, 'v', 'i'), (s, x) =>
          lifStep(exact, lifParameters, s, x, { ...LIF_DEFAULTS, decay, resetMode: 'to' }),
        ).trace;
        expect(ex(1e-9).out).toEqual(c.out);
        closeRows(ex(1e-9).v, c.v, 0);
        expect(spikes(a.out)).toBeGreaterThan(0);
      }),
      runs,
    );
  });
  test('adaptive is leaky one step late', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const inputs = inputsOf(seed, 0.8);
        const beta = numberOf(seed, 'beta', 0.5, 0.95);
        const a = run(exact, SHAPE, inputs, start(exact, 'v', 'b'), (s, x) =>
          adaptiveStep(exact, { beta, rho: 0.9, gamma: 0, threshold: 1 }, s, x),
        ).trace;
        // v = beta v + x - z: the threshold is taken after the decay
        const options = { ...LEAKY_DEFAULTS, resetTiming: 'after-update' } as const;
        const c = run(exact, SHAPE, inputs, start(exact, 'v'), (s, x) => leakyStep(exact, { beta, threshold: 1 }, s, x, options)).trace;
        expect(a.out.slice(1)).toEqual(c.out.slice(0, -1));
        closeRows(a.v, c.v);
        expect(spikes(a.out)).toBeGreaterThan(0);
      }),
      runs,
    );
  });
  test('alif is leaky with the input (1 - beta) x and the reset after the decay', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const inputs = inputsOf(seed, 0.2);
        const tau = numberOf(seed, 'tau', 4e-3, 3e-2);
        const parameters = { tau, tauAdapt: 0.1, threshold: 0.05, beta: 0, refractory: 0, height: 1 };
        const a = run(exact, SHAPE, inputs, start(exact, 'v', 'b', 'z', 'r'), (s, x) => alifStep(exact, parameters, s, x)).trace;
        const beta = Math.exp(-1e-3 / tau);
        const options = { ...LEAKY_DEFAULTS, resetTiming: 'after-update' } as const;
        const c = run(
          exact,
          SHAPE,
          inputs.map((row) => row.map((x) => (1 - beta) * x)),
          start(exact, 'v'),
          (s, x) => leakyStep(exact, { beta, threshold: 0.05 }, s, x, options),
        ).trace;
        expect(a.out).toEqual(c.out);
        closeRows(a.v, c.v);
        expect(spikes(a.out)).toBeGreaterThan(0);
      }),
      runs,
    );
  });
  test('ad-lif and se-ad-lif are the same neuron', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const inputs = inputsOf(seed, 3);
        const parameters = { tau: 5e-3, tauAdapt: 0.1, threshold: 1, a: 0, c: 0, q: 120 };
        const a = run(exact, SHAPE, inputs, start(exact, 'v', 'w', 'z'), (s, x) => adLifStep(exact, parameters, s, x)).trace;
        const c = run(exact, SHAPE, inputs, start(exact, 'v', 'w'), (s, x) => seAdLifStep(exact, parameters, s, x)).trace;
        expect(a.out).toEqual(c.out);
        expect(a.v).toEqual(c.v);
        expect(spikes(a.out)).toBeGreaterThan(0);
      }),
      runs,
    );
  });
});

test('a free oscillation dies out in se-ad-lif, and grows in ad-lif when the coupling is strong', () => {
  const parameters = { tau: 5e-3, tauAdapt: 60e-3, threshold: 1e9, a: 1, c: 1, q: 120 };
  const nothing = Array.from({ length: 200 }, () => [0]);
  const one = (x: number) => exact.fromData([x], [1, 1]);
  const euler = run(exact, [1, 1], nothing, { v: one(0.5), w: one(0), z: one(0) }, (s, x) => adLifStep(exact, parameters, s, x)).trace;
  const symplectic = run(exact, [1, 1], nothing, { v: one(0.5), w: one(0) }, (s, x) => seAdLifStep(exact, parameters, s, x)).trace;
  const size = (rows: readonly (readonly number[])[], from: number): number =>
    Math.max(...rows.slice(from, from + 20).map(([x]) => Math.abs(x)));
  // the determinants of the two maps (v, w) -> (v, w)
  const [kept, keptAdapt] = [Math.exp(-1 / 5), Math.exp(-1 / 60)];
  const determinant = { euler: kept * keptAdapt + (1 - kept) * (1 - keptAdapt) * 120, symplectic: kept * keptAdapt };
  expect(determinant.euler).toBeGreaterThan(1);
  expect(size(euler.v, 180)).toBeGreaterThan(size(euler.v, 0));
  expect(size(symplectic.v, 180)).toBeLessThan(1e-6);
  // two steps of a linear map determine it: v w' - v' w shrinks by the determinant
  const [v, w] = [symplectic.v.map(([x]) => x), symplectic.w.map(([x]) => x)];
  const area = (t: number): number => v[t] * w[t + 1] - v[t + 1] * w[t];
  expect(area(5) / area(4)).toBeCloseTo(determinant.symplectic, 9);
});

describe('delays', () => {
  const tensor = (rows: readonly number[], shape: readonly number[]) => exact.fromData(rows, shape);
  const weights = (seed: number) => tensor([...normal(stream(randomKey(seed), 'w'), N * N)], [N, N]);
  test('without delay it is a linear map; with one delay for all, the map of an earlier input', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 3 }), (seed, delay, spare) => {
        const inputs = inputsOf(seed, 1);
        const weight = weights(seed);
        const delays = tensor(new Array<number>(N * N).fill(delay), [N, N]);
        const parameters = { weight: delayedWeight(exact, weight, delays, delay + 1 + spare) };
        const { out } = run(exact, SHAPE, inputs, delayState(exact, parameters, B), (s, x) => delayStep(exact, parameters, s, x)).trace;
        const plain = inputs.map((x) => [...exact.readSync(linear(exact, tensor(x, SHAPE), weight))]);
        closeRows(out.slice(delay), plain.slice(0, T - delay));
        for (const row of out.slice(0, delay)) expect(row.every((x) => x === 0)).toBe(true);
      }),
      runs,
    );
  });
  test('a buffer of one slot keeps nothing', () => {
    const weight = weights(1);
    const parameters = { weight: delayedWeight(exact, weight, tensor(new Array<number>(N * N).fill(0), [N, N]), 1) };
    const { trace } = run(exact, SHAPE, inputsOf(1, 1).slice(0, 3), delayState(exact, parameters, B), (s, x) =>
      delayStep(exact, parameters, s, x),
    );
    expect(trace.f.flat().every((x) => x === 0)).toBe(true);
  });
  test('what does not fit is refused', () => {
    const [weight, delay] = [weights(1), tensor(new Array<number>(N).fill(0), [1, N])];
    expect(() => delayedWeight(exact, weight, delay, 2)).toThrow(expect.objectContaining({ code: 'shape' }));
    expect(() => delayedWeight(exact, weight, weight, 0)).toThrow(expect.objectContaining({ code: 'argument' }));
    expect(() => delayedWeight(exact, weight, weight, 1.5)).toThrow('slots must be a whole number of at least 1, but is 1.5');
  });
});

const NEURONS = [
  {
    name: 'lsnn',
    names: ['v', 'i', 'b'],
    scale: 2,
    step: <X extends TensorMeta>(b: Readable<X>, threshold: number | X, detach: boolean, s: State<string, X>, x: X) =>
      lsnnStep(b, { ...lifParameters, threshold, tauAdapt: 0.1, beta: 0.3 }, s as State<'v' | 'i' | 'b', X>, x, {
        ...LSNN_DEFAULTS,
        detachReset: detach,
        detachAdaptation: detach,
      }),
  },
  {
    name: 'ada-lif',
    names: ['v', 'i', 'b'],
    scale: 2,
    step: <X extends TensorMeta>(b: Readable<X>, threshold: number | X, detachReset: boolean, s: State<string, X>, x: X) =>
      adaLifStep(b, { ...lifParameters, threshold, tauAdapt: 0.1, beta: 0.3 }, s as State<'v' | 'i' | 'b', X>, x, {
        ...ADA_LIF_DEFAULTS,
        detachReset,
      }),
  },
  {
    name: 'lif-adex',
    names: ['v', 'i', 'a'],
    scale: 2,
    step: <X extends TensorMeta>(b: Readable<X>, threshold: number | X, detachReset: boolean, s: State<string, X>, x: X) =>
      lifAdexStep(
        b,
        { ...lifParameters, threshold, tauAdapt: 0.1, sharpness: 0.5, coupling: 1, jump: 0.2 },
        s as State<'v' | 'i' | 'a', X>,
        x,
        { ...LIF_ADEX_DEFAULTS, detachReset },
      ),
  },
  {
    name: 'lif-ex',
    names: ['v', 'i'],
    scale: 2,
    step: <X extends TensorMeta>(b: Readable<X>, threshold: number | X, detachReset: boolean, s: State<string, X>, x: X) =>
      lifExStep(b, { ...lifParameters, threshold, sharpness: 0.5 }, s as State<'v' | 'i', X>, x, { ...LIF_EX_DEFAULTS, detachReset }),
  },
  {
    name: 'adaptive',
    names: ['v', 'b'],
    scale: 0.8,
    step: <X extends TensorMeta>(b: Readable<X>, threshold: number | X, detachReset: boolean, s: State<string, X>, x: X) =>
      adaptiveStep(b, { beta: 0.9, rho: 0.8, gamma: 0.2, threshold }, s as State<'v' | 'b', X>, x, { ...ADAPTIVE_DEFAULTS, detachReset }),
  },
  {
    name: 'alif',
    names: ['v', 'b', 'z', 'r'],
    scale: 5,
    step: <X extends TensorMeta>(b: Readable<X>, threshold: number | X, detachReset: boolean, s: State<string, X>, x: X) =>
      alifStep(b, { tau: 0.01, tauAdapt: 0.1, threshold, beta: 1, refractory: 2, height: 1 }, s as State<'v' | 'b' | 'z' | 'r', X>, x, {
        ...ALIF_DEFAULTS,
        detachReset,
      }),
  },
  {
    name: 'ad-lif',
    names: ['v', 'w', 'z'],
    scale: 5,
    step: <X extends TensorMeta>(b: Readable<X>, threshold: number | X, detachReset: boolean, s: State<string, X>, x: X) =>
      adLifStep(b, { tau: 0.01, tauAdapt: 0.1, threshold, a: 0.3, c: 1, q: 2 }, s as State<'v' | 'w' | 'z', X>, x, {
        ...AD_LIF_DEFAULTS,
        detachReset,
      }),
  },
  {
    name: 'se-ad-lif',
    names: ['v', 'w'],
    scale: 5,
    step: <X extends TensorMeta>(b: Readable<X>, threshold: number | X, detachReset: boolean, s: State<string, X>, x: X) =>
      seAdLifStep(b, { tau: 0.01, tauAdapt: 0.1, threshold, a: 0.3, c: 1, q: 2 }, s as State<'v' | 'w', X>, x, {
        ...SE_AD_LIF_DEFAULTS,
        detachReset,
      }),
  },
] as const;

describe.each(NEURONS)('$name', ({ names, scale, step }) => {
  const begin = () => start<ReturnType<typeof single.fromData>, string>(single, ...names);
  const whole = (inputs: number[][], state = begin(), threshold: number | ReturnType<typeof single.fromData> = 1, detach = true) =>
    run(single, SHAPE, inputs, state, (s, x) => step(single, threshold, detach, s, x));
  test('one number and one number per neuron give the same bits', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const inputs = inputsOf(seed, scale);
        const shared = whole(inputs).trace;
        const each = whole(inputs, begin(), single.fromData([1, 1, 1, 1], [N])).trace;
        expect(each).toEqual(shared);
        expect(spikes(shared.out)).toBeGreaterThan(0);
      }),
      { numRuns: 5 },
    );
  });
  test('the samples of a batch do not see each other', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const inputs = inputsOf(seed, scale);
        const turn = <X>(row: readonly X[]): X[] => [...row.slice(N), ...row.slice(0, N)];
        const { trace } = whole(inputs);
        const turned = whole(inputs.map(turn)).trace;
        for (const name of ['out', ...names]) expect(turned[name]).toEqual(trace[name].map(turn));
      }),
      { numRuns: 5 },
    );
  });
  test('a run may be cut anywhere', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: T - 1 }), (seed, cut) => {
        const inputs = inputsOf(seed, scale);
        const { trace } = whole(inputs);
        const head = whole(inputs.slice(0, cut));
        const tail = whole(inputs.slice(cut), head.state);
        for (const name of ['out', ...names]) expect([...head.trace[name], ...tail.trace[name]]).toEqual(trace[name]);
      }),
      { numRuns: 5 },
    );
  });
  test('detaching changes no value', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const inputs = inputsOf(seed, scale);
        const detached = whole(inputs).trace;
        const attached = whole(inputs, begin(), 1, false).trace;
        expect(attached.out).toEqual(detached.out);
        // but for the sign of a zero
        for (const name of names) closeRows(attached[name], detached[name]);
      }),
      { numRuns: 5 },
    );
  });
});
