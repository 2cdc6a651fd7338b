/**
 * The leaky integrate-and-fire neuron in discrete time: the membrane keeps the part `beta` of itself and takes the whole input. No time step,
 * no units.
 *
 *   u = beta v + x
 *   z = [u > threshold]
 *   v = u - z threshold, or 0 where z, or u
 *
 * A time constant tau and a step dt give beta = e^(-dt / tau). Other libraries reset one step later; `resetTiming` says where. Recurrent
 * connections are the caller's: add `z_previous W` to the input.
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
import { arctan, sigmoid, triangle } from '@snn/surrogates';
import { type DiscreteResetOptions, fireAndReset } from './reset.ts';
import { unit } from './unit.ts';

/** `beta` without unit, 0 to 1; `threshold` in units of the membrane. */
export type LeakyParameters<T> = Parameters<'beta' | 'threshold', T>;

/** Membrane `v`, `[B, ...N]`. */
export type LeakyState<T> = State<'v', T>;

/** Static options. */
export interface LeakyOptions extends DiscreteResetOptions {
  /** Whether beta is limited to 0 ... 1 at use; its gradient passes inside. */
  readonly clampDecay: boolean;
}

/** Immediate, detached reset by subtraction, strict comparison, triangular surrogate. */
export const LEAKY_DEFAULTS: LeakyOptions = {
  clampDecay: false,
  resetMode: 'subtract',
  resetTiming: 'immediate',
  revokeReset: false,
  detachReset: true,
  comparison: '>',
  surrogate: /* @__PURE__ */ triangle({ width: 2 }),
};

/** One step: input `[B, ...N]` to spikes `[B, ...N]` and the next state. */
export function leakyStep<T extends TensorMeta>(
  b: Backend<T>,
  { beta, threshold }: LeakyParameters<T>,
  { v }: LeakyState<T>,
  input: T,
  options: LeakyOptions = LEAKY_DEFAULTS,
): StepResult<LeakyState<T>, T> {
  const kept = options.clampDecay ? unit(b, beta) : beta;
  const [z, next] = fireAndReset(b, v, threshold, (u) => b.add(b.mul(kept, u), input), options);
  return [z, { v: next }];
}

/** The model as data: what `@snn/nn` makes a layer of. */
export const leaky: NeuronModel<keyof LeakyParameters<unknown>, keyof LeakyState<unknown>, LeakyOptions> = {
  name: 'leaky',
  parameters: {
    beta: { default: 0.9, unit: '1', constraint: 'unit', description: 'part of the membrane that is left after a step' },
    threshold: { default: 1, unit: '1', constraint: 'none', description: 'membrane above which the neuron fires' },
  },
  states: ['v'],
  options: LEAKY_DEFAULTS,
  check: (parameters, options, state, input) =>
    checkNeuron(
      leaky,
      { resetMode: ['subtract', 'zero', 'none'], resetTiming: ['immediate', 'before-update', 'after-update'], comparison: ['>', '>='] },
      parameters,
      options,
      state,
      input,
    ),
  initialState: (b, _, shape) => ({ v: rest(b, 0, shape) }),
  step: leakyStep,
};

/**
 * snnTorch 0.8 and later `Leaky` with its default reset "subtract", and 0.7 with `init_hidden=True`: v = beta v + x - R threshold, where R are
 * the spikes of the step before. "none": `{ ...LEAKY_SNNTORCH, resetMode: 'none' }`. `graded_spikes_factor`: multiply the output.
 *
 * `reset_delay=False`: `{ ...LEAKY_SNNTORCH, revokeReset: true, detachReset: false }`. As coded there, a membrane that stays above the
 * threshold is silent.
 */
export const LEAKY_SNNTORCH: LeakyOptions = {
  clampDecay: true,
  resetMode: 'subtract',
  resetTiming: 'after-update',
  revokeReset: false,
  detachReset: true,
  comparison: '>',
  surrogate: /* @__PURE__ */ arctan(),
};

/** The same with reset "zero": v = beta (1 - R) v + x, so the input of the step is kept. */
export const LEAKY_SNNTORCH_ZERO: LeakyOptions = {
  clampDecay: true,
  resetMode: 'zero',
  resetTiming: 'before-update',
  revokeReset: false,
  detachReset: true,
  comparison: '>',
  surrogate: /* @__PURE__ */ arctan(),
};

/** snnTorch up to 0.7 `Leaky` with the state passed explicitly and reset "subtract": v = beta (v - R threshold) + x. */
export const LEAKY_SNNTORCH07: LeakyOptions = {
  clampDecay: true,
  resetMode: 'subtract',
  resetTiming: 'before-update',
  revokeReset: false,
  detachReset: true,
  comparison: '>',
  surrogate: /* @__PURE__ */ arctan(),
};

/** The same with reset "zero": v = (1 - R) (beta v + x), so the input of the step is lost. */
export const LEAKY_SNNTORCH07_ZERO: LeakyOptions = {
  clampDecay: true,
  resetMode: 'zero',
  resetTiming: 'after-update',
  revokeReset: false,
  detachReset: true,
  comparison: '>',
  surrogate: /* @__PURE__ */ arctan(),
};

/** rnnbuilder 0.1.1 `LIF(tau)`, whose beta is e^(-1 / tau) and whose threshold is 1. */
export const LEAKY_RNNBUILDER: LeakyOptions = {
  clampDecay: false,
  resetMode: 'subtract',
  resetTiming: 'immediate',
  revokeReset: false,
  detachReset: false,
  comparison: '>',
  surrogate: /* @__PURE__ */ triangle({ height: 0.3 }),
};

/** traceTorch 0.19.2 `LIB` with spikes (the quantiser `round_ste`). Its unreleased successor fires at the threshold too: comparison `>=`. */
export const LEAKY_TRACETORCH: LeakyOptions = {
  clampDecay: false,
  resetMode: 'subtract',
  resetTiming: 'immediate',
  revokeReset: false,
  detachReset: false,
  comparison: '>',
  surrogate: /* @__PURE__ */ sigmoid({ sharpness: 4 }),
};
