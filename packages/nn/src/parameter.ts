/**
 * Parameters of neuron layers as users give them: a number, one number per neuron or, for images, one per channel (all fixed), or
 * `learnable(...)`.
 */
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
  /** Whether there is one for all, one per neuron, or one per channel; null: what a list of values says by its length. */
  readonly per: 'all' | 'neuron' | 'channel' | null;
  /** Null: the one that the model declares for this parameter. */
  readonly constraint: Constraint | null;
}

/** A parameter of a neuron layer: fixed for all, fixed per neuron or channel, or trained. */
export type ParameterOption = number | ArrayLike<number> | Learnable;

/**
 * Train a parameter, starting from `value` (one number, one per neuron, or one per channel of images).
 *
 * @param options.perNeuron whether each neuron has its own; default: when `value` is a list of that length.
 * @param options.perChannel whether each channel, the first axis of the layer's size, has its own; default: when `value` is a list of that length.
 * @param options.constraint how the trained raw value maps to the parameter; default: as the neuron model declares.
 * @throws an `argument` error when the options contradict each other or the value.
 */
export function learnable(
  value: number | ArrayLike<number>,
  options: { readonly perNeuron?: boolean; readonly perChannel?: boolean; readonly constraint?: Constraint } = {},
): Learnable {
  const { perNeuron = false, perChannel = false, constraint = null } = options;
  if (perNeuron && perChannel) throw argumentError('learnable: perNeuron and perChannel exclude each other; choose one.');
  const list = typeof value !== 'number';
  if (list && options.perNeuron === false && !perChannel)
    throw argumentError('learnable: a list of values is one per neuron or channel; leave perNeuron away or give one number.');
  const one = list ? null : 'all';
  return { learnable: true, value, per: perNeuron ? 'neuron' : perChannel ? 'channel' : one, constraint };
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
  const own = parameterShape(what, typeof value === 'number' ? null : values.length, trained ? option.per : null, shape);
  const bad = values.find((x) => typeof x !== 'number' || Number.isNaN(x));
  if (bad !== undefined) throw argumentError(`${what}: must be a number, a list of numbers or learnable(...), but has ${String(bad)}.`);
  if (!trained) {
    const fixed = typeof value === 'number' ? value : Float32Array.from(values);
    const standIn = typeof fixed === 'number' ? fixed : meta(own);
    return { init: () => null, standIn, value: (b) => (typeof fixed === 'number' ? fixed : b.fromData(fixed, own)) };
  }
  const constraint = option.constraint ?? spec.constraint;
  const raw = values.map((x) => toRaw(what, constraint, x));
  const start = Float32Array.from({ length: sizeOf(own) }, (_, i) => raw[raw.length === 1 ? 0 : i]);
  return {
    init: (b) => b.fromData(start, own),
    standIn: meta(own),
    value: (b, trainedRaw) => fromRaw(b, constraint, trainedRaw as NonNullable<typeof trainedRaw>),
  };
}

/** Shape of a parameter of `count` values (null: one number) of neurons of `shape`: `[]`, `[...N]`, or `[C, 1, ...]`, which broadcasts. */
function parameterShape(what: string, count: number | null, per: Learnable['per'], shape: readonly number[]): readonly number[] {
  const channels = [shape[0], ...shape.slice(1).map(() => 1)];
  if (count === null) return per === 'neuron' ? shape : per === 'channel' ? channels : [];
  if (count === sizeOf(shape) && per !== 'channel') return shape;
  if (count === shape[0] && per !== 'neuron') return channels;
  const choices =
    shape.length > 1 ? `${sizeOf(shape)} neurons in ${shape[0]} channels; give one number, or one per neuron or channel` : null;
  throw shapeError(`${what}: ${count} values came for ${choices ?? `${sizeOf(shape)} neurons; give one number, or one per neuron`}.`);
}
