/**
 * The leaky integrator: the current-based neuron without threshold, whose output is its membrane. The usual readout.
 *
 *   tau        dv/dt = (leak - v) + i
 *   tauSynapse di/dt = -i
 *
 * In discrete time, with kappa(tau) the part that leaks away in a step (1 - e^(-dt / tau), or dt / tau under Euler):
 *
 *   jump-first                                voltage-first
 *     j = i + x                                 j = i
 *     v = v + kappa(tau) ((leak - v) + j)       v = v + kappa(tau) ((leak - v) + j)
 *     i = j - kappa(tauSynapse) j               i = j - kappa(tauSynapse) j + x
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

/** `tau`, `tauSynapse` in s; `leak` in units of the membrane. */
export type LiParameters<T> = Parameters<'tau' | 'tauSynapse' | 'leak', T>;

/** Membrane `v` and synaptic current `i`, both `[B, ...N]`. */
export type LiState<T> = State<'v' | 'i', T>;

/** Static options. */
export interface LiOptions {
  /** Length of a step, s. */
  readonly dt: number;
  /** Whether an input reaches the membrane in its own step or in the next. */
  readonly order: 'jump-first' | 'voltage-first';
  /** How the traces leak. */
  readonly decay: Decay;
}

/** 1 ms, jump-first, exponential decay. */
export const LI_DEFAULTS: LiOptions = { dt: 1e-3, order: 'jump-first', decay: 'exponential' };

/** One step: input `[B, ...N]` to the membrane `[B, ...N]` and the next state. */
export function liStep<T extends TensorMeta>(
  b: Backend<T>,
  { tau, tauSynapse, leak }: LiParameters<T>,
  { v, i }: LiState<T>,
  input: T,
  { dt, order, decay }: LiOptions = LI_DEFAULTS,
): StepResult<LiState<T>, T> {
  const jumpFirst = order === 'jump-first';
  const j = jumpFirst ? b.add(i, input) : i;
  const next = b.add(v, b.mul(leakRate(b, dt, tau, decay), b.add(b.sub(leak, v), j)));
  const decayed = b.sub(j, b.mul(leakRate(b, dt, tauSynapse, decay), j));
  return [next, { v: next, i: jumpFirst ? decayed : b.add(decayed, input) }];
}

/** The model as data: what `@snn/nn` makes a layer of. */
export const li: NeuronModel<keyof LiParameters<unknown>, keyof LiState<unknown>, LiOptions> = {
  name: 'li',
  parameters: {
    tau: { default: 10e-3, unit: 's', constraint: 'positive', description: 'time constant of the membrane' },
    tauSynapse: { default: 5e-3, unit: 's', constraint: 'positive', description: 'time constant of the synaptic current' },
    leak: { default: 0, unit: '1', constraint: 'none', description: 'membrane at rest' },
  },
  states: ['v', 'i'],
  options: LI_DEFAULTS,
  check: (parameters, options, state, input) =>
    checkNeuron(li, { order: ['jump-first', 'voltage-first'], decay: ['exponential', 'euler'] }, parameters, options, state, input),
  initialState: (b, { leak }, shape) => ({ v: rest(b, leak, shape), i: rest(b, 0, shape) }),
  step: liStep,
};

/** norse 1.0.0 and later (`li_step`, `li_feed_forward_step`, `LICell`). */
export const LI_NORSE: LiOptions = { dt: 1e-3, order: 'jump-first', decay: 'euler' };

/** norse up to 0.0.7, before the order of the step was changed. */
export const LI_NORSE_VOLTAGE_FIRST: LiOptions = { dt: 1e-3, order: 'voltage-first', decay: 'euler' };
