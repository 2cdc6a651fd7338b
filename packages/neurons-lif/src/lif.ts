/**
 * The current-based leaky integrate-and-fire neuron: an exponential synapse in front of a leaky membrane.
 *
 *   tau        dv/dt = (leak - v) + i
 *   tauSynapse di/dt = -i
 *
 * In discrete time, with kappa(tau) the part that leaks away in a step (1 - e^(-dt / tau), or dt / tau under Euler):
 *
 *   jump-first                                          voltage-first
 *     j = i + x                                           j = i
 *     u = v + kappa(tau) ((leak - v) + j)                 u = v + kappa(tau) ((leak - v) + j)
 *     i = j - kappa(tauSynapse) j                         i = j - kappa(tauSynapse) j + x
 *     z = [u > threshold]                                 z = [u > threshold]
 *     v = u - z threshold, or reset where z               v = u - z threshold, or reset where z
 *
 * Both orders are the same feed-forward neuron, except that voltage-first answers one step later. Recurrent connections are the caller's:
 * add `z_previous W` to the input.
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

/** `tau`, `tauSynapse` in s; `leak`, `threshold`, `reset` in units of the membrane. */
export type LifParameters<T> = Parameters<'tau' | 'tauSynapse' | 'leak' | 'threshold' | 'reset', T>;

/** Membrane `v` and synaptic current `i`, both `[B, ...N]`. */
export type LifState<T> = State<'v' | 'i', T>;

/** Static options. */
export interface LifOptions {
  /** Length of a step, s. */
  readonly dt: number;
  /** Whether an input reaches the membrane in its own step or in the next. */
  readonly order: 'jump-first' | 'voltage-first';
  /** How the traces leak. */
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

/** 1 ms, jump-first, exponential decay, detached reset by subtraction, strict comparison, triangular surrogate. */
export const LIF_DEFAULTS: LifOptions = {
  dt: 1e-3,
  order: 'jump-first',
  decay: 'exponential',
  resetMode: 'subtract',
  detachReset: true,
  comparison: '>',
  surrogate: /* @__PURE__ */ triangle({ width: 2 }),
};

/** One step: input `[B, ...N]` to spikes `[B, ...N]` and the next state. */
export function lifStep<T extends TensorMeta>(
  b: Backend<T>,
  { tau, tauSynapse, leak, threshold, reset }: LifParameters<T>,
  { v, i }: LifState<T>,
  input: T,
  { dt, order, decay, resetMode, detachReset, comparison, surrogate }: LifOptions = LIF_DEFAULTS,
): StepResult<LifState<T>, T> {
  const jumpFirst = order === 'jump-first';
  const j = jumpFirst ? b.add(i, input) : i;
  const u = b.add(v, b.mul(leakRate(b, dt, tau, decay), b.add(b.sub(leak, v), j)));
  const decayed = b.sub(j, b.mul(leakRate(b, dt, tauSynapse, decay), j));
  const z = spike(b, b.sub(u, threshold), surrogate, comparison);
  const next = resetTo(b, u, z, resetMode === 'to' ? reset : b.sub(u, threshold), detachReset);
  return [z, { v: next, i: jumpFirst ? decayed : b.add(decayed, input) }];
}

/** The model as data: what `@snn/nn` makes a layer of. */
export const lif: NeuronModel<keyof LifParameters<unknown>, keyof LifState<unknown>, LifOptions> = {
  name: 'lif',
  parameters: {
    tau: { default: 10e-3, unit: 's', constraint: 'positive', description: 'time constant of the membrane' },
    tauSynapse: { default: 5e-3, unit: 's', constraint: 'positive', description: 'time constant of the synaptic current' },
    leak: { default: 0, unit: '1', constraint: 'none', description: 'membrane at rest' },
    threshold: { default: 1, unit: '1', constraint: 'none', description: 'membrane above which the neuron fires' },
    reset: { default: 0, unit: '1', constraint: 'none', description: "membrane after a spike, under resetMode 'to'" },
  },
  states: ['v', 'i'],
  options: LIF_DEFAULTS,
  check: (parameters, options, state, input) =>
    checkNeuron(
      lif,
      { order: ['jump-first', 'voltage-first'], decay: ['exponential', 'euler'], resetMode: ['subtract', 'to'], comparison: ['>', '>='] },
      parameters,
      options,
      state,
      input,
    ),
  initialState: (b, { leak }, shape) => ({ v: rest(b, leak, shape), i: rest(b, 0, shape) }),
  step: lifStep,
};

/**
 * norse 1.0.0 and later (`lif_step`, `LIFRecurrentCell`). Its feed-forward twins (`lif_feed_forward_step`, `LIFCell`) do not detach the reset:
 * `{ ...LIF_NORSE, detachReset: false }`.
 */
export const LIF_NORSE: LifOptions = {
  dt: 1e-3,
  order: 'jump-first',
  decay: 'euler',
  resetMode: 'to',
  detachReset: true,
  comparison: '>',
  surrogate: /* @__PURE__ */ fastSigmoid({ sharpness: 100 }),
};

/**
 * norse up to 0.0.7 and its sources of 2021-22, before the order of the step was changed. The reset is not detached in the C++ operation that
 * ran by default; the Python twin beside it detaches: `{ ...LIF_NORSE_VOLTAGE_FIRST, detachReset: true }`.
 */
export const LIF_NORSE_VOLTAGE_FIRST: LifOptions = {
  dt: 1e-3,
  order: 'voltage-first',
  decay: 'euler',
  resetMode: 'to',
  detachReset: false,
  comparison: '>',
  surrogate: /* @__PURE__ */ fastSigmoid({ sharpness: 100 }),
};
