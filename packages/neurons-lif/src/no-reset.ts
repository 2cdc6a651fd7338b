/**
 * The leaky neuron without reset: it fires in every step in which its membrane is above the threshold.
 *
 *   v = beta v + x
 *   z = [v > threshold]
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
import { type Comparison, type Surrogate, spike, triangle } from '@snn/surrogates';

/** `beta` without unit, 0 to 1; `threshold` in units of the membrane. */
export type NoResetParameters<T> = Parameters<'beta' | 'threshold', T>;

/** Membrane `v`, `[B, ...N]`. */
export type NoResetState<T> = State<'v', T>;

/** Static options. */
export interface NoResetOptions {
  /** What happens exactly at the threshold. */
  readonly comparison: Comparison;
  /** Stands in for the derivative of the spike. */
  readonly surrogate: Surrogate;
}

/** Strict comparison, triangular surrogate. */
export const NO_RESET_DEFAULTS: NoResetOptions = { comparison: '>', surrogate: /* @__PURE__ */ triangle({ width: 2 }) };

/** One step: input `[B, ...N]` to spikes `[B, ...N]` and the next state. */
export function noResetStep<T extends TensorMeta>(
  b: Backend<T>,
  { beta, threshold }: NoResetParameters<T>,
  { v }: NoResetState<T>,
  input: T,
  { comparison, surrogate }: NoResetOptions = NO_RESET_DEFAULTS,
): StepResult<NoResetState<T>, T> {
  const next = b.add(b.mul(beta, v), input);
  return [spike(b, b.sub(next, threshold), surrogate, comparison), { v: next }];
}

/** The model as data: what `@snn/nn` makes a layer of. */
export const noReset: NeuronModel<keyof NoResetParameters<unknown>, keyof NoResetState<unknown>, NoResetOptions> = {
  name: 'noReset',
  parameters: {
    beta: { default: 0.9, unit: '1', constraint: 'unit', description: 'part of the membrane that is left after a step' },
    threshold: { default: 1, unit: '1', constraint: 'none', description: 'membrane above which the neuron fires' },
  },
  states: ['v'],
  options: NO_RESET_DEFAULTS,
  check: (parameters, options, state, input) => checkNeuron(noReset, { comparison: ['>', '>='] }, parameters, options, state, input),
  initialState: (b, _, shape) => ({ v: rest(b, 0, shape) }),
  step: noResetStep,
};

/** rnnbuilder 0.1.1 `NoReset(tau)`, whose beta is e^(-1 / tau) and whose threshold is 1. */
export const NO_RESET_RNNBUILDER: NoResetOptions = { comparison: '>', surrogate: /* @__PURE__ */ triangle({ height: 0.3 }) };
