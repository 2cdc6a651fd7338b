/**
 * The leaky integrate-and-fire neuron without synapse: the input is the current of its own step (a box). It is also the neuron that turns a
 * constant current into spikes (norse's `lif_current_encoder`).
 *
 *   tau dv/dt = (leak - v) + x
 *
 * In discrete time, with kappa(tau) the part that leaks away in a step (1 - e^(-dt / tau), or dt / tau under Euler):
 *
 *   u = v + kappa(tau) ((leak - v) + x)
 *   z = [u > threshold]
 *   v = u - z threshold, or reset where z
 *
 * Recurrent connections are the caller's: add `z_previous W` to the input.
 */
import {
  type Backend,
  checkNeuron,
  type Decay,
  leakRate,
  type NeuronModel,
  type Parameters,
  rest,
  type State,
  type StepResult,
  type TensorMeta,
} from '@snn/core';
import { type Comparison, fastSigmoid, resetTo, type Surrogate, spike, triangle } from '@snn/surrogates';

/** `tau` in s; `leak`, `threshold`, `reset` in units of the membrane. */
export type LifBoxParameters<T> = Parameters<'tau' | 'leak' | 'threshold' | 'reset', T>;

/** Membrane `v`, `[B, ...N]`. */
export type LifBoxState<T> = State<'v', T>;

/** Static options. */
export interface LifBoxOptions {
  /** Length of a step, s. */
  readonly dt: number;
  /** How the membrane leaks. */
  readonly decay: Decay;
  /** What a spike does: subtract the threshold, or set the membrane to the parameter `reset`. */
  readonly resetMode: 'subtract' | 'to';
  /** Whether no gradient flows through the reset. */
  readonly detachReset: boolean;
  /** What happens exactly at the threshold. */
  readonly comparison: Comparison;
  /** Stands in for the derivative of the spike. */
  readonly surrogate: Surrogate;
}

/** 1 ms, exponential decay, detached reset by subtraction, strict comparison, triangular surrogate. */
export const LIF_BOX_DEFAULTS: LifBoxOptions = {
  dt: 1e-3,
  decay: 'exponential',
  resetMode: 'subtract',
  detachReset: true,
  comparison: '>',
  surrogate: /* @__PURE__ */ triangle({ width: 2 }),
};

/** One step: input `[B, ...N]` to spikes `[B, ...N]` and the next state. */
export function lifBoxStep<T extends TensorMeta>(
  b: Backend<T>,
  { tau, leak, threshold, reset }: LifBoxParameters<T>,
  { v }: LifBoxState<T>,
  input: T,
  { dt, decay, resetMode, detachReset, comparison, surrogate }: LifBoxOptions = LIF_BOX_DEFAULTS,
): StepResult<LifBoxState<T>, T> {
  const u = b.add(v, b.mul(leakRate(b, dt, tau, decay), b.add(b.sub(leak, v), input)));
  const z = spike(b, b.sub(u, threshold), surrogate, comparison);
  return [z, { v: resetTo(b, u, z, resetMode === 'to' ? reset : b.sub(u, threshold), detachReset) }];
}

/** The model as data: what `@snn/nn` makes a layer of. */
export const lifBox: NeuronModel<keyof LifBoxParameters<unknown>, keyof LifBoxState<unknown>, LifBoxOptions> = {
  name: 'lifBox',
  parameters: {
    tau: { default: 10e-3, unit: 's', constraint: 'positive', description: 'time constant of the membrane' },
    leak: { default: 0, unit: '1', constraint: 'none', description: 'membrane at rest' },
    threshold: { default: 1, unit: '1', constraint: 'none', description: 'membrane above which the neuron fires' },
    reset: { default: 0, unit: '1', constraint: 'none', description: "membrane after a spike, under resetMode 'to'" },
  },
  states: ['v'],
  options: LIF_BOX_DEFAULTS,
  check: (parameters, options, state, input) =>
    checkNeuron(
      lifBox,
      { decay: ['exponential', 'euler'], resetMode: ['subtract', 'to'], comparison: ['>', '>='] },
      parameters,
      options,
      state,
      input,
    ),
  initialState: (b, { leak }, shape) => ({ v: rest(b, leak, shape) }),
  step: lifBoxStep,
};

/**
 * norse 1.0.0 and later (`lif_box_feed_forward_step`, `LIFBoxCell`) with its default `reset_value`, and `lif_current_encoder` of every version.
 * With `reset_subtract`: `{ ...LIF_BOX_NORSE, resetMode: 'subtract' }`.
 */
export const LIF_BOX_NORSE: LifBoxOptions = {
  dt: 1e-3,
  decay: 'euler',
  resetMode: 'to',
  detachReset: false,
  comparison: '>',
  surrogate: /* @__PURE__ */ fastSigmoid({ sharpness: 100 }),
};
