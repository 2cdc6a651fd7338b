/**
 * The neuron of long short-term memory spiking networks (LSNN, ALIF): a leaky integrate-and-fire neuron with a synaptic current, whose
 * threshold rises with every spike and falls back slowly.
 *
 *   tau        dv/dt = (leak - v) + i
 *   tauSynapse di/dt = -i
 *   tauAdapt   db/dt = -b
 *
 * In discrete time, with kappa(tau) the part that leaks away in a step (1 - e^(-dt / tau), or dt / tau under Euler):
 *
 *   jump-first                                voltage-first
 *     j = i + x                                 j = i
 *     u = v + kappa(tau) ((leak - v) + j)       u = v + kappa(tau) ((leak - v) + j)
 *     i = j - kappa(tauSynapse) j               i = j - kappa(tauSynapse) j + x
 *
 *   adaptation as an offset                   adaptation as the threshold itself
 *     c = b - kappa(tauAdapt) b                 c = b + kappa(tauAdapt) (threshold - b)
 *     A = threshold + c                         A = c
 *
 *   z = [u > A]
 *   v = u - z A, or reset where z
 *   b = c + beta z
 *
 * Both forms of the adaptation are the same neuron; its b differ by the threshold. Recurrent connections are the caller's: add `z_previous W`
 * to the input.
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
  stopGradient,
  type TensorMeta,
} from '@snn/core';
import { type Comparison, fastSigmoid, resetTo, type Surrogate, spike, triangle } from '@snn/surrogates';

/** `tau`, `tauSynapse`, `tauAdapt` in s; `leak`, `threshold`, `reset`, `beta` in units of the membrane. */
export type LsnnParameters<T> = Parameters<'tau' | 'tauSynapse' | 'tauAdapt' | 'leak' | 'threshold' | 'reset' | 'beta', T>;

/** Membrane `v`, synaptic current `i` and adaptation `b`, all `[B, ...N]`. */
export type LsnnState<T> = State<'v' | 'i' | 'b', T>;

/** Static options. */
export interface LsnnOptions {
  /** Length of a step, s. */
  readonly dt: number;
  /** Whether an input reaches the membrane in its own step or in the next. */
  readonly order: 'jump-first' | 'voltage-first';
  /** How the traces leak. */
  readonly decay: Decay;
  /** Whether `b` is what is added to the threshold, or the threshold. */
  readonly adaptation: 'offset' | 'threshold';
  /** What a spike does: subtract the threshold that was crossed, or set the membrane to the parameter `reset`. */
  readonly resetMode: 'subtract' | 'to';
  /** Whether no gradient flows through the reset. */
  readonly detachReset: boolean;
  /** Whether no gradient flows from the adaptation to the spikes that caused it: the neuron then cannot learn what to remember. */
  readonly detachAdaptation: boolean;
  /** What happens exactly at the threshold. */
  readonly comparison: Comparison;
  /** Stands in for the derivative of the spike. */
  readonly surrogate: Surrogate;
}

/** 1 ms, jump-first, exponential decay, offset above the threshold, detached reset by subtraction, strict comparison, triangular surrogate. */
export const LSNN_DEFAULTS: LsnnOptions = {
  dt: 1e-3,
  order: 'jump-first',
  decay: 'exponential',
  adaptation: 'offset',
  resetMode: 'subtract',
  detachReset: true,
  detachAdaptation: false,
  comparison: '>',
  surrogate: /* @__PURE__ */ triangle(),
};

