/**
 * The leaky integrator without synapse: the input is the current of its own step (a box), the output the membrane.
 *
 *   tau dv/dt = (leak - v) + x
 *
 * In discrete time, with kappa(tau) the part that leaks away in a step (1 - e^(-dt / tau), or dt / tau under Euler):
 *
 *   v = v + kappa(tau) ((leak - v) + x)
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

/** `tau` in s; `leak` in units of the membrane. */
export type LiBoxParameters<T> = Parameters<'tau' | 'leak', T>;

/** Membrane `v`, `[B, ...N]`. */
export type LiBoxState<T> = State<'v', T>;

/** Static options. */
export interface LiBoxOptions {
  /** Length of a step, s. */
  readonly dt: number;
  /** How the membrane leaks. */
  readonly decay: Decay;
}

/** 1 ms, exponential decay. */
export const LI_BOX_DEFAULTS: LiBoxOptions = { dt: 1e-3, decay: 'exponential' };

/** One step: input `[B, ...N]` to the membrane `[B, ...N]` and the next state. */
export function liBoxStep<T extends TensorMeta>(
  b: Backend<T>,
  { tau, leak }: LiBoxParameters<T>,
  { v }: LiBoxState<T>,
  input: T,
  { dt, decay }: LiBoxOptions = LI_BOX_DEFAULTS,
): StepResult<LiBoxState<T>, T> {
  const next = b.add(v, b.mul(leakRate(b, dt, tau, decay), b.add(b.sub(leak, v), input)));
  return [next, { v: next }];
}

/** The model as data: what `@snn/nn` makes a layer of. */
export const liBox: NeuronModel<keyof LiBoxParameters<unknown>, keyof LiBoxState<unknown>, LiBoxOptions> = {
  name: 'liBox',
  parameters: {
    tau: { default: 10e-3, unit: 's', constraint: 'positive', description: 'time constant of the membrane' },
    leak: { default: 0, unit: '1', constraint: 'none', description: 'membrane at rest' },
  },
  states: ['v'],
  options: LI_BOX_DEFAULTS,
  check: (parameters, options, state, input) => checkNeuron(liBox, { decay: ['exponential', 'euler'] }, parameters, options, state, input),
  initialState: (b, { leak }, shape) => ({ v: rest(b, leak, shape) }),
  step: liBoxStep,
};

/** norse 1.0.0 and later (`li_box_step`, `li_box_feed_forward_step`, `LIBoxCell`). */
export const LI_BOX_NORSE: LiBoxOptions = { dt: 1e-3, decay: 'euler' };
