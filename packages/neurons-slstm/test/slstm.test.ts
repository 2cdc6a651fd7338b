// The dense spiking LSTM: numbers the origin computed, the LSTM it is without reset, resets, inhibition, levels, refusals, gradients.

import { gradcheck } from '@snn/autodiff';
import { reference } from '@snn/backend-conformance';
import {
  at,
  type Backend,
  type CustomOp,
  normal,
  quantizationLevels,
  randomKey,
  sigmoid,
  stateQuantization,
  stream,
  sumAll,
  type TensorMeta,
} from '@snn/core';
import { sigmoid as sigmoidSurrogate } from '@snn/surrogates';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SLSTM_DEFAULTS, SLSTM_SNNTORCH, type SlstmOptions, type SlstmParameters, slstm, slstmStep, winner } from '../src/index.ts';

const b = reference();
type Tensor = ReturnType<typeof b.fromData>;
const draw = (seed: number, name: string, shape: readonly number[], deviation = 0.6): Tensor =>
  b.fromData(
    normal(
      stream(randomKey(seed), name),
      shape.reduce((n, m) => n * m, 1),
      0,
      deviation,
    ),
    shape,
  );
const read = (x: Tensor): number[] => [...b.readSync(x)];
const close = (actual: readonly number[], expected: readonly number[], digits = 12): void => {
  expect(actual).toHaveLength(expected.length);
  for (const [n, x] of actual.entries()) expect(x, `at ${n}`).toBeCloseTo(expected[n], digits);
};
const argument = (message: string) => expect.objectContaining({ code: 'argument', message: expect.stringContaining(message) });
const shape = (message: string) => expect.objectContaining({ code: 'shape', message: expect.stringContaining(message) });

const [B, I, N] = [3, 2, 4];
const parametersOf = (seed: number, threshold = 0.1): SlstmParameters<Tensor> => ({
  weightInput: draw(seed, 'input', [I, 4 * N]),
  weightRecurrent: draw(seed, 'recurrent', [N, 4 * N]),
  bias: draw(seed, 'bias', [4 * N]),
  threshold,
});
function run(parameters: SlstmParameters<Tensor>, inputs: readonly Tensor[], options: SlstmOptions, start?: { v: Tensor; c: Tensor }) {
  let state = start ?? slstm.initialState(b, parameters, [inputs[0].shape[0], parameters.weightRecurrent.shape[0]], options);
  const steps: { z: number[]; v: number[]; c: number[] }[] = [];
  for (const x of inputs) {
    const [z, next] = slstmStep(b, parameters, state, x, options);
    state = next;
    steps.push({ z: read(z), v: read(next.v), c: read(next.c) });
  }
  return { steps, state };
}
const inputsOf = (seed: number, steps = 12): Tensor[] => Array.from({ length: steps }, (_, t) => draw(seed, `x${t}`, [B, I], 1.5));

describe('one neuron with all weights and biases 1, threshold 0.5, input 1, as in snnTorch', () => {
  const one = (n: number): Tensor => b.fromData(new Array<number>(4 * n).fill(1), [1, 4 * n]);
  // torch adds two biases of 1
  const parameters = { weightInput: one(1), weightRecurrent: one(1), bias: 2, threshold: 0.5 };
  const inputs = new Array<Tensor>(4).fill(b.fromData([1], [1, 1]));
  const numbers = (resetMode: SlstmOptions['resetMode']) => {
    const { steps } = run(parameters, inputs, { ...SLSTM_SNNTORCH, resetMode });
    return { z: steps.flatMap(({ z }) => z), v: steps.flatMap(({ v }) => v), c: steps.flatMap(({ c }) => c) };
  };
  test('none', () => {
    const { z, v, c } = numbers('none');
    close(v.slice(0, 3), [0.703775, 0.933239, 0.974168], 6);
    close(c.slice(0, 3), [0.947863, 1.899857, 2.843416], 6);
    expect(z).toEqual([1, 1, 1, 1]);
  });
  test('subtract and zero', () => {
    const subtract = numbers('subtract');
    close(subtract.v, [0.703775, 0.433239, 0.96169, 0.480207], 6);
    expect(subtract.z).toEqual([1, 0, 1, 0]);
    const zero = numbers('zero');
    close(zero.v, [0.703775, 0, 0.944937, 0], 6);
    close(zero.c.slice(0, 3), [0.947863, 1.899857, 2.757618], 6);
  });
});

