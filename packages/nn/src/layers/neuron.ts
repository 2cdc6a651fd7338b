/** Any neuron model as a layer. The model is a pure step; the layer gives it a size, parameters that may be trained, and a place in a network. */
import { argumentError, type Backend, type NeuronModel, type Parameters, type TensorMeta, type Tree } from '@snn/core';
import { type Context, expectShape, type Layer, type UsedParameters } from '../layer.ts';
import { type LayerParameter, layerParameter, type ParameterOption } from '../parameter.ts';
import { wholeNumber } from './check.ts';

/** Options of a neuron layer: the model's parameters and its static options (surrogate, reset, ...) in one record; all have defaults. */
export type NeuronOptions<P extends string, O extends object> = { readonly [K in P]?: ParameterOption } & Partial<O>;

/** Number of neurons, or their shape for images (`[C, H, W]`). */
export type NeuronSize = number | readonly number[];

type Raw<T> = { readonly [name: string]: T };
type StateRecord<T> = { readonly [name: string]: T };

/**
 * A layer of `size` neurons of one model: input currents `[B, ...size]` to outputs `[B, ...size]`.
 *
 * @throws an `argument` or `shape` error when an option is unknown or does not fit.
 */
export function neuron<P extends string, S extends string, O extends object>(
  model: NeuronModel<P, S, O>,
  size: NeuronSize,
  options: NeuronOptions<P, O> = {},
): Layer {
  const { name } = model;
  const shape = typeof size === 'number' ? [size] : [...size];
  if (shape.length === 0) throw argumentError(`${name}: size must name at least one axis.`);
  for (const n of shape) wholeNumber(`${name}: size`, n);
  // a model that sends spikes has a surrogate for their derivative; what integrators send are membranes
  const spiking = 'surrogate' in model.options;
  const names = Object.keys(model.parameters) as P[];
  const given = options as Readonly<Record<string, unknown>>;
  const unknown = Object.keys(given).find((key) => !(key in model.parameters) && !(key in model.options));
  if (unknown !== undefined) {
    throw argumentError(
      `${name}: there is no option '${unknown}'; parameters are ${names.join(', ')}; options are ${Object.keys(model.options).join(', ') || 'none'}.`,
    );
  }
  const defined = Object.entries(given).filter(([key, value]) => key in model.options && value !== undefined);
  const settings: O = { ...model.options, ...Object.fromEntries(defined) };
  const parameters = names.map((key): readonly [P, LayerParameter] => {
    const spec = model.parameters[key];
    return [key, layerParameter(`${name}: ${key}`, spec, (given[key] as ParameterOption | undefined) ?? spec.default, shape)];
  });
  model.check?.(Object.fromEntries(parameters.map(([key, { standIn }]) => [key, standIn])) as Parameters<P, TensorMeta>, settings);
  return {
    name,
    outputShape(inputShape, path) {
      expectShape(name, path, shape, inputShape);
      return shape;
    },
    init<T extends TensorMeta>(b: Backend<T>): Raw<T> | null {
      const raw = parameters.map(([key, parameter]) => [key, parameter.init(b)] as const).filter(([, tensor]) => tensor !== null);
      return raw.length > 0 ? (Object.fromEntries(raw) as Raw<T>) : null;
    },
    prepare<T extends TensorMeta>(b: Backend<T>, raw: Tree<T>): UsedParameters<T> {
      const trained = raw as Raw<T> | null;
      return Object.fromEntries(parameters.map(([key, parameter]) => [key, parameter.value(b, trained?.[key])]));
    },
    initialState<T extends TensorMeta>(b: Backend<T>, used: UsedParameters<T>, inputShape: readonly number[]): StateRecord<T> {
      return model.initialState(b, used as Parameters<P, T>, [inputShape[0], ...shape], settings);
    },
    step<T extends TensorMeta>(
      b: Backend<T>,
      used: UsedParameters<T>,
      state: StateRecord<T>,
      input: T,
      context: Context<T>,
    ): readonly [T, StateRecord<T>] {
      expectShape(name, context.path, shape, input.shape.slice(1));
      const [output, next] = model.step(b, used as Parameters<P, T>, state as { readonly [K in S]: T }, input, settings);
      if (spiking) context.record?.('spikes', context.path, output);
      return [output, next];
    },
  };
}
