/**
 * The current-based leaky integrate-and-fire neuron with a refractory period: after a spike the membrane stands still and is silent for
 * `refractory` steps. The synaptic current goes on.
 *
 *   z, v', i = one step of `lif` from v, i
 *   m = [rho > 0]                              refractory
 *   v = v' , or the old v where m
 *   z = (1 - m) z
 *   rho = max(rho - m, 0), or refractory where z
 *
 * Recurrent connections are the caller's: add `z_previous W` to the input.
 */
import {
  argumentError,
  type Backend,
  checkNeuron,
  type NeuronModel,
  type Parameters,
  relu,
  rest,
  type State,
  type StepResult,
  type TensorMeta,
} from '@snn/core';
import { fastSigmoid, resetTo, spike, triangle } from '@snn/surrogates';
import { type LifOptions, lifStep } from './lif.ts';

/** `tau`, `tauSynapse` in s; `leak`, `threshold`, `reset` in units of the membrane; `refractory` in steps. */
export type LifRefractoryParameters<T> = Parameters<'tau' | 'tauSynapse' | 'leak' | 'threshold' | 'reset' | 'refractory', T>;

/** Membrane `v`, synaptic current `i` and the steps `rho` that the neuron is still refractory, all `[B, ...N]`. */
export type LifRefractoryState<T> = State<'v' | 'i' | 'rho', T>;

/** Static options. */
export interface LifRefractoryOptions extends LifOptions {
  /** Whether m counts as a constant for the gradient, or has the surrogate of the spike, too. */
  readonly detachRefractory: boolean;
}

/** Those of `lif`, and a detached refractory period. */
export const LIF_REFRACTORY_DEFAULTS: LifRefractoryOptions = {
  dt: 1e-3,
  order: 'jump-first',
  decay: 'exponential',
  resetMode: 'subtract',
  detachReset: true,
  detachRefractory: true,
  comparison: '>',
  surrogate: /* @__PURE__ */ triangle({ width: 2 }),
};

/** One step: input `[B, ...N]` to spikes `[B, ...N]` and the next state. */
export function lifRefractoryStep<T extends TensorMeta>(
  b: Backend<T>,
  parameters: LifRefractoryParameters<T>,
  { v, i, rho }: LifRefractoryState<T>,
  input: T,
  options: LifRefractoryOptions = LIF_REFRACTORY_DEFAULTS,
): StepResult<LifRefractoryState<T>, T> {
  const { detachRefractory, surrogate } = options;
  const [fired, next] = lifStep(b, parameters, { v, i }, input, options);
  const m = detachRefractory ? b.gt(rho, 0) : spike(b, rho, surrogate);
  const z = b.mul(b.sub(1, m), fired);
  const left = resetTo(b, relu(b, b.sub(rho, m)), z, parameters.refractory, detachRefractory);
  return [z, { v: resetTo(b, next.v, m, v, detachRefractory), i: next.i, rho: left }];
}

/** The model as data: what `@snn/nn` makes a layer of. */
export const lifRefractory: NeuronModel<keyof LifRefractoryParameters<unknown>, keyof LifRefractoryState<unknown>, LifRefractoryOptions> = {
  name: 'lifRefractory',
  parameters: {
    tau: { default: 10e-3, unit: 's', constraint: 'positive', description: 'time constant of the membrane' },
    tauSynapse: { default: 5e-3, unit: 's', constraint: 'positive', description: 'time constant of the synaptic current' },
    leak: { default: 0, unit: '1', constraint: 'none', description: 'membrane at rest' },
    threshold: { default: 1, unit: '1', constraint: 'none', description: 'membrane above which the neuron fires' },
    reset: { default: 0, unit: '1', constraint: 'none', description: "membrane after a spike, under resetMode 'to'" },
    refractory: { default: 5, unit: 'steps', constraint: 'positive', description: 'steps of silence after a spike' },
  },
  states: ['v', 'i', 'rho'],
  options: LIF_REFRACTORY_DEFAULTS,
  check(parameters, options, state, input) {
    checkNeuron(
      lifRefractory,
      { order: ['jump-first', 'voltage-first'], decay: ['exponential', 'euler'], resetMode: ['subtract', 'to'], comparison: ['>', '>='] },
      parameters,
      options,
      state,
      input,
    );
    const { refractory } = parameters;
    if (typeof refractory === 'number' && !(Number.isInteger(refractory) && refractory >= 0))
      throw argumentError(`lifRefractory: refractory must be a whole number of steps of at least 0, but is ${refractory}.`);
  },
  initialState: (b, { leak }, shape) => ({ v: rest(b, leak, shape), i: rest(b, 0, shape), rho: rest(b, 0, shape) }),
  step: lifRefractoryStep,
};

/**
 * norse 1.0.0 and later (`lif_refrac_step`, `LIFRefracRecurrentCell`). Its feed-forward twin (`lif_refrac_feed_forward_step`, `LIFRefracCell`) does
 * not detach the reset: `{ ...LIF_REFRACTORY_NORSE, detachReset: false }`.
 */
export const LIF_REFRACTORY_NORSE: LifRefractoryOptions = {
  dt: 1e-3,
  order: 'jump-first',
  decay: 'euler',
  resetMode: 'to',
  detachReset: true,
  detachRefractory: false,
  comparison: '>',
  surrogate: /* @__PURE__ */ fastSigmoid({ sharpness: 100 }),
};
