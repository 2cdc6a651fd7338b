/**
 * The leaky integrate-and-fire neuron with an adaptation current: every spike adds to a slow current that holds the membrane down. The
 * threshold is fixed.
 *
 *   tau        dv/dt = (leak - v) + i - b
 *   tauSynapse di/dt = -i
 *   tauAdapt   db/dt = -b
 *
 * In discrete time, with kappa(tau) the part that leaks away in a step (1 - e^(-dt / tau), or dt / tau under Euler):
 *
 *   jump-first                                    voltage-first
 *     j = i + x                                     j = i
 *     u = v + kappa(tau) ((leak - v) + j - b)       u = v + kappa(tau) ((leak - v) + j - b)
 *     i = j - kappa(tauSynapse) j                   i = j - kappa(tauSynapse) j + x
 *
 *   c = b - kappa(tauAdapt) b
 *   z = [u > threshold]
 *   v = u - z (threshold - reset)
 *   b = c + beta z
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

/** `tau`, `tauSynapse`, `tauAdapt` in s; `leak`, `threshold`, `reset`, `beta` in units of the membrane. */
export type AdaLifParameters<T> = Parameters<'tau' | 'tauSynapse' | 'tauAdapt' | 'leak' | 'threshold' | 'reset' | 'beta', T>;

/** Membrane `v`, synaptic current `i` and adaptation current `b`, all `[B, ...N]`. */
export type AdaLifState<T> = State<'v' | 'i' | 'b', T>;

/** Static options. */
export interface AdaLifOptions {
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
export const ADA_LIF_DEFAULTS: AdaLifOptions = {
  dt: 1e-3,
  order: 'jump-first',
  decay: 'exponential',
  detachReset: true,
  comparison: '>',
  surrogate: /* @__PURE__ */ triangle(),
};

/** One step: input `[B, ...N]` to spikes `[B, ...N]` and the next state. */
export function adaLifStep<T extends TensorMeta>(
  b: Backend<T>,
  { tau, tauSynapse, tauAdapt, leak, threshold, reset, beta }: AdaLifParameters<T>,
  state: AdaLifState<T>,
  input: T,
  { dt, order, decay, detachReset, comparison, surrogate }: AdaLifOptions = ADA_LIF_DEFAULTS,
): StepResult<AdaLifState<T>, T> {
  const { v, i } = state;
  const jumpFirst = order === 'jump-first';
  const j = jumpFirst ? b.add(i, input) : i;
  const u = b.add(v, b.mul(leakRate(b, dt, tau, decay), b.sub(b.add(b.sub(leak, v), j), state.b)));
  const decayed = b.sub(j, b.mul(leakRate(b, dt, tauSynapse, decay), j));
  const c = b.sub(state.b, b.mul(leakRate(b, dt, tauAdapt, decay), state.b));
  const z = spike(b, b.sub(u, threshold), surrogate, comparison);
  return [
    z,
    {
      v: resetTo(b, u, z, b.sub(u, b.sub(threshold, reset)), detachReset),
      i: jumpFirst ? decayed : b.add(decayed, input),
      b: b.add(c, b.mul(beta, z)),
    },
  ];
}

/** The model as data: what `@snn/nn` makes a layer of. */
export const adaLif: NeuronModel<keyof AdaLifParameters<unknown>, keyof AdaLifState<unknown>, AdaLifOptions> = {
  name: 'adaLif',
  parameters: {
    tau: { default: 10e-3, unit: 's', constraint: 'positive', description: 'time constant of the membrane' },
    tauSynapse: { default: 5e-3, unit: 's', constraint: 'positive', description: 'time constant of the synaptic current' },
    tauAdapt: { default: 0.8, unit: 's', constraint: 'positive', description: 'time constant of the adaptation current' },
    leak: { default: 0, unit: '1', constraint: 'none', description: 'membrane at rest' },
    threshold: { default: 1, unit: '1', constraint: 'none', description: 'membrane above which the neuron fires' },
    reset: { default: 0, unit: '1', constraint: 'none', description: 'membrane after a spike that just reached the threshold' },
    beta: { default: 1.8, unit: '1', constraint: 'none', description: 'what a spike adds to the adaptation current' },
  },
  states: ['v', 'i', 'b'],
  options: ADA_LIF_DEFAULTS,
  check: (parameters, options, state, input) =>
    checkNeuron(
      adaLif,
      { order: ['jump-first', 'voltage-first'], decay: ['exponential', 'euler'], comparison: ['>', '>='] },
      parameters,
      options,
      state,
      input,
    ),
  initialState: (b, { leak }, shape) => ({ v: rest(b, leak, shape), i: rest(b, 0, shape), b: rest(b, 0, shape) }),
  step: adaLifStep,
};

/** norse (`ada_lif_step`), all versions. Its default time constant of adaptation is 800 s; see `LSNN_NORSE_PARAMETERS`. */
export const ADA_LIF_NORSE: AdaLifOptions = {
  dt: 1e-3,
  order: 'voltage-first',
  decay: 'euler',
  detachReset: false,
  comparison: '>',
  surrogate: /* @__PURE__ */ fastSigmoid({ sharpness: 100 }),
};
