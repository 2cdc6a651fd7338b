// What must be equal to what: orders, presets, forms of one parameter, and ways to cut a run. Random inputs and parameters.

import { reference } from '@snn/backend-conformance';
import { plainCpu } from '@snn/backend-cpu';
import { normal, type Operand, randomKey, type State, stream, type TensorMeta, uniform } from '@snn/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  COOLDOWN_DEFAULTS,
  cooldownStep,
  INTEGRATE_AND_FIRE_DEFAULTS,
  integrateAndFireStep,
  LEAKY_DEFAULTS,
  LEAKY_RNNBUILDER,
  LEAKY_SNNTORCH07,
  LEAKY_TRACETORCH,
  LIF_BOX_DEFAULTS,
  LIF_DEFAULTS,
  leakyStep,
  lifBoxStep,
  lifStep,
  NO_RESET_DEFAULTS,
  noResetStep,
  SYNAPTIC_DEFAULTS,
  synapticStep,
} from '../src/index.ts';
import { type Readable, runFrom } from './over-time.ts';

const exact = reference();
const single = plainCpu();
const B = 3;
const N = 4;
const T = 40;
const SHAPE = [B, N];
const seeds = fc.nat({ max: 1e6 });
const runs = { numRuns: 15 };

/** Inputs of T steps, enough to fire now and then. */
const inputsOf = (seed: number, scale: number): number[][] =>
  Array.from({ length: T }, (_, t) => [...normal(stream(randomKey(seed), `x${t}`), B * N, scale / 2, scale)]);
const numberOf = (seed: number, name: string, low: number, high: number): number => uniform(stream(randomKey(seed), name), 1, low, high)[0];
const zeros = <X extends TensorMeta>(b: Readable<X>): X => b.fromData(new Array<number>(B * N).fill(0), SHAPE);
const closeRows = (a: readonly number[][], c: readonly number[][], factor = 1): void => {
  a.forEach((row, t) => {
    row.forEach((x, n) => {
      expect(x * factor, `step ${t}`).toBeCloseTo(c[t][n], 9);
    });
  });
};
const spikes = (out: readonly number[][]): number => out.flat().reduce((sum, z) => sum + z, 0);

