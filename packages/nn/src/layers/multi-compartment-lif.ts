/**
 * The leaky integrate-and-fire neuron of several compartments of `@snn/neurons-lif` as a layer: its coupling is a fixed matrix, and so no option as
 * the other parameters are.
 */
import type { NeuronModel, Parameters, TensorMeta } from '@snn/core';
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
  const stand: TensorMeta = { shape: [rates.length, rates.length], dtype: 'float32' };
  const elementwise: NeuronModel<Own, keyof MultiCompartmentLifState<unknown> & string, MultiCompartmentLifOptions> = {
    ...multiCompartmentLifModel,
    parameters,
    check: (given, settings) => multiCompartmentLifModel.check?.({ ...given, coupling: stand } as never, settings),
    initialState: (b, given, shape, settings) =>
      multiCompartmentLifModel.initialState(b, { ...given, coupling: 0 } as Parameters<Own | 'coupling', never>, shape, settings) as never,
    // `prepare` below gives the coupling
    step: (b, given, state, input, settings) => multiCompartmentLifModel.step(b, given as never, state, input, settings),
  };
  const layer = neuron(elementwise, rates.length, options);
  // refuses a table that is not square and symmetric now, not at the first run
  compartmentCoupling({ fromData: () => stand } as never, rates);
  return { ...layer, prepare: (b, raw) => ({ ...(layer.prepare?.(b, raw) as object), coupling: compartmentCoupling(b, rates) }) };
}
