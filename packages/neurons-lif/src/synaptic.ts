/**
 * The leaky integrate-and-fire neuron with a synaptic current, in discrete time: current and membrane keep the parts `alpha` and `beta` of
 * themselves. No time step, no units.
 *
 *   i = alpha i + x
 *   u = beta v + i
 *   z = [u > threshold]
 *   v = u - z threshold, or 0 where z, or u
 *
 * Other libraries reset one step later; `resetTiming` says where. Recurrent connections are the caller's: add `z_previous W` to the input.
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
import { arctan, triangle } from '@snn/surrogates';
import { type DiscreteResetOptions, fireAndReset } from './reset.ts';
import { unit } from './unit.ts';

/** `alpha`, `beta` without unit, 0 to 1; `threshold` in units of the membrane. */
export type SynapticParameters<T> = Parameters<'alpha' | 'beta' | 'threshold', T>;

/** Membrane `v` and synaptic current `i`, both `[B, ...N]`. */
export type SynapticState<T> = State<'v' | 'i', T>;

/** Static options. */
export interface SynapticOptions extends DiscreteResetOptions {
  /** Whether alpha and beta are limited to 0 ... 1 at use; their gradients pass inside. */
  readonly clampDecay: boolean;
}

/** Immediate, detached reset by subtraction, strict comparison, triangular surrogate. */
export const SYNAPTIC_DEFAULTS: SynapticOptions = {
  clampDecay: false,
  resetMode: 'subtract',
  resetTiming: 'immediate',
  revokeReset: false,
  detachReset: true,
  comparison: '>',
  surrogate: /* @__PURE__ */ triangle({ width: 2 }),
};

/** One step: input `[B, ...N]` to spikes `[B, ...N]` and the next state. */
export function synapticStep<T extends TensorMeta>(
  b: Backend<T>,
  { alpha, beta, threshold }: SynapticParameters<T>,
  { v, i }: SynapticState<T>,
  input: T,
  options: SynapticOptions = SYNAPTIC_DEFAULTS,
): StepResult<SynapticState<T>, T> {
  const [keptCurrent, kept] = options.clampDecay ? [unit(b, alpha), unit(b, beta)] : [alpha, beta];
  const current = b.add(b.mul(keptCurrent, i), input);
  const [z, next] = fireAndReset(b, v, threshold, (u) => b.add(b.mul(kept, u), current), options);
  return [z, { v: next, i: current }];
}

/** The model as data: what `@snn/nn` makes a layer of. */
export const synaptic: NeuronModel<keyof SynapticParameters<unknown>, keyof SynapticState<unknown>, SynapticOptions> = {
  name: 'synaptic',
  parameters: {
    alpha: { default: 0.8, unit: '1', constraint: 'unit', description: 'part of the synaptic current that is left after a step' },
    beta: { default: 0.9, unit: '1', constraint: 'unit', description: 'part of the membrane that is left after a step' },
    threshold: { default: 1, unit: '1', constraint: 'none', description: 'membrane above which the neuron fires' },
  },
  states: ['v', 'i'],
  options: SYNAPTIC_DEFAULTS,
  check: (parameters, options, state, input) =>
    checkNeuron(
      synaptic,
      { resetMode: ['subtract', 'zero', 'none'], resetTiming: ['immediate', 'before-update', 'after-update'], comparison: ['>', '>='] },
      parameters,
      options,
      state,
      input,
    ),
  initialState: (b, _, shape) => ({ v: rest(b, 0, shape), i: rest(b, 0, shape) }),
  step: synapticStep,
};

/**
 * snnTorch `Synaptic` with its default reset "subtract": v = beta v + i - R threshold, where R are the spikes of the step before. "zero"
 * (`{ ...SYNAPTIC_SNNTORCH, resetMode: 'zero' }`) is v = (1 - R) (beta v + i); "none" likewise.
 *
 * `reset_delay=False`: `{ ...SYNAPTIC_SNNTORCH, revokeReset: true, detachReset: false }`. As coded there, a membrane that stays above the
 * threshold is silent.
 */
export const SYNAPTIC_SNNTORCH: SynapticOptions = {
  clampDecay: true,
  resetMode: 'subtract',
  resetTiming: 'after-update',
  revokeReset: false,
  detachReset: true,
  comparison: '>',
  surrogate: /* @__PURE__ */ arctan(),
};