describe('orders and origins', () => {
  test('jump-first is voltage-first one step earlier', () => {
    fc.assert(
      fc.property(seeds, fc.constantFrom('euler', 'exponential'), fc.constantFrom('to', 'subtract'), (seed, decay, resetMode) => {
        const inputs = inputsOf(seed, 2);
        const parameters = { tau: numberOf(seed, 'tau', 4e-3, 3e-2), tauSynapse: 5e-3, leak: 0, threshold: 1, reset: -0.2 };
        const run = (order: 'jump-first' | 'voltage-first') => {
          const start = { v: zeros(exact), i: zeros(exact) };
          const options = { ...LIF_DEFAULTS, order, decay, resetMode } as const;
          return runFrom(exact, SHAPE, inputs, start, (s, x) => lifStep(exact, parameters, s, x, options)).trace;
        };
        const jump = run('jump-first');
        const voltage = run('voltage-first');
        expect(voltage.out.slice(1)).toEqual(jump.out.slice(0, -1));
        closeRows(voltage.v.slice(1), jump.v.slice(0, -1));
        expect(spikes(jump.out)).toBeGreaterThan(0);
      }),
      runs,
    );
  });
  test('lif with an Euler synapse of tauSynapse = dt is lif-box', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const inputs = inputsOf(seed, 6);
        const parameters = { tau: 8e-3, tauSynapse: 1e-3, leak: 0.1, threshold: 1, reset: 0 };
        const start = { v: zeros(exact), i: zeros(exact) };
        const full = runFrom(exact, SHAPE, inputs, start, (s, x) =>
          lifStep(exact, parameters, s, x, { ...LIF_DEFAULTS, decay: 'euler' }),
        ).trace;
        const box = runFrom(exact, SHAPE, inputs, { v: zeros(exact) }, (s, x) =>
          lifBoxStep(exact, parameters, s, x, { ...LIF_BOX_DEFAULTS, decay: 'euler' }),
        ).trace;
        expect(full.out).toEqual(box.out);
        closeRows(full.v, box.v);
        expect(spikes(box.out)).toBeGreaterThan(0);
      }),
      runs,
    );
  });
  test('lif is synaptic in other units: alpha and beta 1 - rate, threshold / (1 - beta), v = (1 - beta) mem', () => {
    fc.assert(
      fc.property(seeds, fc.constantFrom('to', 'subtract'), (seed, resetMode) => {
        const inputs = inputsOf(seed, 2);
        const [tau, tauSynapse] = [numberOf(seed, 'tau', 4e-3, 3e-2), numberOf(seed, 'tauSynapse', 2e-3, 1e-2)];
        const [beta, alpha] = [1 - 1e-3 / tau, 1 - 1e-3 / tauSynapse];
        const parameters = { tau, tauSynapse, leak: 0, threshold: 1, reset: 0 };
        const start = { v: zeros(exact), i: zeros(exact) };
        const a = runFrom(exact, SHAPE, inputs, start, (s, x) =>
          lifStep(exact, parameters, s, x, { ...LIF_DEFAULTS, decay: 'euler', resetMode }),
        ).trace;
        const options = { ...SYNAPTIC_DEFAULTS, resetMode: resetMode === 'to' ? 'zero' : 'subtract' } as const;
        const c = runFrom(exact, SHAPE, inputs, start, (s, x) =>
          synapticStep(exact, { alpha, beta, threshold: 1 / (1 - beta) }, s, x, options),
        ).trace;
        expect(a.out).toEqual(c.out);
        closeRows(c.v, a.v, 1 - beta);
        closeRows(c.i, a.i, alpha);
        expect(spikes(a.out)).toBeGreaterThan(0);
      }),
      runs,
    );
  });
  test('lif-box is leaky in other units', () => {
    fc.assert(
      fc.property(seeds, fc.constantFrom('to', 'subtract'), (seed, resetMode) => {
        const inputs = inputsOf(seed, 5);
        const tau = numberOf(seed, 'tau', 2e-3, 3e-2);
        const beta = Math.exp(-1e-3 / tau);
        const a = runFrom(exact, SHAPE, inputs, { v: zeros(exact) }, (s, x) =>
          lifBoxStep(exact, { tau, leak: 0, threshold: 1, reset: 0 }, s, x, { ...LIF_BOX_DEFAULTS, resetMode }),
        ).trace;
        const options = { ...LEAKY_DEFAULTS, resetMode: resetMode === 'to' ? 'zero' : 'subtract' } as const;
        const c = runFrom(exact, SHAPE, inputs, { v: zeros(exact) }, (s, x) =>
          leakyStep(exact, { beta, threshold: 1 / (1 - beta) }, s, x, options),
        ).trace;
        expect(a.out).toEqual(c.out);
        closeRows(c.v, a.v, 1 - beta);
      }),
      runs,
    );
  });
  test('rnnbuilder, traceTorch 0.19.2 and snnTorch 0.7 subtract the same; snnTorch 0.7 only stores the membrane before its reset', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const inputs = inputsOf(seed, 0.8);
        const parameters = { beta: numberOf(seed, 'beta', 0.5, 0.95), threshold: 1 };
        const run = (options: typeof LEAKY_DEFAULTS) =>
          runFrom(exact, SHAPE, inputs, { v: zeros(exact) }, (s, x) => leakyStep(exact, parameters, s, x, options)).trace;
        const right = run(LEAKY_DEFAULTS);
        expect(spikes(right.out)).toBeGreaterThan(0);
        for (const preset of [LEAKY_RNNBUILDER, LEAKY_TRACETORCH]) {
          const trace = run(preset);
          expect(trace.out).toEqual(right.out);
          closeRows(trace.v, right.v);
        }
        const before = run(LEAKY_SNNTORCH07);
        expect(before.out).toEqual(right.out);
        closeRows(
          before.v.map((row, t) => row.map((v, n) => v - before.out[t][n])),
          right.v,
        );
      }),
      runs,
    );
  });
  test('no-reset is leaky with resetMode none', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const inputs = inputsOf(seed, 0.6);
        const parameters = { beta: 0.8, threshold: 1 };
        const a = runFrom(single, SHAPE, inputs, { v: zeros(single) }, (s, x) => noResetStep(single, parameters, s, x)).trace;
        const c = runFrom(single, SHAPE, inputs, { v: zeros(single) }, (s, x) =>
          leakyStep(single, parameters, s, x, { ...LEAKY_DEFAULTS, resetMode: 'none' }),
        ).trace;
        expect(a).toEqual(c);
      }),
      runs,
    );
  });
});

