/**
 * The leaky neuron with an adaptive threshold in discrete time: the membrane keeps the part `beta` of itself and takes the whole input, the
 * rise of the threshold keeps the part `rho`. No time step, no units. The spike is tested on the membrane of the step before.
 *
 *   A = threshold + b
 *   z = [(v - A) / A > 0]
 *   v = beta v + x - z A
 *   b = rho b + gamma z
 *
 * What is tested is the distance to the threshold as a part of the threshold, so the width of the surrogate grows with it. A threshold of 0 or
 * below makes no sense.
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

/** `beta`, `rho` without unit, 0 to 1; `threshold`, `gamma` in units of the membrane. */
export type AdaptiveParameters<T> = Parameters<'beta' | 'rho' | 'gamma' | 'threshold', T>;

/** Membrane `v` and rise of the threshold `b`, both `[B, ...N]`. */
export type AdaptiveState<T> = State<'v' | 'b', T>;

/** Static options. */
export interface AdaptiveOptions {
  /** Whether no gradient flows through the reset. */
  readonly detachReset: boolean;
  /** What happens exactly at the threshold. */
  readonly comparison: Comparison;
  /** Stands in for the derivative of the spike, as a function of (v - A) / A. */
  readonly surrogate: Surrogate;
}

/** Detached reset, strict comparison, triangular surrogate. */
export const ADAPTIVE_DEFAULTS: AdaptiveOptions = { detachReset: true, comparison: '>', surrogate: /* @__PURE__ */ triangle() };

/** One step: input `[B, ...N]` to spikes `[B, ...N]` and the next state. */
export function adaptiveStep<T extends TensorMeta>(
  b: Backend<T>,
  { beta, rho, gamma, threshold }: AdaptiveParameters<T>,
  state: AdaptiveState<T>,
  input: T,
  { detachReset, comparison, surrogate }: AdaptiveOptions = ADAPTIVE_DEFAULTS,
): StepResult<AdaptiveState<T>, T> {
  const { v } = state;
  const A = b.add(threshold, state.b);
  const z = spike(b, b.div(b.sub(v, A), A), surrogate, comparison);
  return [
    z,
    {
      v: b.sub(b.add(b.mul(beta, v), input), b.mul(detachReset ? stopGradient(b, z) : z, A)),
      b: b.add(b.mul(rho, state.b), b.mul(gamma, z)),
    },
  ];
}

/** The model as data: what `@snn/nn` makes a layer of. */
export const adaptive: NeuronModel<keyof AdaptiveParameters<unknown>, keyof AdaptiveState<unknown>, AdaptiveOptions> = {
  name: 'adaptive',
  parameters: {
    beta: { default: 0.9, unit: '1', constraint: 'unit', description: 'part of the membrane that is left after a step' },
    rho: { default: 0.9, unit: '1', constraint: 'unit', description: "part of the threshold's rise that is left after a step" },
    gamma: { default: 0.25, unit: '1', constraint: 'none', description: 'what a spike adds to the threshold' },
    threshold: {
      default: 1,
      unit: '1',
      constraint: 'positive',
      description: 'membrane above which the neuron fires when it has not adapted',
    },
  },
  states: ['v', 'b'],
  options: ADAPTIVE_DEFAULTS,
  check: (parameters, options, state, input) => checkNeuron(adaptive, { comparison: ['>', '>='] }, parameters, options, state, input),
  initialState: (b, _, shape) => ({ v: rest(b, 0, shape), b: rest(b, 0, shape) }),
  step: adaptiveStep,
};

/**
 * rnnbuilder 0.1.1 `Adaptive(tau, tau_thr, gamma)`, whose beta is e^(-1 / tau), whose rho is e^(-1 / tau_thr) and whose threshold is 1; by
 * default tau and tau_thr are 5 and gamma 0.25.
 */
export const ADAPTIVE_RNNBUILDER: AdaptiveOptions = {
  detachReset: false,
  comparison: '>',
  surrogate: /* @__PURE__ */ triangle({ height: 0.3 }),
};
