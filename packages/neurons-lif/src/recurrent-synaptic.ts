/**
 * The leaky neuron with a synaptic current and a connection to itself: its own last spike enters the current with the weight `recurrence`.
 *
 *   i = alpha i + x + recurrence z
 *   u = beta v + i
 *   z = [u > threshold]
 *   v = u - z threshold, or 0 where z, or u
 *
 * Connections among neurons are the caller's: `synaptic` with `z_previous W` added to its input.
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
import { type SynapticOptions, synapticStep } from './synaptic.ts';

/** `alpha`, `beta` without unit, 0 to 1; `threshold`, `recurrence` in units of the membrane. */
export type RecurrentSynapticParameters<T> = Parameters<'alpha' | 'beta' | 'threshold' | 'recurrence', T>;

/** Membrane `v`, synaptic current `i` and last spike `z`, all `[B, ...N]`. */
export type RecurrentSynapticState<T> = State<'v' | 'i' | 'z', T>;

/** Immediate, detached reset by subtraction, strict comparison, triangular surrogate. */
export const RECURRENT_SYNAPTIC_DEFAULTS: SynapticOptions = {
  clampDecay: false,
  resetMode: 'subtract',
  resetTiming: 'immediate',
  revokeReset: false,
  detachReset: true,
  comparison: '>',
  surrogate: /* @__PURE__ */ triangle({ width: 2 }),
};

/** One step: input `[B, ...N]` to spikes `[B, ...N]` and the next state. */
export function recurrentSynapticStep<T extends TensorMeta>(
  b: Backend<T>,
  { alpha, beta, threshold, recurrence }: RecurrentSynapticParameters<T>,
  { v, i, z }: RecurrentSynapticState<T>,
  input: T,
  options: SynapticOptions = RECURRENT_SYNAPTIC_DEFAULTS,
): StepResult<RecurrentSynapticState<T>, T> {
  const [spikes, next] = synapticStep(b, { alpha, beta, threshold }, { v, i }, b.add(input, b.mul(recurrence, z)), options);
  return [spikes, { v: next.v, i: next.i, z: spikes }];
}

/** The model as data: what `@snn/nn` makes a layer of. */
export const recurrentSynaptic: NeuronModel<
  keyof RecurrentSynapticParameters<unknown>,
  keyof RecurrentSynapticState<unknown>,
  SynapticOptions
> = {
  name: 'recurrentSynaptic',
  parameters: {
    alpha: { default: 0.8, unit: '1', constraint: 'unit', description: 'part of the synaptic current that is left after a step' },
    beta: { default: 0.9, unit: '1', constraint: 'unit', description: 'part of the membrane that is left after a step' },
    threshold: { default: 1, unit: '1', constraint: 'none', description: 'membrane above which the neuron fires' },
    recurrence: { default: 1, unit: '1', constraint: 'none', description: 'what the own spike adds to the current one step later' },
  },
  states: ['v', 'i', 'z'],
  options: RECURRENT_SYNAPTIC_DEFAULTS,
  check: (parameters, options, state, input) =>
    checkNeuron(
      recurrentSynaptic,
      { resetMode: ['subtract', 'zero', 'none'], resetTiming: ['immediate', 'before-update', 'after-update'], comparison: ['>', '>='] },
      parameters,
      options,
      state,
      input,
    ),
  initialState: (b, _, shape) => ({ v: rest(b, 0, shape), i: rest(b, 0, shape), z: rest(b, 0, shape) }),
  step: recurrentSynapticStep,
};

/**
 * snnTorch `RSynaptic`, every reset; `all_to_all=False` is this model, V its `recurrence`; otherwise use `synaptic` with these options and the
 * recurrent input added. `reset_delay=False` fails in the origin.
 */
export const RECURRENT_SYNAPTIC_SNNTORCH: SynapticOptions = {
  clampDecay: true,
  resetMode: 'subtract',
  resetTiming: 'after-update',
  revokeReset: false,
  detachReset: true,
  comparison: '>',
  surrogate: /* @__PURE__ */ arctan(),
};
