/** Any neuron model as a layer. The model is a pure step; the layer gives it a size, parameters that may be trained, and a place in a network. */
import {
  abs,
  argumentError,
  type Backend,
  type NeuronModel,
  type Operand,
  type ParameterSpec,
  type Parameters,
  rest,
  type TensorMeta,
  type Tree,
} from '@snn/core';
import { type Context, expectShape, type Layer, type UsedParameters } from '../layer.ts';
import { type LayerParameter, layerParameter, type ParameterOption } from '../parameter.ts';
import { wholeNumber } from './check.ts';

/**
 * Options of a neuron layer: the model's parameters, its static options (surrogate, reset, ...) and `initial`, the state before the first step
 * where it should not be the model's own, by the state's names; all in one record, all have defaults. What is given is a number, one number per
 * neuron or channel, or `learnable(...)`.
 */
export type NeuronOptions<P extends string, O extends object, S extends string = string> = {
  readonly [K in P]?: ParameterOption;
} & Partial<O> & {
    readonly initial?: { readonly [K in S]?: ParameterOption };
  };

/** Number of neurons, or their shape for images (`[C, H, W]`). */
export type NeuronSize = number | readonly number[];

type Raw<T> = { readonly [name: string]: T };
type RawNeuron<T> = { readonly [name: string]: T | Raw<T> };
type UsedNeuron<T> = { readonly initial?: { readonly [name: string]: Operand<T> } };
type StateRecord<T> = { readonly [name: string]: T };

const INITIAL: ParameterSpec = { default: 0, unit: '1', constraint: 'none', description: 'state before the first step' };

/**
 * A layer of `size` neurons of one model: input currents `[B, ...size]` to outputs `[B, ...size]`.
 *
 * @throws an `argument` or `shape` error when an option is unknown or does not fit.
 */
export function neuron<P extends string, S extends string, O extends object>(
  model: NeuronModel<P, S, O>,
  size: NeuronSize,
  options: NeuronOptions<P, O, S> = {},
): Layer {
  const { name } = model;
  const shape = typeof size === 'number' ? [size] : [...size];
  if (shape.length === 0) throw argumentError(`${name}: size must name at least one axis.`);
  for (const n of shape) wholeNumber(`${name}: size`, n);
  // a model that sends spikes has a surrogate for their derivative; what integrators send are membranes
  const spiking = 'surrogate' in model.options;
  const names = Object.keys(model.parameters) as P[];
  const { initial, ...given } = options as { readonly initial?: Readonly<Record<string, ParameterOption | undefined>> } & Readonly<
    Record<string, unknown>
  >;
  const unknown = Object.keys(given).find((key) => !(key in model.parameters) && !(key in model.options));
  if (unknown !== undefined) {
    throw argumentError(
      `${name}: there is no option '${unknown}'; parameters are ${names.join(', ')}; options are ${Object.keys(model.options).join(', ') || 'none'}, and initial.`,
    );
  }
  const defined = Object.entries(given).filter(([key, value]) => key in model.options && value !== undefined);
  const settings: O = { ...model.options, ...Object.fromEntries(defined) };
  const parameters = names.map((key): Named => {
    const spec = model.parameters[key];
    return [key, layerParameter(`${name}: ${key}`, spec, (given[key] as ParameterOption | undefined) ?? spec.default, shape)];
  });
  const starts = Object.entries(initial ?? {}).flatMap(([key, value]): Named[] => {
    if (!(model.states as readonly string[]).includes(key))
      throw argumentError(`${name}: initial: there is no state '${key}'; states are ${model.states.join(', ') || 'none'}.`);
    return value === undefined ? [] : [[key, layerParameter(`${name}: initial.${key}`, INITIAL, value, shape)]];
  });
  model.check?.(Object.fromEntries(parameters.map(([key, { standIn }]) => [key, standIn])) as Parameters<P, TensorMeta>, settings);
  return {
    name,
    outputShape(inputShape, path) {
      expectShape(name, path, shape, inputShape);
      return shape;
    },
    init<T extends TensorMeta>(b: Backend<T>): RawNeuron<T> | null {
      const raw = rawOf(b, parameters);
      const first = rawOf(b, starts);
      return raw === null && first === null ? null : { ...raw, ...(first === null ? null : { initial: first }) };
    },
    prepare<T extends TensorMeta>(b: Backend<T>, raw: Tree<T>): UsedParameters<T> {
      const trained = raw as Raw<T> | null;
      const used = usedOf(b, parameters, trained);
      return starts.length === 0 ? used : { ...used, initial: usedOf(b, starts, trained?.initial as Raw<T> | undefined) };
    },
    initialState<T extends TensorMeta>(b: Backend<T>, used: UsedParameters<T>, inputShape: readonly number[]): StateRecord<T> {
      const full = [inputShape[0], ...shape];
      const { initial: first, ...own } = used as UsedNeuron<T>;
      const state = model.initialState(b, own as Parameters<P, T>, full, settings);
      return { ...state, ...Object.fromEntries(Object.entries(first ?? {}).map(([key, x]) => [key, rest(b, x, full)])) };
    },
    step<T extends TensorMeta>(
      b: Backend<T>,
      used: UsedParameters<T>,
      state: Tree<T>,
      input: T,
      context: Context<T>,
    ): readonly [T, Tree<T>] {
      expectShape(name, context.path, shape, input.shape.slice(1));
      const [output, next] = model.step(b, used as Parameters<P, T>, state as { readonly [K in S]: T }, input, settings);
      if (spiking) context.record?.('spikes', context.path, model.signed ? abs(b, output) : output);
      return [output, next as StateRecord<T>];
    },
  };
}

type Named = readonly [string, LayerParameter];

/** The raw tensors of those that are trained; null where there are none. */
function rawOf<T extends TensorMeta>(b: Backend<T>, parameters: readonly Named[]): Raw<T> | null {
  const raw = parameters.map(([key, parameter]) => [key, parameter.init(b)] as const).filter(([, tensor]) => tensor !== null);
  return raw.length > 0 ? (Object.fromEntries(raw) as Raw<T>) : null;
}

/** What a step uses. */
const usedOf = <T extends TensorMeta>(
  b: Backend<T>,
  parameters: readonly Named[],
  raw: Raw<T> | null | undefined,
): { readonly [name: string]: Operand<T> } =>
  Object.fromEntries(parameters.map(([key, parameter]) => [key, parameter.value(b, raw?.[key])]));