describe('memory', () => {
  test('without reset it is an LSTM, state for state, with inputs and neurons in any number', () => {
    fc.assert(
      fc.property(fc.nat({ max: 1e6 }), (seed) => {
        const parameters = parametersOf(seed);
        const inputs = inputsOf(seed);
        const { steps } = run(parameters, inputs, SLSTM_DEFAULTS);
        const [wx, wh, bias] = [parameters.weightInput, parameters.weightRecurrent, parameters.bias as Tensor].map(read);
        const s = (x: number): number => 1 / (1 + Math.exp(-x));
        let h = new Array<number>(B * N).fill(0);
        let c = new Array<number>(B * N).fill(0);
        for (const [t, input] of inputs.entries()) {
          const x = read(input);
          const gate = (row: number, n: number): number => {
            let sum = bias[n];
            for (let k = 0; k < I; k++) sum += x[row * I + k] * wx[k * 4 * N + n];
            for (let k = 0; k < N; k++) sum += h[row * N + k] * wh[k * 4 * N + n];
            return sum;
          };
          const next = h.map((_, at) => {
            const [row, n] = [Math.floor(at / N), at % N];
            const cell = s(gate(row, N + n)) * c[at] + s(gate(row, n)) * Math.tanh(gate(row, 2 * N + n));
            return { cell, h: s(gate(row, 3 * N + n)) * Math.tanh(cell) };
          });
          c = next.map(({ cell }) => cell);
          h = next.map(({ h: x }) => x);
          close(steps[t].v, h);
          close(steps[t].c, c);
        }
      }),
      { numRuns: 15 },
    );
  });
  test('the state makes a difference when inputs and neurons differ in number', () => {
    const parameters = parametersOf(3);
    const x = draw(3, 'x', [B, I]);
    const { steps } = run(parameters, [x, x, x], SLSTM_SNNTORCH);
    expect(Math.max(...steps[0].v.map((v, n) => Math.abs(v - steps[1].v[n])))).toBeGreaterThan(0.01);
    expect(Math.max(...steps[1].v.map((v, n) => Math.abs(v - steps[2].v[n])))).toBeGreaterThan(0.001);
  });
  test('rows of a batch do not touch each other, and a run may be cut anywhere', () => {
    const parameters = parametersOf(4);
    const inputs = inputsOf(4);
    const options: SlstmOptions = { ...SLSTM_DEFAULTS, resetMode: 'subtract', inhibition: true };
    const whole = run(parameters, inputs, options);
    const half = run(parameters, inputs.slice(0, 5), options);
    expect(run(parameters, inputs.slice(5), options, half.state).steps).toEqual(whole.steps.slice(5));
    const lastRow = inputs.map((x) => b.slice(x, [B - 1, 0], [1, I]));
    const alone = run(parameters, lastRow, options).steps;
    for (const [t, { v, z }] of alone.entries()) {
      close(v, whole.steps[t].v.slice((B - 1) * N));
      expect(z).toEqual(whole.steps[t].z.slice((B - 1) * N));
    }
  });
});

