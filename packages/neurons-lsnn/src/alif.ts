/**
 * The adaptive leaky integrate-and-fire neuron of Bellec et al. (NeurIPS 2018), without synaptic current: threshold and reset follow the spike
 * of the step before. With beta = 0 it is their LIF neuron.
 *
 *   tau      dv/dt = -v + x
 *   tauAdapt db/dt = -b + z
 *
 * In discrete time, with e(tau) = e^(-dt / tau), and z and v on the right those of the step before:
 *
 *   b = e(tauAdapt) b + (1 - e(tauAdapt)) z
 *   A = threshold + beta b
 *   u = e(tau) v + (1 - e(tau)) x - A z / height
 *   z = height [(u - A) / A > 0], and 0 while r > 0       (tested on v instead of u under `spikeOn: 'old'`)
 *   r = refractory where z, else max(r - 1, 0)
 *   v = u
 *
 * What is tested is the distance to the threshold as a part of the threshold, so the width of the surrogate grows with it. A threshold of 0 or
 * below makes no sense. Recurrent connections and delays are the caller's: see `delayStep`.
 */
import {
  type Backend,
  checkNeuron,
  type NeuronModel,
  type Parameters,
  rest,
  type State,
  type StepResult,
  stopGradient,
  type TensorMeta,
} from '@snn/core';
import { type Comparison, type Surrogate, spike, triangle } from '@snn/surrogates';

/**
 * `tau`, `tauAdapt` in s; `threshold` in units of the membrane; `beta` in those units per unit of `b`; `refractory`, a whole number of steps;
 * `height`, of a spike.
 */
export type AlifParameters<T> = Parameters<'tau' | 'tauAdapt' | 'threshold' | 'beta' | 'refractory' | 'height', T>;

/** Membrane `v`, adaptation `b`, last output `z` and steps of silence still to come `r`, all `[B, ...N]`. */
export type AlifState<T> = State<'v' | 'b' | 'z' | 'r', T>;

/** Static options. */
export interface AlifOptions {
  /** Length of a step, s. */
  readonly dt: number;
  /** Whether the spike is tested on the membrane of this step or on that of the step before. */
  readonly spikeOn: 'new' | 'old';
  /** Whether no gradient flows through the reset. */
  readonly detachReset: boolean;
  /** What happens exactly at the threshold. */
  readonly comparison: Comparison;
  /** Stands in for the derivative of the spike, as a function of (u - A) / A. */
  readonly surrogate: Surrogate;
}

/** 1 ms, test on the new membrane, detached reset, strict comparison, triangular surrogate of height 0.3. */
export const ALIF_DEFAULTS: AlifOptions = {
  dt: 1e-3,
  spikeOn: 'new',
  detachReset: true,
  comparison: '>',
  surrogate: /* @__PURE__ */ triangle({ height: 0.3 }),
};

/** One step: input `[B, ...N]` to spikes `[B, ...N]` and the next state. */
export function alifStep<T extends TensorMeta>(
  b: Backend<T>,
  { tau, tauAdapt, threshold, beta, refractory, height }: AlifParameters<T>,
  state: AlifState<T>,
  input: T,
  { dt, spikeOn, detachReset, comparison, surrogate }: AlifOptions = ALIF_DEFAULTS,
): StepResult<AlifState<T>, T> {
  const { v, r } = state;
  const kept = b.exp(b.div(-dt, tau));
  const keptAdapt = b.exp(b.div(-dt, tauAdapt));
  const owed = detachReset ? stopGradient(b, state.z) : state.z;
  const c = b.add(b.mul(keptAdapt, state.b), b.mul(b.sub(1, keptAdapt), state.z));
  const A = b.add(threshold, b.mul(beta, c));
  const u = b.sub(b.add(b.mul(kept, v), b.mul(b.sub(1, kept), input)), b.mul(A, b.div(owed, height)));
  const fired = spike(b, b.div(b.sub(spikeOn === 'new' ? u : v, A), A), surrogate, comparison);
  const z = b.where(b.gt(r, 0), 0, b.mul(height, fired));
  return [z, { v: u, b: c, z, r: b.where(z, refractory, b.max(b.sub(r, 1), 0)) }];
}

/** The model as data: what `@snn/nn` makes a layer of. */
export const alif: NeuronModel<keyof AlifParameters<unknown>, keyof AlifState<unknown>, AlifOptions> = {
  name: 'alif',
  parameters: {
    tau: { default: 20e-3, unit: 's', constraint: 'positive', description: 'time constant of the membrane' },
    tauAdapt: { default: 0.2, unit: 's', constraint: 'positive', description: 'time constant of the adaptation' },
    threshold: {
      default: 0.01,
      unit: '1',
      constraint: 'positive',
      description: 'membrane above which the neuron fires when it has not adapted',
    },
    beta: { default: 1.6, unit: '1', constraint: 'none', description: 'rise of the threshold per unit of adaptation' },
    refractory: { default: 0, unit: 'steps', constraint: 'none', description: 'silence after a spike' },
    height: { default: 1, unit: '1', constraint: 'none', description: 'what is sent out for a spike' },
  },
  states: ['v', 'b', 'z', 'r'],
  options: ALIF_DEFAULTS,
  check: (parameters, options, state, input) =>
    checkNeuron(alif, { spikeOn: ['new', 'old'], comparison: ['>', '>='] }, parameters, options, state, input),
  initialState: (b, _, shape) => ({ v: rest(b, 0, shape), b: rest(b, 0, shape), z: rest(b, 0, shape), r: rest(b, 0, shape) }),
  step: alifStep,
};

/**
 * LSNN-official of 2018 to 2020 (`ALIF`; with beta = 0 and threshold 0.03 by default `LIF`). `dampening_factor` is the height of the
 * surrogate. Its spikes have the height 1 / dt with dt in ms, which for steps of 1 ms is 1; for others set `height`. Its random delays are those
 * of `delayStep`.
 */
export const ALIF_LSNN2018: AlifOptions = {
  dt: 1e-3,
  spikeOn: 'old',
  detachReset: false,
  comparison: '>',
  surrogate: /* @__PURE__ */ triangle({ height: 0.3 }),
};
