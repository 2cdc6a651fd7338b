/**
 * Batch normalisation over sequences: what `tdBatchNorm`, `teBatchNorm` and `batchNormThroughTime` share.
 *
 *   training    m, s2 = mean and variance of x over what is averaged, per channel
 *               y[t] = (x[t] - m) / sqrt(s2 + epsilon) G[t] + O[t]
 *               mean := mean + momentum (m - mean),   variance := variance + momentum (s2 n / (n - 1) - variance)
 *   in use      y[t] = x[t] scale[t] + shift[t],   scale = G / sqrt(variance + epsilon),   shift = O - mean scale
 *
 * A training pass needs all steps at once (`sequence`), since a statistic over time looks ahead; so the layer stands in a `sequential`, not inside a
 * loop such as `recurrent` or `feedback`. In use it is a step of its own with the running statistics, and streams.
 */
import {
  argumentError,
  type Backend,
  full,
  mean as meanOf,
  shapeError,
  sizeOf,
  square,
  stopGradient,
  type TensorMeta,
  type Tree,
  unsupportedError,
  zeros,
} from '@snn/core';
import { type Context, expectShape, type Folded, type Layer, title } from '../layer.ts';
import { wholeNumber } from './check.ts';
import type { NeuronSize } from './neuron.ts';
import { type Affine, affineStep, type Counted } from './step-affine.ts';

/** Options of all normalisations. */
export interface NormalisationOptions {
  /** Share of a new batch in the running statistics, above 0 up to 1. Default 0.1. */
  readonly momentum?: number;
  /** Added to variances, above 0. Default 1e-5; of `batchNormThroughTime` 1e-4. */
  readonly epsilon?: number;
}

/** Raw values by name; `mean` and `variance` are measured. */
export type RawNormalisation<T> = { readonly [name: string]: T };

/** What makes one normalisation different from another. */
export interface NormalisationSpec {
  readonly name: string;
  readonly size: NeuronSize;
  /** Number of steps that it was made for; null: any. */
  readonly steps: number | null;
  /** Whether every step has statistics of its own, or one for all steps. */
  readonly perStep: boolean;
  readonly momentum: number;
  readonly epsilon: number;
  /** What is trained, before training: numbers, with whether there is one per channel (else one) and whether one per step. */
  readonly trained: { readonly [name: string]: { readonly value: number; readonly perChannel: boolean; readonly perStep: boolean } };
  /** G and O (null: 0), each for all steps (`[C]`, images `[C, 1, 1]`) or with the steps first. */
  gains<T extends TensorMeta>(b: Backend<T>, raw: RawNormalisation<T>): { readonly gain: T; readonly offset: T | null };
  /** What `fold` makes of it. */
  folded<T extends TensorMeta>(b: Backend<T>, raw: RawNormalisation<T>, inUse: Affine<T>): Folded<T>;
}

type Used<T> = { readonly raw: RawNormalisation<T> } & Affine<T>;

/**
 * Make the layer.
 *
 * @throws an `argument` error when a size or an option is out of range.
 */
