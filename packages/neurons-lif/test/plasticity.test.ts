// Short-term plasticity and STDP: numbers the origin computed, the double sum over pairs of spikes, and kernels against pixels.

import { reference } from '@snn/backend-conformance';
import { conv2d, normal, randomKey, stream, uniform } from '@snn/core';
import { describe, expect, test } from 'vitest';
import {
  checkStdp,
  exponentialFilterStep,
  STDP_DEFAULTS,
  STDP_NORSE,
  STDP_PARAMETERS,
  type StdpOptions,
  stdpConv2dStep,
  stdpLinearStep,
  TSODYKS_MAKRAM_DEFAULTS,
  TSODYKS_MAKRAM_NORSE,
  tsodyksMakram,
  tsodyksMakramStep,
} from '../src/index.ts';
import { runOne } from './over-time.ts';

const b = reference();
const close = (actual: ArrayLike<number>, expected: ArrayLike<number>, digits = 12): void => {
  expect(actual).toHaveLength(expected.length);
  for (const [n, x] of Array.from(actual).entries()) expect(x, `at ${n}`).toBeCloseTo(expected[n], digits);
};
const bits = (name: string, length: number, rate = 0.4): number[] =>
  [...uniform(stream(randomKey(7), name), length)].map((x) => (x < rate ? 1 : 0));
const zeros = (shape: readonly number[]) => b.fromData(new Array<number>(shape.reduce((n, m) => n * m, 1)).fill(0), shape);

describe('Tsodyks-Makram', () => {
  const parameters = { tauFacilitation: 0.05, tauDepression: 0.75, utilization: 0.45 };
  test('as norse', () => {
    const start = { u: b.fromData([0], [1, 1]), x: b.fromData([1], [1, 1]) };
    const { out, u, x } = runOne(b, [1, 0, 0, 1, 1, 0], start, (s, z) => tsodyksMakramStep(b, parameters, s, z, TSODYKS_MAKRAM_NORSE));
    close(out, [0.45, 0, 0, 0.374295, 0.143759, 0], 6);
    close(u, [0.45, 0.441, 0.43218, 0.679055, 0.809899, 0.793701], 6);
    close(x, [0.45 + 0.1, 0.5506, 0.551199, 0.177503, 0.03484, 0.036127], 6);
  });
  test('its defaults depress; long facilitation and short depression facilitate; the first spike weighs `utilization`', () => {
    const peaks = (p: typeof parameters): number[] => {
      const start = tsodyksMakram.initialState(b, p, [1, 1], TSODYKS_MAKRAM_DEFAULTS);
      const spikes = Array.from({ length: 500 }, (_, t) => (t % 100 === 99 ? 1 : 0));
      return runOne(b, spikes, start, (s, z) => tsodyksMakramStep(b, p, s, z)).out.filter((y) => y > 0);
    };
    const depressing = peaks(parameters);
    const facilitating = peaks({ tauFacilitation: 0.75, tauDepression: 0.05, utilization: 0.15 });
    expect(depressing[0]).toBeCloseTo(0.45, 12);
    expect(facilitating[0]).toBeCloseTo(0.15, 12);
    for (let n = 1; n < 5; n++) {
      expect(depressing[n]).toBeLessThan(depressing[n - 1]);
      expect(facilitating[n]).toBeGreaterThan(facilitating[n - 1]);
    }
  });
});

