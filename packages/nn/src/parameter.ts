/** Parameters of neuron layers as users give them: a number or one number per neuron (both fixed), or `learnable(...)`. */
import {
  argumentError,
  type Backend,
  type Constraint,
  type Operand,
  type ParameterSpec,
  shapeError,
  sizeOf,
  type TensorMeta,
} from '@snn/core';
import { fromRaw, toRaw } from './constraint.ts';

/** A parameter that is trained. Make it with `learnable`. */
export interface Learnable {
  readonly learnable: true;
  readonly value: number | ArrayLike<number>;
  readonly perNeuron: boolean;
  /** Null: the one that the model declares for this parameter. */
  readonly constraint: Constraint | null;
}

/** A parameter of a neuron layer: fixed for all, fixed per neuron, or trained. */
export type ParameterOption = number | ArrayLike<number> | Learnable;

/**
 * Train a parameter, starting from `value` (one number, or one per neuron).
 *
 * @param options.perNeuron whether each neuron has its own; default: when `value` is a list.
 * @param options.constraint how the trained raw value maps to the parameter; default: as the neuron model declares.
 */
export function learnable(
  value: number | ArrayLike<number>,
  options: { readonly perNeuron?: boolean; readonly constraint?: Constraint } = {},
): Learnable {
  const list = typeof value !== 'number';
  if (list && options.perNeuron === false)
    throw argumentError('learnable: a list of values is one per neuron; leave perNeuron away or give one number.');
  return { learnable: true, value, perNeuron: options.perNeuron ?? list, constraint: options.constraint ?? null };
}

const isLearnable = (option: ParameterOption): option is Learnable => typeof option === 'object' && 'learnable' in option;

const meta = (shape: readonly number[]): TensorMeta => ({ shape, dtype: 'float32' });

/** One parameter of a layer of neurons: what it starts from and what a step uses. */
export interface LayerParameter {
  /** The raw tensor that is trained; null when the parameter is fixed. */
  init<T extends TensorMeta>(b: Backend<T>): T | null;
  /** For checks before there are tensors: the number, or the shape of what the step will use. */
  readonly standIn: Operand<TensorMeta>;
  /** What the step uses. */
  value<T extends TensorMeta>(b: Backend<T>, raw: T | undefined): Operand<T>;
}

/**
 * Check an option and make the layer's parameter of it.
 *
 * @param what names it in messages, as in `lif: tau`.
 * @param shape of the neurons, without batch.
 * @throws an `argument` or `shape` error when the option does not fit.
 */
export function layerParameter(what: string, spec: ParameterSpec, option: ParameterOption, shape: readonly number[]): LayerParameter {
  const trained = isLearnable(option);
  const value = trained ? option.value : option;
  const values = typeof value === 'number' ? [value] : Array.from(value);
  if (typeof value !== 'number' && values.length !== sizeOf(shape)) {
    throw shapeError(`${what}: ${values.length} values came for ${sizeOf(shape)} neurons; give one number, or one per neuron.`);
  }
  const bad = values.find((x) => typeof x !== 'number' || Number.isNaN(x));
  if (bad !== undefined) throw argumentError(`${what}: must be a number, a list of numbers or learnable(...), but has ${String(bad)}.`);
  if (!trained) {
    const fixed = typeof value === 'number' ? value : Float32Array.from(values);
    const standIn = typeof fixed === 'number' ? fixed : meta(shape);
    return { init: () => null, standIn, value: (b) => (typeof fixed === 'number' ? fixed : b.fromData(fixed, shape)) };
  }
  const constraint = option.constraint ?? spec.constraint;
  const raw = values.map((x) => toRaw(what, constraint, x));
  const rawShape = option.perNeuron ? shape : [];
  const start = Float32Array.from({ length: sizeOf(rawShape) }, (_, i) => raw[raw.length === 1 ? 0 : i]);
  return {
    init: (b) => b.fromData(start, rawShape),
    standIn: meta(rawShape),
    value: (b, trainedRaw) => fromRaw(b, constraint, trainedRaw as NonNullable<typeof trainedRaw>),
  };
}
