/**
 * The integrate-and-fire neuron: it adds up its input, never forgets, and knows no time.
 *
 *   u = v + x
 *   z = [u > threshold]
 *   v = u - z threshold, or reset where z
 *
 * Recurrent connections are the caller's: add `z_previous W` to the input.
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
import { type Comparison, fastSigmoid, resetTo, type Surrogate, spike, triangle } from '@snn/surrogates';

/** `threshold`, `reset` in units of the membrane. */
export type IntegrateAndFireParameters<T> = Parameters<'threshold' | 'reset', T>;

/** Membrane `v`, `[B, ...N]`. */
export type IntegrateAndFireState<T> = State<'v', T>;

/** Static options. */
export interface IntegrateAndFireOptions {
  /** What a spike does: subtract the threshold, or set the membrane to the parameter `reset`. */
  readonly resetMode: 'subtract' | 'to';
  /** Whether no gradient flows through the reset. */
  readonly detachReset: boolean;
  /** What happens exactly at the threshold. */
  readonly comparison: Comparison;
  /** Stands in for the derivative of the spike. */
  readonly surrogate: Surrogate;
}

/** Detached reset by subtraction, strict comparison, triangular surrogate. */
export const INTEGRATE_AND_FIRE_DEFAULTS: IntegrateAndFireOptions = {
  resetMode: 'subtract',
  detachReset: true,
  comparison: '>',
  surrogate: /* @__PURE__ */ triangle({ width: 2 }),
};

/** One step: input `[B, ...N]` to spikes `[B, ...N]` and the next state. */
export function integrateAndFireStep<T extends TensorMeta>(
  b: Backend<T>,
  { threshold, reset }: IntegrateAndFireParameters<T>,
  { v }: IntegrateAndFireState<T>,
  input: T,
  { resetMode, detachReset, comparison, surrogate }: IntegrateAndFireOptions = INTEGRATE_AND_FIRE_DEFAULTS,
): StepResult<IntegrateAndFireState<T>, T> {
  const u = b.add(v, input);
  const z = spike(b, b.sub(u, threshold), surrogate, comparison);
  return [z, { v: resetTo(b, u, z, resetMode === 'to' ? reset : b.sub(u, threshold), detachReset) }];
}

/** The model as data: what `@snn/nn` makes a layer of. */
export const integrateAndFire: NeuronModel<
  keyof IntegrateAndFireParameters<unknown>,
  keyof IntegrateAndFireState<unknown>,
  IntegrateAndFireOptions
> = {
  name: 'integrateAndFire',
  parameters: {
    threshold: { default: 1, unit: '1', constraint: 'none', description: 'membrane above which the neuron fires' },
    reset: { default: 0, unit: '1', constraint: 'none', description: "membrane after a spike, under resetMode 'to'" },
  },
  states: ['v'],
  options: INTEGRATE_AND_FIRE_DEFAULTS,
  check: (parameters, options, state, input) =>
    checkNeuron(integrateAndFire, { resetMode: ['subtract', 'to'], comparison: ['>', '>='] }, parameters, options, state, input),
  initialState: (b, _, shape) => ({ v: rest(b, 0, shape) }),
  step: integrateAndFireStep,
};

/** norse (`iaf_step`, `iaf_feed_forward_step`, `IAFCell`). */
export const INTEGRATE_AND_FIRE_NORSE: IntegrateAndFireOptions = {
  resetMode: 'to',
  detachReset: false,
  comparison: '>',
  surrogate: /* @__PURE__ */ fastSigmoid({ sharpness: 100 }),
};
