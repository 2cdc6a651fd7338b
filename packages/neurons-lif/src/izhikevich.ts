/**
 * Izhikevich's neuron: two variables and a reset that show twenty kinds of behaviour of cortical neurons (`IZHIKEVICH_BEHAVIOURS`).
 *
 *   tau dv/dt = square v^2 + linear v + constant - u + x
 *   tau du/dt = a (b v - u)
 *
 * In discrete time, by one Euler step with h = dt / tau:
 *
 *   v' = v + h (square v^2 + linear v + constant - u + x)
 *   u' = u + h a (b v - u)
 *   z  = [v' > threshold]
 *   v  = v', or c where z
 *   u  = u', or u' + d where z
 *
 * v is in mV, and a and b count in ms: tau is 1 ms. Recurrent connections are the caller's: add `z_previous W` to the input.
 *
 * Source: Izhikevich, Which model to use for cortical spiking neurons?, IEEE Transactions on Neural Networks 15 (2004).
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

/**
 * `a` (rate of the recovery), `b` (its dependence on the membrane), `c` (membrane after a spike, mV), `d` (jump of the recovery at a spike);
 * `square`, `linear`, `constant` of the parabola; `threshold` in mV, `tau` in s; `startV`, `startU` before the first step.
 */
export type IzhikevichParameters<T> = Parameters<
  'a' | 'b' | 'c' | 'd' | 'square' | 'linear' | 'constant' | 'threshold' | 'tau' | 'startV' | 'startU',
  T
>;

/** Membrane `v` in mV and recovery `u`, both `[B, ...N]`. */
export type IzhikevichState<T> = State<'v' | 'u', T>;

/** Static options. */
export interface IzhikevichOptions {
  /** Length of a step, s; at tau = 1 ms, 0.5 ms and less are accurate enough for the behaviours. */
  readonly dt: number;
  /** Whether no gradient flows through the reset. */
  readonly detachReset: boolean;
  /** What happens exactly at the threshold. */
  readonly comparison: Comparison;
  /** Stands in for the derivative of the spike. */
  readonly surrogate: Surrogate;
}

/** 0.25 ms, detached reset, strict comparison, triangular surrogate. */
export const IZHIKEVICH_DEFAULTS: IzhikevichOptions = {
  dt: 0.25e-3,
  detachReset: true,
  comparison: '>',
  surrogate: /* @__PURE__ */ triangle({ width: 2 }),
};

/** One step: input `[B, ...N]` to spikes `[B, ...N]` and the next state. */
export function izhikevichStep<T extends TensorMeta>(
  b: Backend<T>,
  parameters: Omit<IzhikevichParameters<T>, 'startV' | 'startU'>,
  { v, u }: IzhikevichState<T>,
  input: T,
  { dt, detachReset, comparison, surrogate }: IzhikevichOptions = IZHIKEVICH_DEFAULTS,
): StepResult<IzhikevichState<T>, T> {
  const { a, b: dependence, c, d, square, linear, constant, threshold, tau } = parameters;
  const h = b.div(dt, tau);
  const parabola = b.add(b.add(b.mul(square, b.mul(v, v)), b.mul(linear, v)), constant);
  const nextV = b.add(v, b.mul(h, b.add(b.sub(parabola, u), input)));
  const nextU = b.add(u, b.mul(b.mul(h, a), b.sub(b.mul(dependence, v), u)));
  const z = spike(b, b.sub(nextV, threshold), surrogate, comparison);
  return [z, { v: resetTo(b, nextV, z, c, detachReset), u: resetTo(b, nextU, z, b.add(nextU, d), detachReset) }];
}

/** The model as data: what `@snn/nn` makes a layer of. The defaults are those of tonic spiking. */
export const izhikevich: NeuronModel<keyof IzhikevichParameters<unknown>, keyof IzhikevichState<unknown>, IzhikevichOptions> = {
  name: 'izhikevich',
  parameters: {
    a: { default: 0.02, unit: '1', constraint: 'none', description: 'rate of the recovery u' },
    b: { default: 0.2, unit: '1/mV', constraint: 'none', description: 'what the recovery u relaxes to, per mV of the membrane' },
    c: { default: -65, unit: 'mV', constraint: 'none', description: 'membrane after a spike' },
    d: { default: 6, unit: '1', constraint: 'none', description: 'what a spike adds to the recovery u' },
    square: { default: 0.04, unit: '1/mV', constraint: 'none', description: 'coefficient of the squared membrane' },
    linear: { default: 5, unit: '1', constraint: 'none', description: 'coefficient of the membrane' },
    constant: { default: 140, unit: 'mV', constraint: 'none', description: 'constant drive' },
    threshold: { default: 30, unit: 'mV', constraint: 'none', description: 'membrane above which the neuron fires' },
    tau: { default: 1e-3, unit: 's', constraint: 'positive', description: 'the unit of time of the equations' },
    startV: { default: -70, unit: 'mV', constraint: 'none', description: 'membrane before the first step' },
    startU: { default: -14, unit: '1', constraint: 'none', description: 'recovery before the first step; b startV is at rest' },
  },
  states: ['v', 'u'],
  options: IZHIKEVICH_DEFAULTS,
  check: (parameters, options, state, input) => checkNeuron(izhikevich, { comparison: ['>', '>='] }, parameters, options, state, input),
  initialState: (b, { startV, startU }, shape) => ({ v: rest(b, startV, shape), u: rest(b, startU, shape) }),
  step: izhikevichStep,
};

/** norse `izhikevich_feed_forward_step` and `izhikevich_recurrent_step`, whose dt of 1 ms goes with a tau of 4 ms (tau_inv = 250): h is 0.25. */
export const IZHIKEVICH_NORSE: IzhikevichOptions = {
  dt: 1e-3,
  detachReset: false,
  comparison: '>',
  surrogate: /* @__PURE__ */ fastSigmoid({ sharpness: 100 }),
};
