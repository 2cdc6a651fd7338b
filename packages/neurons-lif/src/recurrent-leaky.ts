/**
 * The leaky neuron with a connection to itself: its own last spike comes back with the weight `recurrence`.
 *
 *   u = beta v + x + recurrence z
 *   z = [u > threshold]
 *   v = u - z threshold, or 0 where z, or u
 *
 * Connections among neurons are the caller's: `leaky` with `z_previous W` added to its input.
 */
import {
  type Backend,
  checkNeuron,
  type NeuronModel,
  type Parameters,
  rest,
  type State,
  type StepResult,
  type TensorMeta,
} from '@snn/core';
import { arctan, triangle } from '@snn/surrogates';
import { type LeakyOptions, leakyStep } from './leaky.ts';

/** `beta` without unit, 0 to 1; `threshold`, `recurrence` in units of the membrane. */
export type RecurrentLeakyParameters<T> = Parameters<'beta' | 'threshold' | 'recurrence', T>;

/** Membrane `v` and last spike `z`, both `[B, ...N]`. */
export type RecurrentLeakyState<T> = State<'v' | 'z', T>;

/** Immediate, detached reset by subtraction, strict comparison, triangular surrogate. */
export const RECURRENT_LEAKY_DEFAULTS: LeakyOptions = {
  clampDecay: false,
  resetMode: 'subtract',
  resetTiming: 'immediate',
  revokeReset: false,
  detachReset: true,
  comparison: '>',
  surrogate: /* @__PURE__ */ triangle({ width: 2 }),
};

/** One step: input `[B, ...N]` to spikes `[B, ...N]` and the next state. */
export function recurrentLeakyStep<T extends TensorMeta>(
  b: Backend<T>,
  { beta, threshold, recurrence }: RecurrentLeakyParameters<T>,
  { v, z }: RecurrentLeakyState<T>,
  input: T,
  options: LeakyOptions = RECURRENT_LEAKY_DEFAULTS,
): StepResult<RecurrentLeakyState<T>, T> {
  const [spikes, next] = leakyStep(b, { beta, threshold }, { v }, b.add(input, b.mul(recurrence, z)), options);
  return [spikes, { v: next.v, z: spikes }];
}

/** The model as data: what `@snn/nn` makes a layer of. */
export const recurrentLeaky: NeuronModel<keyof RecurrentLeakyParameters<unknown>, keyof RecurrentLeakyState<unknown>, LeakyOptions> = {
  name: 'recurrentLeaky',
  parameters: {
    beta: { default: 0.9, unit: '1', constraint: 'unit', description: 'part of the membrane that is left after a step' },
    threshold: { default: 1, unit: '1', constraint: 'none', description: 'membrane above which the neuron fires' },
    recurrence: { default: 1, unit: '1', constraint: 'none', description: 'what the own spike adds to the membrane one step later' },
  },
  states: ['v', 'z'],
  options: RECURRENT_LEAKY_DEFAULTS,
  check: (parameters, options, state, input) =>
    checkNeuron(
      recurrentLeaky,
      { resetMode: ['subtract', 'zero', 'none'], resetTiming: ['immediate', 'before-update', 'after-update'], comparison: ['>', '>='] },
      parameters,
      options,
      state,
      input,
    ),
  initialState: (b, _, shape) => ({ v: rest(b, 0, shape), z: rest(b, 0, shape) }),
  step: recurrentLeakyStep,
};

/**
 * snnTorch `RLeaky`, every reset: "subtract" is v = beta v + x + V z - R threshold, "zero" v = (1 - R) (beta v + x + V z), where R are the spikes
 * of the step before. `all_to_all=False` is this model, V its `recurrence`; otherwise use `leaky` with these options and the recurrent input
 * added. `reset_delay=False`: `{ ...RECURRENT_LEAKY_SNNTORCH, revokeReset: true, detachReset: false }`.
 */
export const RECURRENT_LEAKY_SNNTORCH: LeakyOptions = {
  clampDecay: true,
  resetMode: 'subtract',
  resetTiming: 'after-update',
  revokeReset: false,
  detachReset: true,
  comparison: '>',
  surrogate: /* @__PURE__ */ arctan(),
};
