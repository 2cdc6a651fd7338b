/** A layer function of a neuron model: `(size, options) => Layer`. One file per neuron package lists them, so that a bundle has those it uses. */
import type { NeuronModel } from '@snn/core';
import type { Layer } from '../layer.ts';
import { type NeuronOptions, type NeuronSize, neuron } from './neuron.ts';

/** Options of the layer of a neuron model. */
export type OptionsOf<M> = M extends NeuronModel<infer P, infer S, infer O> ? NeuronOptions<P, O, S> : never;

/** Makes a layer of `size` neurons of the model `M`. */
export type LayerOf<M> = (size: NeuronSize, options?: OptionsOf<M>) => Layer;

/** The layer function of a model. */
export const layerOf =
  <P extends string, S extends string, O extends object>(model: NeuronModel<P, S, O>): LayerOf<NeuronModel<P, S, O>> =>
  (size, options) =>
    neuron(model, size, options as NeuronOptions<P, O, S> | undefined);
