/**
 * The spiking LSTM for images: its gates are one convolution over input and membrane, and its spikes may be pooled.
 *
 *   [i f o g] = conv([x, v], weight) + bias    i, f, o through the sigmoid, g through tanh; zeros around the image keep its size
 *   c = f c + i g
 *   u = o tanh(c)
 *   R = [v > threshold]                        the spikes of the step before; a constant for the gradient
 *   v = u, or u - R threshold, or (1 - R) u
 *   z = [pool(v) > threshold]
 *
 * Quantisation and inhibition are those of `slstm`; a row of the batch is all channels and pixels.
 *
 * |o tanh(c)| < 1, so a threshold of 1 or more is never reached: `check` says so.
 */
import {
  argumentError,
  avgPool2d,
  type Backend,
  conv2d,
  maxPool2d,
  type NeuronModel,
  type Operand,
  rest,
  type State,
  type StepResult,
  shapeError,
  type TensorMeta,
} from '@snn/core';
import { arctan, triangle } from '@snn/surrogates';
import { cell, fire, type SlstmOptions } from './cell.ts';
import { checkCell, expectFits, expectTensor, THRESHOLD } from './check.ts';

/**
 * `weight` `[4 C, I + C, k, k]`, k odd: gates i, f, o, g one after the other, each from the input's channels and then the membrane's. `bias`
 * `[4 C]` (or a number), `threshold` in units of the membrane.
 */
export interface Sconv2dLstmParameters<T> {
  readonly weight: T;
  readonly bias: Operand<T>;
  readonly threshold: Operand<T>;
}

/** Membrane `v` and cell `c`, both `[B, C, H, W]`. */
export type Sconv2dLstmState<T> = State<'v' | 'c', T>;

/** Static options. */
export interface Sconv2dLstmOptions extends SlstmOptions {
  /** What is compared with the threshold: the membrane, or the largest or the mean of each window of it. */
  readonly pool: 'none' | 'max' | 'average';
  /** Edge and stride of the windows, pixels. */
  readonly poolSize: number;
}

/** No reset, no inhibition, no quantisation, no pooling, strict comparison, triangular surrogate. */
export const SCONV2D_LSTM_DEFAULTS: Sconv2dLstmOptions = {
  resetMode: 'none',
  inhibition: false,
  quantization: null,
  pool: 'none',
  poolSize: 2,
  comparison: '>',
  surrogate: /* @__PURE__ */ triangle({ width: 2 }),
};

/** One step: input `[B, I, H, W]` to spikes `[B, C, H, W]` (or `[B, C, H / poolSize, W / poolSize]`, rounded down) and the next state. */
export function sconv2dLstmStep<T extends TensorMeta>(
  b: Backend<T>,
  { weight, bias, threshold }: Sconv2dLstmParameters<T>,
  { v, c }: Sconv2dLstmState<T>,
  input: T,
  options: Sconv2dLstmOptions = SCONV2D_LSTM_DEFAULTS,
): StepResult<Sconv2dLstmState<T>, T> {
  const [rows, channels, height, width] = v.shape;
  const product = conv2d(b, b.concat([input, v], 1), weight, { padding: (weight.shape[2] - 1) / 2 });
  const drive = b.add(product, typeof bias === 'number' ? bias : b.reshape(bias, [4 * channels, 1, 1]));
  const gate = (n: number): T => b.slice(drive, [0, n * channels, 0, 0], [rows, channels, height, width]);
  const next = cell(b, { i: gate(0), f: gate(1), o: gate(2), g: gate(3) }, { v, c }, threshold, options);
  const { pool, poolSize } = options;
  const seen = pool === 'none' ? next.v : (pool === 'max' ? maxPool2d : avgPool2d)(b, next.v, poolSize);
  return [fire(b, seen, threshold, options), next];
}

const weights = (description: string) => ({ default: 0, unit: '1', constraint: 'none', description }) as const;

/** The model as data. Its weights are tensors that whoever makes a layer of it draws; their defaults of 0 stand for that. */
export const sconv2dLstm: NeuronModel<keyof Sconv2dLstmParameters<unknown>, keyof Sconv2dLstmState<unknown>, Sconv2dLstmOptions> = {
  name: 'sconv2dLstm',
  parameters: {
    weight: /* @__PURE__ */ weights('kernels [4 C, I + C, k, k], gates i, f, o, g'),
    bias: /* @__PURE__ */ weights('constant drive of the gates, [4 C]'),
    threshold: THRESHOLD,
  },
  states: ['v', 'c'],
  options: SCONV2D_LSTM_DEFAULTS,
  check(parameters, options, state, input) {
    const { weight, bias, threshold } = parameters;
    const { poolSize } = options;
    checkCell(sconv2dLstm, threshold, options);
    if (!Number.isInteger(poolSize) || poolSize < 1)
      throw argumentError(`sconv2dLstm: poolSize must be a whole number of pixels of at least 1, but is ${String(poolSize)}.`);
    if (!state || !input) return;
    if (input.shape.length !== 4) throw shapeError(`sconv2dLstm: the input must be [B, I, H, W], but is [${input.shape.join(', ')}].`);
    const [rows, inputs, height, width] = input.shape;
    const channels = (state.v ?? state.c)?.shape[1] ?? 0;
    expectTensor('sconv2dLstm', 'the state variable v', state.v, [rows, channels, height, width]);
    expectTensor('sconv2dLstm', 'the state variable c', state.c, [rows, channels, height, width]);
    const size = typeof weight === 'number' ? 1 : weight.shape[2];
    expectTensor('sconv2dLstm', 'weight', weight, [4 * channels, inputs + channels, size, size]);
    if (size % 2 === 0)
      throw argumentError(`sconv2dLstm: the edge of the kernels must be odd, so that the image keeps its size, but is ${size}.`);
    if (typeof bias !== 'number') expectTensor('sconv2dLstm', 'bias', bias, [4 * channels]);
    expectFits('sconv2dLstm', threshold, [rows, channels, height, width]);
  },
  initialState: (b, _, shape) => ({ v: rest(b, 0, shape), c: rest(b, 0, shape) }),
  // `check` refuses numbers for weights
  step: (b, parameters, state, input, options) =>
    sconv2dLstmStep(b, parameters as Sconv2dLstmParameters<typeof input>, state, input, options),
};

/** snnTorch `SConv2dLSTM` with its default reset "none"; `max_pool`, `avg_pool` are `{ ...SCONV2D_LSTM_SNNTORCH, pool: 'max', poolSize: 2 }`. */
export const SCONV2D_LSTM_SNNTORCH: Sconv2dLstmOptions = {
  resetMode: 'none',
  inhibition: false,
  quantization: null,
  pool: 'none',
  poolSize: 2,
  comparison: '>',
  surrogate: /* @__PURE__ */ arctan(),
};