describe('inhibition', () => {
  const parameters = parametersOf(5, 0.05);
  const inputs = inputsOf(5, 30);
  test('lets the largest membrane of each row fire, and no other', () => {
    const { steps } = run(parameters, inputs, { ...SLSTM_DEFAULTS, inhibition: true });
    let silenced = 0;
    for (const { z, v } of steps)
      for (let row = 0; row < B; row++) {
        const own = v.slice(row * N, (row + 1) * N);
        const top = own.indexOf(Math.max(...own));
        expect(z.slice(row * N, (row + 1) * N)).toEqual(own.map((x, n) => (n === top && x > 0.05 ? 1 : 0)));
        silenced += own.filter((x, n) => n !== top && x > 0.05).length;
      }
    expect(silenced).toBeGreaterThan(10);
  });
  test('only who fired is reset', () => {
    const options: SlstmOptions = { ...SLSTM_DEFAULTS, inhibition: true, resetMode: 'subtract' };
    const first = run(parameters, inputs.slice(0, 1), options);
    const x = inputs[1];
    const [, next] = slstmStep(b, parameters, first.state, x, options);
    const [, free] = slstmStep(b, parameters, first.state, x, { ...options, resetMode: 'none' });
    const taken = read(free.v).map((v, n) => v - read(next.v)[n]);
    close(
      taken,
      first.steps[0].z.map((z) => 0.05 * z),
    );
    expect(first.steps[0].z).toContain(1);
  });
  test('of equal membranes the first wins', () => {
    expect(read(winner(b, b.fromData([0.2, 0.5, 0.5, -1, -3, -1], [2, 3])))).toEqual([0, 1, 0, 1, 0, 0]);
    expect(read(winner(b, b.fromData([0, 1, 7, 2], [1, 1, 2, 2])))).toEqual([0, 0, 1, 0]);
  });
});

test('levels: membrane and cell take no other values', () => {
  const levels = quantizationLevels({ bits: 3, threshold: 0.4, lower: 1, upper: 1 });
  const { steps } = run(parametersOf(6), inputsOf(6), { ...SLSTM_DEFAULTS, quantization: stateQuantization(levels), resetMode: 'zero' });
  const seen = new Set(steps.flatMap(({ v, c }) => [...v, ...c]));
  for (const x of seen) expect(levels).toContain(x);
  expect(seen.size).toBeGreaterThan(4);
});