/** Every spiking neuron with its defaults, on the CPU. */
type Step = <X extends TensorMeta>(
  b: Readable<X>,
  parameter: (value: number) => Operand<X>,
  s: State<'v' | 'i', X>,
  x: X,
) => readonly [X, Partial<State<'v' | 'i', X>>];
const STEPS: Readonly<Record<string, Step>> = {
  lif: (b, p, s, x) =>
    lifStep(b, { tau: p(0.01), tauSynapse: p(0.005), leak: p(0.1), threshold: p(0.7), reset: p(-0.1) }, s, x, LIF_DEFAULTS),
  'lif, not detached, to': (b, p, s, x) =>
    lifStep(b, { tau: p(0.01), tauSynapse: p(0.005), leak: p(0.1), threshold: p(0.7), reset: p(-0.1) }, s, x, {
      ...LIF_DEFAULTS,
      resetMode: 'to',
      detachReset: false,
    }),
  'lif-box': (b, p, s, x) => lifBoxStep(b, { tau: p(0.003), leak: p(0.1), threshold: p(0.3), reset: p(0) }, s, x, LIF_BOX_DEFAULTS),
  'integrate-and-fire': (b, p, s, x) => integrateAndFireStep(b, { threshold: p(0.9), reset: p(0) }, s, x, INTEGRATE_AND_FIRE_DEFAULTS),
  leaky: (b, p, s, x) => leakyStep(b, { beta: p(0.9), threshold: p(0.7) }, s, x, LEAKY_DEFAULTS),
  'leaky, snnTorch 0.7': (b, p, s, x) => leakyStep(b, { beta: p(0.9), threshold: p(0.7) }, s, x, LEAKY_SNNTORCH07),
  synaptic: (b, p, s, x) => synapticStep(b, { alpha: p(0.7), beta: p(0.9), threshold: p(0.7) }, s, x, SYNAPTIC_DEFAULTS),
  'no-reset': (b, p, s, x) => noResetStep(b, { beta: p(0.9), threshold: p(0.7) }, s, x, NO_RESET_DEFAULTS),
  cooldown: (b, p, s, x) => cooldownStep(b, { beta: p(0.9), threshold: p(1), sign: p(1) }, s, x, COOLDOWN_DEFAULTS),
};

describe.each(Object.entries(STEPS))('%s', (_name, step) => {
  const start = (): State<'v' | 'i', ReturnType<typeof single.fromData>> => ({ v: zeros(single), i: zeros(single) });
  const numbers = (value: number): number => value;
  const run = (
    inputs: readonly number[][],
    parameter: (value: number) => Operand<ReturnType<typeof zeros<ReturnType<typeof single.fromData>>>> = numbers,
    from = start(),
  ) =>
    runFrom(single, SHAPE, inputs, from, (s, x) => {
      const [out, next] = step(single, parameter, s, x);
      return [out, { ...s, ...next }];
    });

  test('numbers, scalars and one value per neuron give the same bits', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const inputs = inputsOf(seed, 0.8);
        const { trace } = run(inputs);
        expect(spikes(trace.out)).toBeGreaterThan(0);
        expect(run(inputs, (value) => single.fromData([value], [])).trace).toEqual(trace);
        expect(run(inputs, (value) => single.fromData(new Array<number>(N).fill(value), [N])).trace).toEqual(trace);
      }),
      { numRuns: 5 },
    );
  });
  test('rows of a batch do not know of each other', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const inputs = inputsOf(seed, 0.8);
        const turn = (row: readonly number[]): number[] => [...row.slice(N), ...row.slice(0, N)];
        const { trace } = run(inputs);
        const turned = run(inputs.map(turn)).trace;
        expect(turned.out).toEqual(trace.out.map(turn));
        expect(turned.v).toEqual(trace.v.map(turn));
      }),
      { numRuns: 5 },
    );
  });
  test('a run may be cut anywhere', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: T - 1 }), (seed, cut) => {
        const inputs = inputsOf(seed, 0.8);
        const whole = run(inputs).trace;
        const head = run(inputs.slice(0, cut));
        const tail = run(inputs.slice(cut), numbers, head.state);
        expect([...head.trace.out, ...tail.trace.out]).toEqual(whole.out);
        expect([...head.trace.v, ...tail.trace.v]).toEqual(whole.v);
      }),
      { numRuns: 5 },
    );
  });
});

test('detaching the reset changes no value', () => {
  fc.assert(
    fc.property(seeds, fc.constantFrom('to', 'subtract'), (seed, resetMode) => {
      const inputs = inputsOf(seed, 2);
      const parameters = { tau: 0.01, tauSynapse: 0.005, leak: 0.05, threshold: 0.7, reset: -0.13 };
      const run = (detachReset: boolean) =>
        runFrom(single, SHAPE, inputs, { v: zeros(single), i: zeros(single) }, (s, x) =>
          lifStep(single, parameters, s, x, { ...LIF_DEFAULTS, resetMode, detachReset }),
        ).trace;
      const { out, v, i } = run(true);
      const attached = run(false);
      expect(attached.out).toEqual(out);
      expect(attached.i).toEqual(i);
      // (1 - 1) u + (u - threshold) and (1 - 0) u + 0: the same numbers, but for the sign of a zero
      closeRows(attached.v, v);
      expect(attached.v.map((row) => row.map((x) => x + 0))).toEqual(v.map((row) => row.map((x) => x + 0)));
    }),
    runs,
  );
});
