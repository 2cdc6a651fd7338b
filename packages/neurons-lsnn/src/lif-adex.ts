/**
 * The adaptive exponential leaky integrate-and-fire neuron (AdEx) with a synaptic current: near the threshold the membrane runs away by itself,
 * and a slow current that follows membrane and spikes holds it down.
 *
 *   tau        dv/dt = (leak - v) + sharpness e^((v - threshold) / sharpness) + i - a
 *   tauSynapse di/dt = -i
 *   tauAdapt   da/dt = coupling (v - leak) - a
 *
 * In discrete time, with kappa(tau) the part that leaks away in a step (1 - e^(-dt / tau), or dt / tau under Euler):
 *
 *   E = sharpness e^((v - threshold) / sharpness)
 *
 *   jump-first                                        voltage-first
 *     j = i + x                                         j = i
 *     u = v + kappa(tau) ((leak - v) + E + j - a)       u = v + kappa(tau) ((leak - v) + E + j - a)
 *     i = j - kappa(tauSynapse) j                       i = j - kappa(tauSynapse) j + x
 *
 *   c = a + kappa(tauAdapt) (coupling (v - leak) - a)
 *   z = [u > threshold]
 *   v = reset where z, else u
 *   a = c + jump z
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

/**
 * `tau`, `tauSynapse`, `tauAdapt` in s; `leak`, `threshold`, `reset`, `sharpness`, `jump` in units of the membrane; `coupling` without unit.
 */
export type LifAdexParameters<T> = Parameters<
  'tau' | 'tauSynapse' | 'tauAdapt' | 'leak' | 'threshold' | 'reset' | 'sharpness' | 'coupling' | 'jump',
  T
>;

/** Membrane `v`, synaptic current `i` and adaptation current `a`, all `[B, ...N]`. */
export type LifAdexState<T> = State<'v' | 'i' | 'a', T>;

/** Static options. */
export interface LifAdexOptions {
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
export const LIF_ADEX_DEFAULTS: LifAdexOptions = {
  dt: 1e-3,
  order: 'jump-first',
  decay: 'exponential',
  detachReset: true,
  comparison: '>',
  surrogate: /* @__PURE__ */ triangle(),
};

/** One step: input `[B, ...N]` to spikes `[B, ...N]` and the next state. */
export function lifAdexStep<T extends TensorMeta>(
  b: Backend<T>,
  { tau, tauSynapse, tauAdapt, leak, threshold, reset, sharpness, coupling, jump }: LifAdexParameters<T>,
  { v, i, a }: LifAdexState<T>,
  input: T,
  { dt, order, decay, detachReset, comparison, surrogate }: LifAdexOptions = LIF_ADEX_DEFAULTS,
): StepResult<LifAdexState<T>, T> {
  const jumpFirst = order === 'jump-first';
  const E = b.mul(sharpness, b.exp(b.div(b.sub(v, threshold), sharpness)));
  const j = jumpFirst ? b.add(i, input) : i;
  const u = b.add(v, b.mul(leakRate(b, dt, tau, decay), b.sub(b.add(b.add(b.sub(leak, v), E), j), a)));
  const decayed = b.sub(j, b.mul(leakRate(b, dt, tauSynapse, decay), j));
  const c = b.add(a, b.mul(leakRate(b, dt, tauAdapt, decay), b.sub(b.mul(coupling, b.sub(v, leak)), a)));
  const z = spike(b, b.sub(u, threshold), surrogate, comparison);
  return [
    z,
    {
      v: resetTo(b, u, z, reset, detachReset),
      i: jumpFirst ? decayed : b.add(decayed, input),
      a: b.add(c, b.mul(jump, z)),
    },
  ];
}

/** The model as data: what `@snn/nn` makes a layer of. */
export const lifAdex: NeuronModel<keyof LifAdexParameters<unknown>, keyof LifAdexState<unknown>, LifAdexOptions> = {
  name: 'lifAdex',
  parameters: {
    tau: { default: 10e-3, unit: 's', constraint: 'positive', description: 'time constant of the membrane' },
    tauSynapse: { default: 5e-3, unit: 's', constraint: 'positive', description: 'time constant of the synaptic current' },
    tauAdapt: { default: 0.5, unit: 's', constraint: 'positive', description: 'time constant of the adaptation current' },
    leak: { default: 0, unit: '1', constraint: 'none', description: 'membrane at rest, were it not for the exponential' },
    threshold: { default: 1, unit: '1', constraint: 'none', description: 'membrane above which the neuron fires' },
    reset: { default: 0, unit: '1', constraint: 'none', description: 'membrane after a spike' },
    sharpness: { default: 0.5, unit: '1', constraint: 'positive', description: 'distance over which the exponential grows by e' },
    coupling: {
      default: 4,
      unit: '1',
      constraint: 'none',
      description: 'adaptation current that a constant membrane leads to, per unit above leak',
    },
    jump: { default: 0.02, unit: '1', constraint: 'none', description: 'what a spike adds to the adaptation current' },
  },
  states: ['v', 'i', 'a'],
  options: LIF_ADEX_DEFAULTS,
  check: (parameters, options, state, input) =>
    checkNeuron(
      lifAdex,
      { order: ['jump-first', 'voltage-first'], decay: ['exponential', 'euler'], comparison: ['>', '>='] },
      parameters,
      options,
      state,
      input,
    ),
  initialState: (b, { leak }, shape) => ({ v: rest(b, leak, shape), i: rest(b, 0, shape), a: rest(b, 0, shape) }),
  step: lifAdexStep,
};

/**
 * norse 1.0.0 and later (`lif_adex_step`, `lif_adex_feed_forward_step`, `LIFAdExCell`); its `delta_T` is `sharpness`, its
 * `adaptation_current` `coupling` and its `adaptation_spike` `jump`.
 */
export const LIF_ADEX_NORSE: LifAdexOptions = {
  dt: 1e-3,
  order: 'jump-first',
  decay: 'euler',
  detachReset: false,
  comparison: '>',
  surrogate: /* @__PURE__ */ fastSigmoid({ sharpness: 100 }),
};
