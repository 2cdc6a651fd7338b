/**
 * Lapicque's neuron: a resistor and a capacitor side by side, charged by the input current.
 *
 *   resistance capacitance dv/dt = -v + resistance x
 *
 * In discrete time, with kappa(tau) the part that leaks away in a step (1 - e^(-dt / tau), or dt / tau under Euler):
 *
 *   u = v + kappa(resistance capacitance) (resistance x - v)
 *   z = [u > threshold]
 *   v = u - z threshold, or 0 where z, or u
 *
 * Other libraries reset one step later; `resetTiming` says where.
 */
import {
  argumentError,
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
import { arctan, triangle } from '@snn/surrogates';
import { type DiscreteResetOptions, fireAndReset } from './reset.ts';

/** `resistance` in ohm, `capacitance` in F, `threshold` in V; the input is in A. */
export type LapicqueParameters<T> = Parameters<'resistance' | 'capacitance' | 'threshold', T>;

/** Membrane `v` in V, `[B, ...N]`. */
export type LapicqueState<T> = State<'v', T>;

/** Static options. */
export interface LapicqueOptions extends DiscreteResetOptions {
  /** Length of a step, s. */
  readonly dt: number;
  /** How the membrane leaks. */
  readonly decay: Decay;
}

/** 1 ms, exponential decay, immediate, detached reset by subtraction, strict comparison, triangular surrogate. */
export const LAPICQUE_DEFAULTS: LapicqueOptions = {
  dt: 1e-3,
  decay: 'exponential',
  resetMode: 'subtract',
  resetTiming: 'immediate',
  revokeReset: false,
  detachReset: true,
  comparison: '>',
  surrogate: /* @__PURE__ */ triangle({ width: 2 }),
};

/** One step: input `[B, ...N]` to spikes `[B, ...N]` and the next state. */
export function lapicqueStep<T extends TensorMeta>(
  b: Backend<T>,
  { resistance, capacitance, threshold }: LapicqueParameters<T>,
  { v }: LapicqueState<T>,
  input: T,
  options: LapicqueOptions = LAPICQUE_DEFAULTS,
): StepResult<LapicqueState<T>, T> {
  const kappa = leakRate(b, options.dt, b.mul(resistance, capacitance), options.decay);
  const driven = b.mul(resistance, input);
  const [z, next] = fireAndReset(b, v, threshold, (u) => b.add(u, b.mul(kappa, b.sub(driven, u))), options);
  return [z, { v: next }];
}

/** The model as data: what `@snn/nn` makes a layer of. */
export const lapicque: NeuronModel<keyof LapicqueParameters<unknown>, keyof LapicqueState<unknown>, LapicqueOptions> = {
  name: 'lapicque',
  parameters: {
    resistance: { default: 1, unit: 'ohm', constraint: 'positive', description: 'of the membrane: what the input is multiplied with' },
    capacitance: {
      default: 10e-3,
      unit: 'F',
      constraint: 'positive',
      description: 'of the membrane; with the resistance its time constant',
    },
    threshold: { default: 1, unit: 'V', constraint: 'none', description: 'membrane above which the neuron fires' },
  },
  states: ['v'],
  options: LAPICQUE_DEFAULTS,
  check(parameters, options, state, input) {
    checkNeuron(
      lapicque,
      {
        decay: ['exponential', 'euler'],
        resetMode: ['subtract', 'zero', 'none'],
        resetTiming: ['immediate', 'before-update', 'after-update'],
        comparison: ['>', '>='],
      },
      parameters,
      options,
      state,
      input,
    );
    const { resistance, capacitance } = parameters;
    for (const [name, value] of Object.entries({ resistance, capacitance }))
      if (typeof value === 'number' && value <= 0) throw argumentError(`lapicque: ${name} must be above 0, but is ${value}.`);
    if (
      typeof resistance === 'number' &&
      typeof capacitance === 'number' &&
      options.decay === 'euler' &&
      options.dt > resistance * capacitance
    )
      throw argumentError(
        `lapicque: an Euler step of dt = ${options.dt} s is longer than resistance capacitance = ${resistance * capacitance} s, so the membrane would change its sign in every step; choose a smaller dt or decay 'exponential'.`,
      );
  },
  initialState: (b, _, shape) => ({ v: rest(b, 0, shape) }),
  step: lapicqueStep,
};

/**
 * snnTorch `Lapicque` with its default reset "subtract"; "zero" and "none" by `resetMode`. Its `beta` alone stands for resistance 1 and
 * capacitance dt / ln(1 / beta), so that 1 + ln(beta) of the membrane is left after a step, not beta.
 */
export const LAPICQUE_SNNTORCH: LapicqueOptions = {
  dt: 1,
  decay: 'euler',
  resetMode: 'subtract',
  resetTiming: 'after-update',
  revokeReset: false,
  detachReset: true,
  comparison: '>',
  surrogate: /* @__PURE__ */ arctan(),
};