describe('STDP', () => {
  const parameters = { ...STDP_PARAMETERS, ratePlus: 0.3, rateMinus: 0.1 };
  test.each([
    ['additive', [0.5, 0.50588, 0.50392]],
    ['additive-step', [0.5, 0.50588, 0.50392]],
    ['multiplicative-power', [0.5, 0.50349629, 0.50232476]],
    ['multiplicative', [0.5, 0.50294, 0.50195426]],
  ] as const)('before, after, before as norse: %s', (rule, expected) => {
    const options: StdpOptions = { ...STDP_NORSE, rule, exponent: 0.75 };
    let w = b.fromData([0.5], [1, 1]);
    let state = { pre: zeros([1, 1]), post: zeros([1, 1]) };
    const pairs = [
      [1, 0],
      [0, 1],
      [1, 0],
    ];
    const traces: number[] = [];
    for (const [n, [before, after]] of pairs.entries()) {
      [w, state] = stdpLinearStep(b, parameters, state, w, b.fromData([before], [1, 1]), b.fromData([after], [1, 1]), options);
      traces.push(b.readSync(state.pre)[0], b.readSync(state.post)[0]);
      // the origin ran in float32
      expect(b.readSync(w)[0]).toBeCloseTo(expected[n], 7);
    }
    close(traces, [0.02, 0, 0.0196, 0.02, 0.039208, 0.0196]);
  });
  test('the additive change is the sum over all pairs of spikes', () => {
    const [T, tau, dt] = [30, 20e-3, 1e-3];
    const [B, I, N] = [2, 3, 2];
    const before = Array.from({ length: T }, (_, t) => bits(`before${t}`, B * I));
    const after = Array.from({ length: T }, (_, t) => bits(`after${t}`, B * N));
    const p = { ...parameters, tauPre: tau, tauPost: tau };
    let w = zeros([I, N]);
    let state = { pre: zeros([B, I]), post: zeros([B, N]) };
    for (let t = 0; t < T; t++)
      [w, state] = stdpLinearStep(b, p, state, w, b.fromData(before[t], [B, I]), b.fromData(after[t], [B, N]), {
        ...STDP_DEFAULTS,
        bounded: false,
      });
    const kappa = 1 - Math.exp(-dt / tau);
    const expected: number[] = [];
    for (let i = 0; i < I; i++)
      for (let n = 0; n < N; n++) {
        let sum = 0;
        for (let row = 0; row < B; row++)
          for (let s = 0; s < T; s++)
            for (let t = 0; t < T; t++) {
              if (!before[s][row * I + i] || !after[t][row * N + n]) continue;
              if (s <= t) sum += 0.3 * kappa * Math.exp((-dt * (t - s)) / tau);
              if (t <= s) sum -= 0.1 * kappa * Math.exp((-dt * (s - t)) / tau);
            }
        expected.push(sum);
      }
    close(b.readSync(w), expected, 11);
    expect(Math.max(...expected)).toBeGreaterThan(0.1);
  });
  test('weights stay within their bounds, and the soft rules stop there by themselves', () => {
    for (const rule of ['additive', 'multiplicative', 'multiplicative-power', 'additive-step'] as const) {
      let w = b.fromData([-0.4, 0.29, 0, 0.5], [2, 2]);
      let state = { pre: zeros([1, 2]), post: zeros([1, 2]) };
      for (let t = 0; t < 40; t++) {
        const options: StdpOptions = { ...STDP_DEFAULTS, rule, exponent: 0.5, minimum: -0.5, maximum: 0.3 };
        const p = { ...parameters, ratePlus: 30, rateMinus: 1 };
        [w, state] = stdpLinearStep(b, p, state, w, b.fromData(bits(`x${t}`, 2), [1, 2]), b.fromData(bits(`z${t}`, 2), [1, 2]), options);
        for (const x of b.readSync(w)) {
          expect(x).toBeGreaterThanOrEqual(-0.5);
          expect(x).toBeLessThanOrEqual(0.3);
        }
      }
    }
  });
  test.each([
    { stride: 1, padding: 0, dilation: 1 },
    { stride: 2, padding: 1, dilation: 1 },
    { stride: 1, padding: 2, dilation: 2 },
    { stride: 3, padding: 1, dilation: 2 },
  ])('of kernels is the sum over their pixels: %o', (geometry) => {
    const { stride, padding, dilation } = geometry;
    const [B, C, O, H, W, k] = [2, 2, 3, 7, 8, 3];
    const w = b.fromData(normal(randomKey(3), O * C * k * k, 0, 0.1), [O, C, k, k]);
    const [, , rows, columns] = conv2d(b, zeros([B, C, H, W]), w, geometry).shape;
    const before = bits('image', B * C * H * W);
    const after = bits('answer', B * O * rows * columns);
    const state = {
      pre: b.fromData(uniform(randomKey(4), before.length), [B, C, H, W]),
      post: b.fromData(uniform(randomKey(5), after.length), [B, O, rows, columns]),
    };
    const options = { ...STDP_DEFAULTS, bounded: false };
    const x = b.fromData(before, [B, C, H, W]);
    const z = b.fromData(after, [B, O, rows, columns]);
    const [next, traces] = stdpConv2dStep(b, parameters, state, w, x, z, options, geometry);
    const [pre, post] = [b.readSync(traces.pre), b.readSync(traces.post)];
    const expected = Array.from(b.readSync(w));
    for (let o = 0; o < O; o++)
      for (let c = 0; c < C; c++)
        for (let i = 0; i < k; i++)
          for (let j = 0; j < k; j++)
            for (let n = 0; n < B; n++)
              for (let r = 0; r < rows; r++)
                for (let s = 0; s < columns; s++) {
                  const [y, u] = [r * stride + i * dilation - padding, s * stride + j * dilation - padding];
                  if (y < 0 || y >= H || u < 0 || u >= W) continue;
                  const from = ((n * C + c) * H + y) * W + u;
                  const to = ((n * O + o) * rows + r) * columns + s;
                  expected[((o * C + c) * k + i) * k + j] += 0.3 * pre[from] * after[to] - 0.1 * before[from] * post[to];
                }
    close(b.readSync(next), expected, 10);
  });
  test('refuses what cannot be', () => {
    const check =
      (p: object, options: object = {}) =>
      () =>
        checkStdp({ ...parameters, ...p }, { ...STDP_DEFAULTS, ...options });
    expect(check({}, STDP_NORSE)).not.toThrow();
    expect(check({ tauPre: 0 })).toThrow('stdp: tauPre is a time constant and must be above 0 s, but is 0.');
    expect(check({ tauPost: 1e-4 }, { decay: 'euler' })).toThrow('stdp: an Euler step of dt = 0.001 s is longer than tauPost');
    expect(check({}, { rule: 'hebb' })).toThrow("stdp: rule must be 'additive' or");
    expect(check({}, { minimum: 1, maximum: 1 })).toThrow('stdp: minimum must be below maximum');
    expect(check({}, { exponent: -1 })).toThrow('stdp: exponent must be at least 0');
    expect(check({}, { dt: 0 })).toThrow('stdp: dt must be');
  });
});

test('the exponential filter answers an impulse with e^(-t / tau)', () => {
  const { out } = runOne(b, [1, 0, 0, 0, 2], { v: zeros([1, 1]) }, (s, x) => exponentialFilterStep(b, { tau: 4e-3 }, s, x));
  close(out, [1, Math.exp(-0.25), Math.exp(-0.5), Math.exp(-0.75), Math.exp(-1) + 2]);
});