describe('check', () => {
  const check =
    (changed: object, options: object = {}) =>
    () =>
      slstm.check?.({ ...parametersOf(1), ...changed }, { ...SLSTM_DEFAULTS, ...options });
  const state = { v: draw(1, 'v', [B, N]), c: draw(1, 'c', [B, N]) };
  const fits =
    (changed: object, states: object = {}, input = draw(1, 'x', [B, I])) =>
    () =>
      slstm.check?.({ ...parametersOf(1), ...changed }, SLSTM_DEFAULTS, { ...state, ...states }, input);
  test('accepts defaults and presets', () => {
    for (const options of [SLSTM_DEFAULTS, SLSTM_SNNTORCH, { resetMode: 'zero' }, { quantization: stateQuantization([0, 1]) }])
      expect(check({}, options)).not.toThrow();
    expect(fits({})).not.toThrow();
    expect(fits({ bias: 0, threshold: draw(1, 'threshold', [N]) })).not.toThrow();
  });
  test.each([
    [
      check({ threshold: 1 }),
      'slstm: threshold is 1, but the membrane o tanh(c) stays below 1, so no neuron can ever fire; choose a smaller one, such as 0.1.',
    ],
    [check({ threshold: 3 }), 'so no neuron can ever fire'],
    [
      check({ threshold: 0.8 }, { quantization: stateQuantization([-1, 0, 0.7]) }),
      'the membrane takes no level above 0.7, so no neuron can ever fire',
    ],
    [check({ threshold: 1.1 }, { quantization: stateQuantization([-1, 0, 1, 1.2]) }), 'the membrane takes no level above 1, so'],
    [check({ threshold: 0.7 }, { quantization: stateQuantization([-1, 0, 0.7]) }), 'takes no level above 0.7'],
    [check({}, { quantization: [0, 1] }), 'slstm: quantization must be null or made by stateQuantization of @snn/core.'],
    [check({}, { resetMode: 'to' }), "slstm: resetMode must be 'none' or 'subtract' or 'zero', but is to."],
    [check({}, { inhibition: 1 }), 'slstm: inhibition must be true or false'],
    [check({}, { detachReset: true }), "slstm: there is no option 'detachReset'"],
    [check({ threshold: Number.NaN }), 'slstm: threshold is NaN.'],
    [fits({ weightInput: 0.1 }), 'slstm: weightInput must be a tensor of shape [2, 16], but is a number.'],
    [fits({ weightRecurrent: undefined }), 'slstm: weightRecurrent must be a tensor of shape [4, 16], but is missing.'],
    [fits({}, { v: undefined }), 'slstm: the state variable v must be a tensor of shape [3, 4], but is missing.'],
    [fits({}, { c: undefined }), 'slstm: the state variable c must be a tensor of shape [3, 4], but is missing.'],
  ])('refuses %#', (refused, message) => {
    expect(refused).toThrow(argument(message));
  });
  test.each([
    [fits({ weightInput: draw(1, 'w', [4 * N, I]) }), 'slstm: weightInput must have the shape [2, 16], but has [16, 2].'],
    [fits({ bias: draw(1, 'w', [N]) }), 'slstm: bias must have the shape [16], but has [4].'],
    [fits({ threshold: draw(1, 'w', [N + 1]) }), 'slstm: threshold of shape [5] does not fit states of shape [3, 4].'],
    [fits({}, { v: draw(1, 'v', [B + 1, N]) }), 'slstm: the state variable v must have the shape [3, 4], but has [4, 4].'],
    [fits({}, {}, draw(1, 'x', [I])), 'slstm: the input must be [B, I], but is [2].'],
  ])('refuses shapes %#', (refused, message) => {
    expect(refused).toThrow(shape(message));
  });
  test('a threshold of 1 can be reached by a level above it', () => {
    expect(check({ threshold: 1 }, { quantization: stateQuantization([0, 0.9, 1.05]) })).not.toThrow();
    expect(check({ threshold: 0.7 }, { quantization: stateQuantization([-1, 0, 0.7]), comparison: '>=' })).not.toThrow();
  });
});

test('gradients are the slopes of a smooth step', () => {
  const SHARPNESS = 3;
  const options: SlstmOptions = { ...SLSTM_DEFAULTS, surrogate: sigmoidSurrogate({ sharpness: SHARPNESS }) };
  const smooth = <T extends TensorMeta>(c: Backend<T>): Backend<T> => ({
    ...c,
    customGrad: (op: CustomOp, ...inputs: readonly T[]): T =>
      c.customGrad(op.name.startsWith('spike') ? { ...op, forward: (d, x) => sigmoid(d, d.mul(x, SHARPNESS)) } : op, ...inputs),
  });
  const leaves = {
    inputs: draw(8, 'x', [4, B, I]),
    weightInput: draw(8, 'input', [I, 4 * N]),
    weightRecurrent: draw(8, 'recurrent', [N, 4 * N]),
    bias: draw(8, 'bias', [4 * N]),
    threshold: draw(8, 'threshold', [N], 0.1),
    v: draw(8, 'v', [B, N], 0.3),
    c: draw(8, 'c', [B, N]),
  };
  const f = <T extends TensorMeta>(backend: Backend<T>, { inputs, v, c, ...parameters }: { [K in keyof typeof leaves]: T }): T => {
    const d = smooth(backend);
    let state = { v, c };
    let total = d.fromData([0], []);
    for (let t = 0; t < 4; t++) {
      const [z, next] = slstmStep(d, parameters, state, at(d, inputs, t), options);
      state = next;
      total = d.add(total, sumAll(d, d.mul(z, (t + 1) / 10)));
    }
    return d.add(total, d.add(sumAll(d, d.mul(state.v, state.v)), sumAll(d, state.c)));
  };
  for (let seed = 0; seed < 4; seed++) expect(gradcheck(b, f, leaves, { seed })).toMatchObject({ ok: true });
});
