/**
 * The spiking LSTM: an LSTM whose hidden state is a membrane. It sends spikes, but what returns to its own gates is the membrane.
 *
 *   [i f g o] = x W + v U + bias          i, f, o through the sigmoid, g through tanh
 *   c = f c + i g
 *   u = o tanh(c)
 *   R = [v > threshold]                   the spikes of the step before; a constant for the gradient
 *   v = u, or u - R threshold, or (1 - R) u
 *   z = [v > threshold]
 *
 * With `quantization`, c and v are then set to the nearest level. With `inhibition`, only the neuron with the largest v of each row fires.
 *
 * |o tanh(c)| < 1, so a threshold of 1 or more is never reached: `check` says so.
 */
import { type Backend, type NeuronModel, type Operand, rest, type State, type StepResult, shapeError, type TensorMeta } from '@snn/core';
import { arctan, triangle } from '@snn/surrogates';
import { cell, fire, type SlstmOptions } from './cell.ts';
import { checkCell, expectFits, expectTensor, THRESHOLD } from './check.ts';

/**
 * `weightInput` W `[I, 4 N]`, `weightRecurrent` U `[N, 4 N]` and `bias` `[4 N]` (or a number), each the gates i, f, g, o side by side: those of
 * torch's LSTMCell, transposed, and the sum of its two biases. `threshold` in units of the membrane.
 */
export interface SlstmParameters<T> {
  readonly weightInput: T;
  readonly weightRecurrent: T;
  readonly bias: Operand<T>;
  readonly threshold: Operand<T>;
}

/** Membrane `v` and cell `c`, both `[B, N]`. */
export type SlstmState<T> = State<'v' | 'c', T>;

/** No reset, no inhibition, no quantisation, strict comparison, triangular surrogate. */
export const SLSTM_DEFAULTS: SlstmOptions = {
  resetMode: 'none',
  inhibition: false,
  quantization: null,
  comparison: '>',
  surrogate: /* @__PURE__ */ triangle({ width: 2 }),
};

/** One step: input `[B, I]` to spikes `[B, N]` and the next state. */
export function slstmStep<T extends TensorMeta>(
  b: Backend<T>,
  { weightInput, weightRecurrent, bias, threshold }: SlstmParameters<T>,
  { v, c }: SlstmState<T>,
  input: T,
  options: SlstmOptions = SLSTM_DEFAULTS,
): StepResult<SlstmState<T>, T> {
  const [rows, neurons] = v.shape;
  const drive = b.add(b.add(b.matmul(input, weightInput), b.matmul(v, weightRecurrent)), bias);
  const gate = (n: number): T => b.slice(drive, [0, n * neurons], [rows, neurons]);
  const next = cell(b, { i: gate(0), f: gate(1), g: gate(2), o: gate(3) }, { v, c }, threshold, options);
  return [fire(b, next.v, threshold, options), next];
}

const weight = (description: string) => ({ default: 0, unit: '1', constraint: 'none', description }) as const;

/** The model as data. Its weights are tensors that whoever makes a layer of it draws; their defaults of 0 stand for that. */
export const slstm: NeuronModel<keyof SlstmParameters<unknown>, keyof SlstmState<unknown>, SlstmOptions> = {
  name: 'slstm',
  parameters: {
    weightInput: /* @__PURE__ */ weight('weights of the input, [I, 4 N], gates i, f, g, o'),
    weightRecurrent: /* @__PURE__ */ weight('weights of the membrane of the step before, [N, 4 N], gates i, f, g, o'),
    bias: /* @__PURE__ */ weight('constant drive of the gates, [4 N]'),
    threshold: THRESHOLD,
  },
  states: ['v', 'c'],
  options: SLSTM_DEFAULTS,
  check(parameters, options, state, input) {
    const { weightInput, weightRecurrent, bias, threshold } = parameters;
    checkCell(slstm, threshold, options);
    if (!state || !input) return;
    const { v, c } = state;
    if (input.shape.length !== 2) throw shapeError(`slstm: the input must be [B, I], but is [${input.shape.join(', ')}].`);
    const [rows, inputs] = input.shape;
    const neurons = (v ?? c)?.shape[1] ?? 0;
    expectTensor('slstm', 'the state variable v', v, [rows, neurons]);
    expectTensor('slstm', 'the state variable c', c, [rows, neurons]);
    expectTensor('slstm', 'weightInput', weightInput, [inputs, 4 * neurons]);
    expectTensor('slstm', 'weightRecurrent', weightRecurrent, [neurons, 4 * neurons]);
    if (typeof bias !== 'number') expectTensor('slstm', 'bias', bias, [4 * neurons]);
    expectFits('slstm', threshold, [rows, neurons]);
  },
  initialState: (b, _, shape) => ({ v: rest(b, 0, shape), c: rest(b, 0, shape) }),
  // `check` refuses numbers for weights
  step: (b, parameters, state, input, options) => slstmStep(b, parameters as SlstmParameters<typeof input>, state, input, options),
};

/**
 * snnTorch `SLSTM` as it is up to 0.7, with its default reset "none" (`{ ...SLSTM_SNNTORCH, resetMode: 'subtract' }` and `'zero'` are the other
 * two). From 0.8 on, the origin forgets its state in every step when inputs and neurons differ in number; no option does that.
 */
export const SLSTM_SNNTORCH: SlstmOptions = {
  resetMode: 'none',
  inhibition: false,
  quantization: null,
  comparison: '>',
  surrogate: /* @__PURE__ */ arctan(),
};
