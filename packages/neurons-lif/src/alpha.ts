/**
 * The alpha neuron: a spike that comes in raises the membrane smoothly and lets it fall again, since the membrane is the difference of two
 * currents, a slow one and a fast one. No time step, no units.
 *
 *   excitatory = alpha excitatory + x
 *   inhibitory = beta inhibitory - x
 *   u = gain (excitatory + inhibitory)       gain = ln(alpha) / (ln(beta) - ln(alpha)) + 1
 *
 *   immediate: z = [u > threshold]
 *     zero       excitatory, inhibitory, v = 0 where z
 *     subtract   excitatory = excitatory - z threshold / gain,   v = u - z threshold
 *
 *   delayed: R = [v > threshold] of the step before; z = [v > threshold] of the new v
 *     zero       excitatory, inhibitory, v = 0 where R
 *     subtract   excitatory = excitatory - R threshold,   v = u + R inhibitory (of the step before),   inhibitory = 0 where R
 *
 * The membrane is not integrated: what a reset does not take from the currents comes back in the next step. The delayed subtraction is as
 * snnTorch has it.
 */
import {
  argumentError,
  type Backend,
  checkNeuron,
  type NeuronModel,
  type Operand,
  type Parameters,
  rest,
  type State,
  type StepResult,
  scalar,
  stopGradient,
  type TensorMeta,
} from '@snn/core';
import { arctan, type Comparison, resetTo, type Surrogate, spike, triangle } from '@snn/surrogates';
import type { DiscreteResetMode } from './reset.ts';
import { unit } from './unit.ts';

/** `alpha`, `beta` without unit, 0 to 1, alpha above beta; `threshold` in units of the membrane. */
export type AlphaParameters<T> = Parameters<'alpha' | 'beta' | 'threshold', T>;

/** Currents `excitatory` and `inhibitory` and membrane `v`, all `[B, ...N]`. */
export type AlphaState<T> = State<'excitatory' | 'inhibitory' | 'v', T>;

/** Static options. */
export interface AlphaOptions {
  /** Whether alpha and beta are limited to 0 ... 1 at use; their gradients pass inside. */
  readonly clampDecay: boolean;
  /** What a spike does: set currents and membrane to zero, subtract, or nothing. */
  readonly resetMode: DiscreteResetMode;
  /** Whether a spike resets in its own step or in the next. */
  readonly resetTiming: 'immediate' | 'delayed';
  /** Whether no gradient flows through an immediate reset; through a delayed one none ever does. */
  readonly detachReset: boolean;
  /** What happens exactly at the threshold. */
  readonly comparison: Comparison;
  /** Stands in for the derivative of the spike. */
  readonly surrogate: Surrogate;
}

/** Immediate, detached reset to zero, strict comparison, triangular surrogate. */
export const ALPHA_DEFAULTS: AlphaOptions = {
  clampDecay: false,
  resetMode: 'zero',
  resetTiming: 'immediate',
  detachReset: true,
  comparison: '>',
  surrogate: /* @__PURE__ */ triangle({ width: 2 }),
};

/** One step: input `[B, ...N]` to spikes `[B, ...N]` and the next state. */
export function alphaStep<T extends TensorMeta>(
  b: Backend<T>,
  parameters: AlphaParameters<T>,
  { excitatory, inhibitory, v }: AlphaState<T>,
  input: T,
  { clampDecay, resetMode, resetTiming, detachReset, comparison, surrogate }: AlphaOptions = ALPHA_DEFAULTS,
): StepResult<AlphaState<T>, T> {
  const { threshold } = parameters;
  const kept = (x: Operand<T>): T => (clampDecay ? unit(b, x) : typeof x === 'number' ? scalar(b, x) : x);
  const [alpha, beta] = [kept(parameters.alpha), kept(parameters.beta)];
  const fire = (u: T): T => spike(b, b.sub(u, threshold), surrogate, comparison);
  const slow = b.add(b.mul(alpha, excitatory), input);
  const fast = b.sub(b.mul(beta, inhibitory), input);
  const gain = b.add(b.div(b.log(alpha), b.sub(b.log(beta), b.log(alpha))), 1);
  const u = b.mul(gain, b.add(slow, fast));
  if (resetMode === 'none') return [fire(u), { excitatory: slow, inhibitory: fast, v: u }];
  if (resetTiming === 'immediate') {
    const z = fire(u);
    const lower = (x: T, target: Operand<T>): T => resetTo(b, x, z, target, detachReset);
    if (resetMode === 'zero') return [z, { excitatory: lower(slow, 0), inhibitory: lower(fast, 0), v: lower(u, 0) }];
    return [z, { excitatory: lower(slow, b.sub(slow, b.div(threshold, gain))), inhibitory: fast, v: lower(u, b.sub(u, threshold)) }];
  }
  const owed = stopGradient(b, fire(v));
  const left = (x: T): T => b.mul(x, b.sub(1, owed));
  const next: AlphaState<T> =
    resetMode === 'zero'
      ? { excitatory: left(slow), inhibitory: left(fast), v: left(u) }
      : { excitatory: b.sub(slow, b.mul(owed, threshold)), inhibitory: left(fast), v: b.add(u, b.mul(owed, inhibitory)) };
  return [fire(next.v), next];
}

/** The model as data: what `@snn/nn` makes a layer of. */
export const alpha: NeuronModel<keyof AlphaParameters<unknown>, keyof AlphaState<unknown>, AlphaOptions> = {
  name: 'alpha',
  parameters: {
    alpha: { default: 0.9, unit: '1', constraint: 'unit', description: 'part of the slow current that is left after a step' },
    beta: { default: 0.8, unit: '1', constraint: 'unit', description: 'part of the fast current that is left after a step, below alpha' },
    threshold: { default: 1, unit: '1', constraint: 'none', description: 'membrane above which the neuron fires' },
  },
  states: ['excitatory', 'inhibitory', 'v'],
  options: ALPHA_DEFAULTS,
  check(parameters, options, state, input) {
    checkNeuron(
      alpha,
      { resetMode: ['subtract', 'zero', 'none'], resetTiming: ['immediate', 'delayed'], comparison: ['>', '>='] },
      parameters,
      options,
      state,
      input,
    );
    const { alpha: slow, beta: fast } = parameters;
    if (typeof slow === 'number' && typeof fast === 'number' && !(fast > 0 && slow > fast && slow < 1))
      throw argumentError(
        `alpha: alpha and beta must fulfil 0 < beta < alpha < 1, but are ${slow} and ${fast}; alpha is the slow current's.`,
      );
  },
  initialState: (b, _, shape) => ({ excitatory: rest(b, 0, shape), inhibitory: rest(b, 0, shape), v: rest(b, 0, shape) }),
  step: alphaStep,
};

/** snnTorch `Alpha` with its default reset "zero"; "subtract" and "none" by `resetMode`. Its subtraction is erratic. */
export const ALPHA_SNNTORCH: AlphaOptions = {
  clampDecay: true,
  resetMode: 'zero',
  resetTiming: 'delayed',
  detachReset: true,
  comparison: '>',
  surrogate: /* @__PURE__ */ arctan(),
};
