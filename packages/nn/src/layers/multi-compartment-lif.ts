/**
 * The leaky integrate-and-fire neuron of several compartments of `@snn/neurons-lif` as a layer: its coupling is a fixed matrix, and so no option as
 * the other parameters are.
 */
import type { Backend, NeuronModel, Parameters, TensorMeta } from '@snn/core';
import {
  compartmentCoupling,
  type MultiCompartmentLifOptions,
  type MultiCompartmentLifParameters,
  type MultiCompartmentLifState,
  multiCompartmentLif as multiCompartmentLifModel,
} from '@snn/neurons-lif';
import type { Layer } from '../layer.ts';
import { type NeuronOptions, neuron } from './neuron.ts';

type Own = Exclude<keyof MultiCompartmentLifParameters<unknown>, 'coupling'>;

/** Options of `multiCompartmentLif`: those of the model but the coupling. */
export type MultiCompartmentLifLayerOptions = NeuronOptions<
  Own,
  MultiCompartmentLifOptions,
  keyof MultiCompartmentLifState<unknown> & string
>;

/**
 * N compartments of one neuron, each a `lif`, `[B, N]` to `[B, N]`.
 *
 * @param rates what compartments exchange, 1 / s: a symmetric table `[N][N]`, whose diagonal is ignored
 * @throws an `argument` error when the table is not square and symmetric, or an option does not fit.
 */
export function multiCompartmentLif(rates: readonly (readonly number[])[], options: MultiCompartmentLifLayerOptions = {}): Layer {
  const { coupling: _, ...parameters } = multiCompartmentLifModel.parameters;
  // only its shape is looked at; a table that is not square and symmetric is refused here, not at the first run
  const stand: TensorMeta = compartmentCoupling({ fromData: (_data, shape): TensorMeta => ({ shape, dtype: 'float32' }) }, rates);
  const elementwise: NeuronModel<Own, keyof MultiCompartmentLifState<unknown> & string, MultiCompartmentLifOptions> = {
    ...multiCompartmentLifModel,
    parameters,
    check<T extends TensorMeta>(given: Parameters<Own, T>, settings: MultiCompartmentLifOptions): void {
      multiCompartmentLifModel.check?.<TensorMeta>({ ...given, coupling: stand }, settings);
    },
    initialState: (b, given, shape, settings) => multiCompartmentLifModel.initialState(b, { ...given, coupling: 0 }, shape, settings),
    // `prepare` below gives the coupling
    step: <T extends TensorMeta>(
      b: Backend<T>,
      given: Parameters<Own, T>,
      state: MultiCompartmentLifState<T>,
      input: T,
      settings: MultiCompartmentLifOptions,
    ) => multiCompartmentLifModel.step(b, given as Parameters<Own | 'coupling', T>, state, input, settings),
  };
  const layer = neuron(elementwise, rates.length, options);
  return { ...layer, prepare: (b, raw) => ({ ...(layer.prepare?.(b, raw) as object), coupling: compartmentCoupling(b, rates) }) };
}
