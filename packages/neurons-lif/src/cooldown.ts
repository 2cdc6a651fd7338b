/**
 * The cooldown neuron: a leaky average of e^x that fires while it was above the threshold (sign +1) or below it (sign -1), one step late and
 * without reset. Neurons of sign -1 fire at rest and are silenced by input.
 *
 *   z = [sign (v - threshold) > 0]
 *   v = beta v + (1 - beta) e^x
 *
 * An input above 88 is infinite in float32.
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

/** `beta` without unit, 0 to 1; `threshold` in units of the membrane; `sign` +1 or -1. */
export type CooldownParameters<T> = Parameters<'beta' | 'threshold' | 'sign', T>;

/** Membrane `v`, `[B, ...N]`. */
export type CooldownState<T> = State<'v', T>;

/** Static options. */
export interface CooldownOptions {
  /** What happens exactly at the threshold. */
  readonly comparison: Comparison;
  /** Stands in for the derivative of the spike. */
  readonly surrogate: Surrogate;
}

/** Strict comparison, triangular surrogate. */
export const COOLDOWN_DEFAULTS: CooldownOptions = { comparison: '>', surrogate: /* @__PURE__ */ triangle({ width: 2 }) };

/** One step: input `[B, ...N]` to spikes `[B, ...N]` and the next state. */
export function cooldownStep<T extends TensorMeta>(
  b: Backend<T>,
  { beta, threshold, sign }: CooldownParameters<T>,
  { v }: CooldownState<T>,
  input: T,
  { comparison, surrogate }: CooldownOptions = COOLDOWN_DEFAULTS,
): StepResult<CooldownState<T>, T> {
  const z = spike(b, b.mul(sign, b.sub(v, threshold)), surrogate, comparison);
  return [z, { v: b.add(b.mul(beta, v), b.mul(b.sub(1, beta), b.exp(input))) }];
}

/** The signs that rnnbuilder gives to `neurons` neurons: +1 for the first half (rounded down), -1 for the others. */
export const cooldownSigns = (neurons: number): Float32Array =>
  Float32Array.from({ length: neurons }, (_, n) => (n < Math.floor(neurons / 2) ? 1 : -1));

/** The model as data: what `@snn/nn` makes a layer of. */
export const cooldown: NeuronModel<keyof CooldownParameters<unknown>, keyof CooldownState<unknown>, CooldownOptions> = {
  name: 'cooldown',
  parameters: {
    beta: { default: 0.9, unit: '1', constraint: 'unit', description: 'part of the membrane that is left after a step' },
    threshold: { default: 1, unit: '1', constraint: 'none', description: 'membrane above (sign +1) or below (-1) which the neuron fires' },
    sign: { default: 1, unit: '1', constraint: 'none', description: '+1: fires above the threshold; -1: below; see cooldownSigns' },
  },
  states: ['v'],
  options: COOLDOWN_DEFAULTS,
  check: (parameters, options, state, input) => checkNeuron(cooldown, { comparison: ['>', '>='] }, parameters, options, state, input),
  initialState: (b, _, shape) => ({ v: rest(b, 0, shape) }),
  step: cooldownStep,
};

/** rnnbuilder 0.1.1 `Cooldown(tau)`, whose beta is e^(-1 / tau), whose threshold is 1 and whose signs are `cooldownSigns`. */
export const COOLDOWN_RNNBUILDER: CooldownOptions = { comparison: '>', surrogate: /* @__PURE__ */ triangle({ height: 0.3 }) };
