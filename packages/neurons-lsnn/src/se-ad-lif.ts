/**
 * The symplectic adaptive leaky integrate-and-fire neuron (SE-adLIF, Baronig et al. 2024): a membrane and an adaptation current that act on
 * each other, so that the membrane can oscillate. The current follows the NEW membrane and spikes, which keeps the oscillation's energy where
 * the plain Euler step of `adLif` makes it grow.
 *
 *   tau      dv/dt = -v - w + x
 *   tauAdapt dw/dt = -w + q (a v + c z)
 *
 * In discrete time, with e(tau) = e^(-dt / tau):
 *
 *   u = e(tau) v + (1 - e(tau)) (x - w)
 *   z = [u > threshold]
 *   v = u (1 - z)
 *   w = e(tauAdapt) w + (1 - e(tauAdapt)) q (a v + c z)
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
import { type Comparison, resetTo, type Surrogate, spike, triangle } from '@snn/surrogates';

/** `tau`, `tauAdapt` in s; `threshold`, `c` in units of the membrane; `a`, `q` without unit. */
export type SeAdLifParameters<T> = Parameters<'tau' | 'tauAdapt' | 'threshold' | 'a' | 'c' | 'q', T>;

/** Membrane `v` and adaptation current `w`, both `[B, ...N]`. */
export type SeAdLifState<T> = State<'v' | 'w', T>;

/** Static options. */
export interface SeAdLifOptions {
  /** Length of a step, s. */
  readonly dt: number;
  /** Whether no gradient flows through the reset. */
  readonly detachReset: boolean;
  /** What happens exactly at the threshold. */
  readonly comparison: Comparison;
  /** Stands in for the derivative of the spike. */
  readonly surrogate: Surrogate;
}

/** 1 ms, detached reset, strict comparison, triangular surrogate. The authors' code detaches, too, and has g(x) = e^(-5 |x|). */
export const SE_AD_LIF_DEFAULTS: SeAdLifOptions = { dt: 1e-3, detachReset: true, comparison: '>', surrogate: /* @__PURE__ */ triangle() };

/** One step: input `[B, ...N]` to spikes `[B, ...N]` and the next state. */
export function seAdLifStep<T extends TensorMeta>(
  b: Backend<T>,
  { tau, tauAdapt, threshold, a, c, q }: SeAdLifParameters<T>,
  state: SeAdLifState<T>,
  input: T,
  { dt, detachReset, comparison, surrogate }: SeAdLifOptions = SE_AD_LIF_DEFAULTS,
): StepResult<SeAdLifState<T>, T> {
  const kept = b.exp(b.div(-dt, tau));
  const keptAdapt = b.exp(b.div(-dt, tauAdapt));
  const u = b.add(b.mul(kept, state.v), b.mul(b.sub(1, kept), b.sub(input, state.w)));
  const z = spike(b, b.sub(u, threshold), surrogate, comparison);
  const v = resetTo(b, u, z, 0, detachReset);
  const w = b.add(b.mul(keptAdapt, state.w), b.mul(b.mul(b.sub(1, keptAdapt), q), b.add(b.mul(a, v), b.mul(c, z))));
  return [z, { v, w }];
}

/** The model as data: what `@snn/nn` makes a layer of. */
export const seAdLif: NeuronModel<keyof SeAdLifParameters<unknown>, keyof SeAdLifState<unknown>, SeAdLifOptions> = {
  name: 'seAdLif',
  parameters: {
    tau: { default: 15e-3, unit: 's', constraint: 'positive', description: 'time constant of the membrane' },
    tauAdapt: { default: 180e-3, unit: 's', constraint: 'positive', description: 'time constant of the adaptation current' },
    threshold: { default: 1, unit: '1', constraint: 'none', description: 'membrane above which the neuron fires' },
    a: { default: 0.5, unit: '1', constraint: 'clamp', description: 'how much the adaptation current follows the membrane' },
    c: { default: 1, unit: '1', constraint: 'positive', description: 'how much the adaptation current follows the spikes' },
    q: { default: 120, unit: '1', constraint: 'none', description: 'gain of the adaptation current' },
  },
  states: ['v', 'w'],
  options: SE_AD_LIF_DEFAULTS,
  check: (parameters, options, state, input) => checkNeuron(seAdLif, { comparison: ['>', '>='] }, parameters, options, state, input),
  initialState: (b, _, shape) => ({ v: rest(b, 0, shape), w: rest(b, 0, shape) }),
  step: seAdLifStep,
};