export function normalisation(spec: NormalisationSpec): Layer {
  const { name, size, steps, perStep, momentum, epsilon } = spec;
  const shape = typeof size === 'number' ? [size] : [...size];
  if (shape.length === 0) throw argumentError(`${name}: size must name at least one axis.`);
  for (const n of shape) wholeNumber(`${name}: size`, n);
  if (steps !== null) wholeNumber(`${name}: steps`, steps);
  if (!(momentum > 0 && momentum <= 1)) throw argumentError(`${name}: momentum must be above 0 up to 1, but is ${momentum}.`);
  if (!(epsilon > 0 && Number.isFinite(epsilon))) throw argumentError(`${name}: epsilon must be a number above 0, but is ${epsilon}.`);
  const channels = [shape[0], ...shape.slice(1).map(() => 1)];
  const single = shape.map(() => 1);
  const overTime = steps === null ? [] : [steps];
  const statistics = perStep ? [...overTime, ...channels] : channels;
  /** Per-step values `[T, C, ...]` as they are broadcast over sequences `[T, B, C, ...]`; others as they are. */
  const alongTime = <T extends TensorMeta>(b: Backend<T>, x: T): T =>
    x.shape.length > shape.length ? b.reshape(x, [x.shape[0], 1, ...x.shape.slice(1)]) : x;
  const timed = perStep || Object.values(spec.trained).some((parameter) => parameter.perStep);
  return {
    name,
    outputShape(input, path) {
      expectShape(name, path, shape, input);
      return shape;
    },
    init<T extends TensorMeta>(b: Backend<T>): RawNormalisation<T> {
      const trained = Object.entries(spec.trained).map(([key, { value, perChannel, perStep: each }]): readonly [string, T] => [
        key,
        full(b, [...(each ? overTime : []), ...(perChannel ? channels : single)], value),
      ]);
      return { ...Object.fromEntries(trained), mean: zeros(b, statistics), variance: full(b, statistics, 1) };
    },
    prepare<T extends TensorMeta>(b: Backend<T>, raw: Tree<T>): Used<T> {
      const values = raw as RawNormalisation<T>;
      return { raw: values, ...inUse(b, spec, values) };
    },
    initialState<T extends TensorMeta>(b: Backend<T>, _used: Used<T>, inputShape: readonly number[]): Tree<T> {
      return timed ? { step: zeros(b, [inputShape[0]]) } : null;
    },
    step<T extends TensorMeta>(b: Backend<T>, used: Used<T>, state: Tree<T>, input: T, context: Context<T>): readonly [T, Tree<T>] {
      expectShape(name, context.path, shape, input.shape.slice(1));
      if (context.training) {
        throw unsupportedError(
          `${title(name, context.path)}: normalises over all steps of a sequence while training, which what goes step by step (inside recurrent or feedback, or under a rule that learns forward in time) does not have`,
        );
      }
      return timed ? affineStep(b, used, state as Counted<T>, input) : [b.add(b.mul(input, used.scale), used.shift), state];
    },
    sequence<T extends TensorMeta>(b: Backend<T>, { raw }: Used<T>, state: Tree<T>, inputs: T, context: Context<T>): readonly [T, Tree<T>] {
      const [count, batch, ...rest] = inputs.shape;
      expectShape(name, context.path, shape, rest);
      if (steps !== null && count !== steps) {
        throw shapeError(
          `${title(name, context.path)}: was made for sequences of ${steps} steps, but one of ${count} came; train with ${steps}.`,
        );
      }
      // all axes but the channels', and but time where each step has its own
      const axes = inputs.shape.flatMap((_, axis) => (axis === 2 || (axis === 0 && perStep) ? [] : [axis]));
      const n = sizeOf(inputs.shape) / shape[0] / (perStep ? count : 1);
      if (n < 2)
        throw shapeError(
          `${title(name, context.path)}: has no variance of one number per channel (batch ${batch}); train with larger batches.`,
        );
      const mean = meanOf(b, inputs, axes);
      const centred = b.sub(inputs, mean);
      const variance = meanOf(b, square(b, centred), axes);
      const running = (key: 'mean' | 'variance', now: T): void =>
        context.record?.(
          'measured',
          context.path ? `${context.path}.${key}` : key,
          stopGradient(b, b.add(raw[key], b.mul(momentum, b.sub(b.reshape(now, statistics), raw[key])))),
        );
      running('mean', mean);
      running('variance', b.mul(variance, n / (n - 1)));
      const { gain, offset } = spec.gains(b, raw);
      const scaled = b.mul(b.div(centred, b.sqrt(b.add(variance, epsilon))), alongTime(b, gain));
      const next = timed ? { step: b.add((state as Counted<T>).step, count) } : state;
      return [offset === null ? scaled : b.add(scaled, alongTime(b, offset)), next];
    },
    folded<T extends TensorMeta>(b: Backend<T>, raw: Tree<T>): Folded<T> {
      const values = raw as RawNormalisation<T>;
      return spec.folded(b, values, inUse(b, spec, values));
    },
  };
}

/** The affine function that a normalisation is with its running statistics. */
function inUse<T extends TensorMeta>(b: Backend<T>, spec: NormalisationSpec, raw: RawNormalisation<T>): Affine<T> {
  const { gain, offset } = spec.gains(b, raw);
  const scale = b.div(gain, b.sqrt(b.add(stopGradient(b, raw.variance), spec.epsilon)));
  const moved = b.mul(stopGradient(b, raw.mean), scale);
  return { scale, shift: offset === null ? b.mul(moved, -1) : b.sub(offset, moved) };
}
