// The convolutional spiking LSTM: what it is at one pixel and per pixel, pooling, resets, refusals, gradients.

import { gradcheck } from '@snn/autodiff';
import { reference } from '@snn/backend-conformance';
import { avgPool2d, type Backend, type CustomOp, maxPool2d, normal, randomKey, sigmoid, stream, sumAll, type TensorMeta } from '@snn/core';
import { sigmoid as sigmoidSurrogate } from '@snn/surrogates';
import { describe, expect, test } from 'vitest';
import {
  SCONV2D_LSTM_DEFAULTS,
  SCONV2D_LSTM_SNNTORCH,
  type Sconv2dLstmOptions,
  SLSTM_DEFAULTS,
  sconv2dLstm,
  sconv2dLstmStep,
  slstmStep,
} from '../src/index.ts';

const b = reference();
type Tensor = ReturnType<typeof b.fromData>;
const draw = (name: string, shape: readonly number[], deviation = 0.6): Tensor =>
  b.fromData(
    normal(
      stream(randomKey(2), name),
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

const [B, I, C, H, W] = [2, 2, 3, 5, 4];
const parameters = { weight: draw('weight', [4 * C, I + C, 3, 3]), bias: draw('bias', [4 * C]), threshold: 0.1 };
const start = { v: draw('v', [B, C, H, W], 0.3), c: draw('c', [B, C, H, W]) };
const x = draw('x', [B, I, H, W]);

test('with kernels of one pixel it is slstm at every pixel, gates in another order', () => {
  const weight = draw('pixel', [4 * C, I + C, 1, 1]);
  const [, state] = sconv2dLstmStep(b, { ...parameters, weight }, start, x);
  // [4 C, I + C] with gates i, f, o, g to [I + C, 4 C] with gates i, f, g, o
  const rows = b.reshape(weight, [4, C, I + C]);
  const gates = (t: Tensor, rest: number[]): Tensor =>
    b.concat(
      [0, 1, 3, 2].map((n) => b.slice(t, [n, 0, ...rest.map(() => 0)], [1, C, ...rest])),
      0,
    );
  const dense = b.permute(b.reshape(gates(rows, [I + C]), [4 * C, I + C]), [1, 0]);
  const pixels = (t: Tensor): Tensor => b.reshape(b.permute(t, [0, 2, 3, 1]), [B * H * W, t.shape[1]]);
  const [, expected] = slstmStep(
    b,
    {
      weightInput: b.slice(dense, [0, 0], [I, 4 * C]),
      weightRecurrent: b.slice(dense, [I, 0], [C, 4 * C]),
      bias: b.reshape(gates(b.reshape(parameters.bias, [4, C]), []), [4 * C]),
      threshold: 0.1,
    },
    { v: pixels(start.v), c: pixels(start.c) },
    pixels(x),
    SLSTM_DEFAULTS,
  );
  close(read(pixels(state.v)), read(expected.v));
  close(read(pixels(state.c)), read(expected.c));
});

test('the image keeps its size; what is fired is the membrane, or its pooled form', () => {
  const fired = (options: Partial<Sconv2dLstmOptions>) =>
    sconv2dLstmStep(b, parameters, start, x, { ...SCONV2D_LSTM_DEFAULTS, ...options });
  const [z, { v, c }] = fired({});
  expect([z.shape, v.shape, c.shape]).toEqual([start.v.shape, start.v.shape, start.v.shape]);
  expect(read(z)).toEqual(read(b.gt(v, 0.1)));
  const [largest, same] = fired({ pool: 'max' });
  expect(largest.shape).toEqual([B, C, 2, 2]);
  expect(read(same.v)).toEqual(read(v));
  expect(read(largest)).toEqual(read(b.gt(maxPool2d(b, v, 2), 0.1)));
  const [mean] = fired({ pool: 'average' });
  expect(read(mean)).toEqual(read(b.gt(avgPool2d(b, v, 2), 0.1)));
  expect(read(mean)).not.toEqual(read(largest));
});

test('resets by the membrane before the step, pooled or not', () => {
  const after = (resetMode: 'none' | 'subtract' | 'zero') =>
    read(sconv2dLstmStep(b, parameters, start, x, { ...SCONV2D_LSTM_SNNTORCH, pool: 'max', resetMode })[1].v);
  const owed = read(b.gt(start.v, 0.1));
  const free = after('none');
  close(
    after('subtract'),
    free.map((v, n) => v - 0.1 * owed[n]),
  );
  close(
    after('zero'),
    free.map((v, n) => v * (1 - owed[n])),
  );
});

test('inhibition leaves one spike for each image', () => {
  const [z] = sconv2dLstmStep(b, parameters, start, x, { ...SCONV2D_LSTM_DEFAULTS, inhibition: true });
  for (let row = 0; row < B; row++)
    expect(
      read(z)
        .slice(row * C * H * W, (row + 1) * C * H * W)
        .filter((s) => s === 1),
    ).toHaveLength(1);
});

describe('check', () => {
  const check =
    (changed: object, options: object = {}, states: object = {}) =>
    () =>
      sconv2dLstm.check?.({ ...parameters, ...changed }, { ...SCONV2D_LSTM_DEFAULTS, ...options }, { ...start, ...states }, x);
  test('accepts defaults and presets', () => {
    expect(check({})).not.toThrow();
    expect(check({ bias: 0 }, { ...SCONV2D_LSTM_SNNTORCH, pool: 'average', poolSize: 3 })).not.toThrow();
    expect(sconv2dLstm.initialState(b, parameters, [B, C, H, W], SCONV2D_LSTM_DEFAULTS).v.shape).toEqual([B, C, H, W]);
  });
  test.each([
    [check({ threshold: 1 }), 'sconv2dLstm: threshold is 1, but the membrane o tanh(c) stays below 1'],
    [check({}, { pool: 'median' }), "sconv2dLstm: pool must be 'none' or 'max' or 'average', but is median."],
    [check({}, { poolSize: 1.5 }), 'sconv2dLstm: poolSize must be a whole number of pixels of at least 1, but is 1.5.'],
    [check({ weight: draw('even', [4 * C, I + C, 2, 2]) }), 'the edge of the kernels must be odd'],
    [check({ weight: draw('long', [4 * C, I + C, 3, 1]) }), 'weight must have the shape [12, 5, 3, 3], but has [12, 5, 3, 1].'],
    [check({ weight: 0 }), 'sconv2dLstm: weight must be a tensor'],
    [check({ bias: draw('bias', [C]) }), 'sconv2dLstm: bias must have the shape [12], but has [3].'],
    [check({}, {}, { c: draw('c', [B, C, H, W + 1]) }), 'the state variable c must have the shape [2, 3, 5, 4], but has [2, 3, 5, 5].'],
  ])('refuses %#', (refused, message) => {
    expect(refused).toThrow(message);
  });
});

test('gradients are the slopes of a smooth step', () => {
  const options: Sconv2dLstmOptions = { ...SCONV2D_LSTM_DEFAULTS, pool: 'average', surrogate: sigmoidSurrogate({ sharpness: 3 }) };
  const leaves = { weight: parameters.weight, bias: parameters.bias, v: start.v, c: start.c, x };
  const f = <T extends TensorMeta>(d: Backend<T>, { weight, bias, v, c, x: input }: { [K in keyof typeof leaves]: T }): T => {
    const smooth: Backend<T> = {
      ...d,
      customGrad: (op: CustomOp, ...inputs: readonly T[]): T =>
        d.customGrad(op.name.startsWith('spike') ? { ...op, forward: (e, y) => sigmoid(e, e.mul(y, 3)) } : op, ...inputs),
    };
    const [z, next] = sconv2dLstmStep(smooth, { weight, bias, threshold: 0.1 }, { v, c }, input, options);
    return d.add(sumAll(d, z), d.add(sumAll(d, d.mul(next.v, next.v)), sumAll(d, next.c)));
  };
  for (let seed = 0; seed < 3; seed++) expect(gradcheck(b, f, leaves, { seed })).toMatchObject({ ok: true });
});