/** One step: input `[B, ...N]` to spikes `[B, ...N]` and the next state. */
export function lsnnStep<T extends TensorMeta>(
  b: Backend<T>,
  { tau, tauSynapse, tauAdapt, leak, threshold, reset, beta }: LsnnParameters<T>,
  state: LsnnState<T>,
  input: T,
  { dt, order, decay, adaptation, resetMode, detachReset, detachAdaptation, comparison, surrogate }: LsnnOptions = LSNN_DEFAULTS,
): StepResult<LsnnState<T>, T> {
  const { v, i } = state;
  const jumpFirst = order === 'jump-first';
  const offset = adaptation === 'offset';
  const j = jumpFirst ? b.add(i, input) : i;
  const u = b.add(v, b.mul(leakRate(b, dt, tau, decay), b.add(b.sub(leak, v), j)));
  const decayed = b.sub(j, b.mul(leakRate(b, dt, tauSynapse, decay), j));
  const c = b.add(state.b, b.mul(leakRate(b, dt, tauAdapt, decay), b.sub(offset ? 0 : threshold, state.b)));
  const A = offset ? b.add(threshold, c) : c;
  const z = spike(b, b.sub(u, A), surrogate, comparison);
  return [
    z,
    {
      v: resetTo(b, u, z, resetMode === 'to' ? reset : b.sub(u, A), detachReset),
      i: jumpFirst ? decayed : b.add(decayed, input),
      b: b.add(c, b.mul(beta, detachAdaptation ? stopGradient(b, z) : z)),
    },
  ];
}

/** The model as data: what `@snn/nn` makes a layer of. */
export const lsnn: NeuronModel<keyof LsnnParameters<unknown>, keyof LsnnState<unknown>, LsnnOptions> = {
  name: 'lsnn',
  parameters: {
    tau: { default: 10e-3, unit: 's', constraint: 'positive', description: 'time constant of the membrane' },
    tauSynapse: { default: 5e-3, unit: 's', constraint: 'positive', description: 'time constant of the synaptic current' },
    tauAdapt: { default: 0.8, unit: 's', constraint: 'positive', description: 'time constant of the adaptation' },
    leak: { default: 0, unit: '1', constraint: 'none', description: 'membrane at rest' },
    threshold: { default: 1, unit: '1', constraint: 'none', description: 'membrane above which the neuron fires when it has not adapted' },
    reset: { default: 0, unit: '1', constraint: 'none', description: "membrane after a spike, under resetMode 'to'" },
    beta: { default: 1.8, unit: '1', constraint: 'none', description: 'what a spike adds to the threshold' },
  },
  states: ['v', 'i', 'b'],
  options: LSNN_DEFAULTS,
  check: (parameters, options, state, input) =>
    checkNeuron(
      lsnn,
      {
        order: ['jump-first', 'voltage-first'],
        decay: ['exponential', 'euler'],
        adaptation: ['offset', 'threshold'],
        resetMode: ['subtract', 'to'],
        comparison: ['>', '>='],
      },
      parameters,
      options,
      state,
      input,
    ),
  initialState: (b, { leak, threshold }, shape, { adaptation }) => ({
    v: rest(b, leak, shape),
    i: rest(b, 0, shape),
    b: rest(b, adaptation === 'offset' ? 0 : threshold, shape),
  }),
  step: lsnnStep,
};

/**
 * norse (`lsnn_step`, `LSNNRecurrentCell`), all versions: its LSNN kept the voltage-first order. Its feed-forward twins
 * (`lsnn_feed_forward_step`, `LSNNCell`) detach nothing: `{ ...LSNN_NORSE, detachReset: false, detachAdaptation: false }`.
 */
export const LSNN_NORSE: LsnnOptions = {
  dt: 1e-3,
  order: 'voltage-first',
  decay: 'euler',
  adaptation: 'threshold',
  resetMode: 'to',
  detachReset: true,
  detachAdaptation: true,
  comparison: '>',
  surrogate: /* @__PURE__ */ fastSigmoid({ sharpness: 100 }),
};

/**
 * norse's default parameters. They have a defect that is kept here: the threshold falls back with a time constant of 800 s where the paper
 * means 800 ms, so a single spike lifts it from 1 to 2.8 for good. `tauAdapt: 0.8` repairs them, and is the default of the model.
 */
export const LSNN_NORSE_PARAMETERS: LsnnParameters<never> = {
  tau: 10e-3,
  tauSynapse: 5e-3,
  tauAdapt: 800,
  leak: 0,
  threshold: 1,
  reset: 0,
  beta: 1.8,
};
