/**
 * The exponential leaky integrate-and-fire neuron with a synaptic current: near the threshold the membrane runs away by itself, the sharper
 * the smaller `sharpness` is.
 *
 *   tau        dv/dt = (leak - v) + sharpness e^((v - threshold) / sharpness) + i
 *   tauSynapse di/dt = -i
 *
 * In discrete time, with kappa(tau) the part that leaks away in a step (1 - e^(-dt / tau), or dt / tau under Euler):
 *
 *   E = sharpness e^((v - threshold) / sharpness)
 *
 *   jump-first                                    voltage-first
 *     j = i + x                                     j = i
 *     u = v + kappa(tau) ((leak - v) + E + j)       u = v + kappa(tau) ((leak - v) + E + j)
 *     i = j - kappa(tauSynapse) j                   i = j - kappa(tauSynapse) j + x
 *
 *   z = [u > threshold]
 *   v = reset where z, else u
 *
 * The reset is to a voltage: after a reset by subtraction the membrane could stay above the threshold, where E knows no bounds. Recurrent
 * connections are the caller's: add `z_previous W` to the input.
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

/** `tau`, `tauSynapse` in s; `leak`, `threshold`, `reset`, `sharpness` in units of the membrane. */
export type LifExParameters<T> = Parameters<'tau' | 'tauSynapse' | 'leak' | 'threshold' | 'reset' | 'sharpness', T>;

/** Membrane `v` and synaptic current `i`, both `[B, ...N]`. */
export type LifExState<T> = State<'v' | 'i', T>;

/** Static options. */
export interface LifExOptions {
  /** Length of a step, s. */
  readonly dt: number;
  /** Whether an input reaches the membrane in its own step or in the next. */
  readonly order: 'jump-first' | 'voltage-first';
  /** How the traces leak. */
  readonly decay: Decay;
  /** Whether no gradient flows through the reset. */
  readonly detachReset: boolean;
  /** What happens exactly at the threshold. */
  readonly comparison: Comparison;
  /** Stands in for the derivative of the spike. */
  readonly surrogate: Surrogate;
}

/** 1 ms, jump-first, exponential decay, detached reset, strict comparison, triangular surrogate. */
export const LIF_EX_DEFAULTS: LifExOptions = {
  dt: 1e-3,
  order: 'jump-first',
  decay: 'exponential',
  detachReset: true,
  comparison: '>',
  surrogate: /* @__PURE__ */ triangle(),
};

/** One step: input `[B, ...N]` to spikes `[B, ...N]` and the next state. */
export function lifExStep<T extends TensorMeta>(
  b: Backend<T>,
  { tau, tauSynapse, leak, threshold, reset, sharpness }: LifExParameters<T>,
  { v, i }: LifExState<T>,
  input: T,
  { dt, order, decay, detachReset, comparison, surrogate }: LifExOptions = LIF_EX_DEFAULTS,
): StepResult<LifExState<T>, T> {
  const jumpFirst = order === 'jump-first';
  const E = b.mul(sharpness, b.exp(b.div(b.sub(v, threshold), sharpness)));
  const j = jumpFirst ? b.add(i, input) : i;
  const u = b.add(v, b.mul(leakRate(b, dt, tau, decay), b.add(b.add(b.sub(leak, v), E), j)));
  const decayed = b.sub(j, b.mul(leakRate(b, dt, tauSynapse, decay), j));
  const z = spike(b, b.sub(u, threshold), surrogate, comparison);
  return [z, { v: resetTo(b, u, z, reset, detachReset), i: jumpFirst ? decayed : b.add(decayed, input) }];
}

/** The model as data: what `@snn/nn` makes a layer of. */
export const lifEx: NeuronModel<keyof LifExParameters<unknown>, keyof LifExState<unknown>, LifExOptions> = {
  name: 'lifEx',
  parameters: {
    tau: { default: 10e-3, unit: 's', constraint: 'positive', description: 'time constant of the membrane' },
    tauSynapse: { default: 5e-3, unit: 's', constraint: 'positive', description: 'time constant of the synaptic current' },
    leak: { default: 0, unit: '1', constraint: 'none', description: 'membrane at rest, were it not for the exponential' },
    threshold: { default: 1, unit: '1', constraint: 'none', description: 'membrane above which the neuron fires' },
    reset: { default: 0, unit: '1', constraint: 'none', description: 'membrane after a spike' },
    sharpness: { default: 0.5, unit: '1', constraint: 'positive', description: 'distance over which the exponential grows by e' },
  },
  states: ['v', 'i'],
  options: LIF_EX_DEFAULTS,
  check: (parameters, options, state, input) =>
    checkNeuron(
      lifEx,
      { order: ['jump-first', 'voltage-first'], decay: ['exponential', 'euler'], comparison: ['>', '>='] },
      parameters,
      options,
      state,
      input,
    ),
  initialState: (b, { leak }, shape) => ({ v: rest(b, leak, shape), i: rest(b, 0, shape) }),
  step: lifExStep,
};

/** norse 1.0.0 and later (`lif_ex_step`, `lif_ex_feed_forward_step`, `LIFExCell`); its `delta_T` is `sharpness`. */
export const LIF_EX_NORSE: LifExOptions = {
  dt: 1e-3,
  order: 'jump-first',
  decay: 'euler',
  detachReset: false,
  comparison: '>',
  surrogate: /* @__PURE__ */ fastSigmoid({ sharpness: 100 }),
};
