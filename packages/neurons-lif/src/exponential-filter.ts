/**
 * The exponential filter: a trace of its input, without threshold and without gain.
 *
 *   v = e^(-dt / tau) v + x
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

/** `tau` in s. */
export type ExponentialFilterParameters<T> = Parameters<'tau', T>;

/** Trace `v`, `[B, ...N]`. */
export type ExponentialFilterState<T> = State<'v', T>;

/** Static options. */
export interface ExponentialFilterOptions {
  /** Length of a step, s. */
  readonly dt: number;
}

/** 1 ms. */
export const EXPONENTIAL_FILTER_DEFAULTS: ExponentialFilterOptions = { dt: 1e-3 };

/** One step: input `[B, ...N]` to the trace `[B, ...N]` and the next state. */
export function exponentialFilterStep<T extends TensorMeta>(
  b: Backend<T>,
  { tau }: ExponentialFilterParameters<T>,
  { v }: ExponentialFilterState<T>,
  input: T,
  { dt }: ExponentialFilterOptions = EXPONENTIAL_FILTER_DEFAULTS,
): StepResult<ExponentialFilterState<T>, T> {
  const next = b.add(b.mul(b.exp(b.div(-dt, tau)), v), input);
  return [next, { v: next }];
}

/** The model as data: what `@snn/nn` makes a layer of. norse's `ExpFilter` is a linear layer and this, with tau = 1 ms. */
export const exponentialFilter: NeuronModel<
  keyof ExponentialFilterParameters<unknown>,
  keyof ExponentialFilterState<unknown>,
  ExponentialFilterOptions
> = {
  name: 'exponentialFilter',
  parameters: { tau: { default: 10e-3, unit: 's', constraint: 'positive', description: 'time constant of the trace' } },
  states: ['v'],
  options: EXPONENTIAL_FILTER_DEFAULTS,
  check: (parameters, options, state, input) => checkNeuron(exponentialFilter, {}, parameters, options, state, input),
  initialState: (b, _, shape) => ({ v: rest(b, 0, shape) }),
  step: exponentialFilterStep,
};
