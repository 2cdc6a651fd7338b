/**
 * The stateless spiking neuron: a threshold with a surrogate derivative, to be put after any layer.
 *
 *   z = [x > threshold]
 */
import { type Backend, checkNeuron, type NeuronModel, type Parameters, type State, type StepResult, type TensorMeta } from '@snn/core';
import { type Comparison, type Surrogate, spike, triangle } from '@snn/surrogates';

/** `threshold` in units of the input. */
export type DiscontinuousParameters<T> = Parameters<'threshold', T>;

/** Nothing is kept. */
export type DiscontinuousState<T> = State<never, T>;

/** Static options. */
export interface DiscontinuousOptions {
  /** What happens exactly at the threshold. */
  readonly comparison: Comparison;
  /** Stands in for the derivative of the spike. */
  readonly surrogate: Surrogate;
}

/** Strict comparison, triangular surrogate. */
export const DISCONTINUOUS_DEFAULTS: DiscontinuousOptions = { comparison: '>', surrogate: /* @__PURE__ */ triangle({ width: 2 }) };

/** One step: input `[B, ...N]` to spikes `[B, ...N]`. */
export function discontinuousStep<T extends TensorMeta>(
  b: Backend<T>,
  { threshold }: DiscontinuousParameters<T>,
  state: DiscontinuousState<T>,
  input: T,
  { comparison, surrogate }: DiscontinuousOptions = DISCONTINUOUS_DEFAULTS,
): StepResult<DiscontinuousState<T>, T> {
  return [spike(b, b.sub(input, threshold), surrogate, comparison), state];
}

/** The model as data: what `@snn/nn` makes a layer of. */
export const discontinuous: NeuronModel<keyof DiscontinuousParameters<unknown>, never, DiscontinuousOptions> = {
  name: 'discontinuous',
  parameters: { threshold: { default: 1, unit: '1', constraint: 'none', description: 'input above which the neuron fires' } },
  states: [],
  options: DISCONTINUOUS_DEFAULTS,
  check: (parameters, options, state, input) => checkNeuron(discontinuous, { comparison: ['>', '>='] }, parameters, options, state, input),
  initialState: () => ({}),
  step: discontinuousStep,
};

/** rnnbuilder 0.1.1 `Discontinuous(SpikeLinear, threshold)`. */
export const DISCONTINUOUS_RNNBUILDER: DiscontinuousOptions = { comparison: '>', surrogate: /* @__PURE__ */ triangle({ height: 0.3 }) };
