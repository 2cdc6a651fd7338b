/**
 * Losses over spike times: t is the step of an output's first spike, 0 ... T - 1, or T - 1 if it never fires.
 *
 *   meanSquaredErrorOfSpikeTime   L = mean over batch and classes of ((t - target) / T)^2
 *   crossEntropyOfSpikeTime       cross-entropy of the scores -t, or 1 / (t + 1): who fires first wins
 *
 * A time is a step function of the membrane. Its derivative is taken to be -1 at the spike it belongs to and 0 elsewhere, that of a silent output at
 * the last step: more drive, earlier spike. Values and gradients are those of snnTorch's `mse_temporal_loss` and `ce_temporal_loss`.
 */
import {
  abs,
  argumentError,
  at,
  type Backend,
  checkNames,
  logSoftmax,
  mean,
  oneHot,
  shapeError,
  square,
  stopGradient,
  sumAll,
  type TensorMeta,
} from '@snn/core';
import { decodeSpikeTimes } from '@snn/encoders';
import { show } from '../layer.ts';
import { checkOutputs, classesOf, type Loss } from './loss.ts';

/**
 * Steps of the first `count` spikes of each output, `[T, B, C] -> [count, B, C]`; T - 1 for those that did not come.
 *
 * @param spikes 0/1
 */
export function spikeTimes<T extends TensorMeta>(b: Backend<T>, spikes: T, count = 1): T {
  const [steps, ...rest] = spikes.shape;
  const ones = b.fromData(
    Float32Array.from({ length: steps }, (_, t) => (t === steps - 1 ? 1 : 0)),
    [steps, ...rest.map(() => 1)],
  );
  // outputs with too few spikes get one at the last step, through which their gradient flows
  const shadow = stopGradient(b, b.mul(b.mul(ones, b.gt(count, b.sum(spikes, [0]))), b.sub(1, spikes)));
  const times = decodeSpikeTimes(b, b.add(spikes, shadow), count);
  return b.where(b.gt(times, steps - 1), steps - 1, times);
}

/**
 * Mean of ((t - target) / T)^2 over the first spikes and the batch, a scalar.
 *
 * @param outputs spikes `[T, B, C]`
 * @param targets steps of the first spike `[B, C]`, or of the first F spikes `[F, B, C]`; negative ones count from the end, -1 is the last step
 * @param tolerance distances below it, in steps, do not count; default 0
 * @throws a `shape` error when targets do not fit the outputs.
 */
export function spikeTimeError<T extends TensorMeta>(b: Backend<T>, outputs: T, targets: T, tolerance = 0): T {
  const [steps, ...rest] = outputs.shape;
  const { shape } = targets;
  const several = shape.length === rest.length + 1;
  if (rest.length !== 2 || show(several ? shape.slice(1) : shape) !== show(rest))
    throw shapeError(
      `spikeTimeError: targets must be [B, C] or [F, B, C] for outputs [T, B, C], but are ${show(shape)} for ${show(outputs.shape)}.`,
    );
  const wanted = b.where(b.gt(0, targets), b.add(targets, steps), targets);
  const apart = b.sub(b.reshape(spikeTimes(b, outputs, several ? shape[0] : 1), shape), wanted);
  // as if the time were the target: the value counts as 0, and so does its derivative, that of a square
  const counted = tolerance > 0 ? b.where(b.gt(tolerance, abs(b, apart)), 0, apart) : apart;
  return b.reshape(mean(b, square(b, b.div(counted, steps))), []);
}

/** Options of `meanSquaredErrorOfSpikeTime`. */
export interface SpikeTimeErrorOptions {
  /** When the correct class should fire: a step, or several for several spikes. Negative ones count from the end. Default 0, the first step. */
  readonly correct?: number | readonly number[];
  /** When all others should. Default -1, the last step. */
  readonly incorrect?: number | readonly number[];
  /** Distances below it, in steps, do not count. Default 0. */
  readonly tolerance?: number;
}

/** Scores `[B, C]`: the earlier the first spike, the larger. */
const earliest = <T extends TensorMeta>(b: Backend<T>, outputs: T): T => b.mul(at(b, spikeTimes(b, outputs), 0), -1);

/**
 * Squared error of spike times.
 *
 * @throws an `argument` error when the targets are not whole numbers, or more for one kind of class than for the other.
 */
export function meanSquaredErrorOfSpikeTime(options: SpikeTimeErrorOptions = {}): Loss {
  const name = 'meanSquaredErrorOfSpikeTime';
  checkNames(name, options, ['correct', 'incorrect', 'tolerance']);
  const { correct = 0, incorrect = -1, tolerance = 0 } = options;
  const [on, off] = [[correct].flat(), [incorrect].flat()];
  if (on.length !== off.length || on.length === 0)
    throw argumentError(`${name}: correct has ${on.length} spikes and incorrect ${off.length}; give as many for both, at least one.`);
  const bad = [...on, ...off].find((time) => !Number.isInteger(time));
  if (bad !== undefined) throw argumentError(`${name}: a spike time must be a whole number of steps, but is ${bad}.`);
  if (!(tolerance >= 0)) throw argumentError(`${name}: tolerance must be at least 0 steps, but is ${tolerance}.`);
  return {
    name,
    classes: (outputs) => classesOf(name, outputs),
    loss<T extends TensorMeta>(b: Backend<T>, outputs: T, labels: T): T {
      checkOutputs(name, outputs, labels);
      const label = oneHot(b, labels, outputs.shape[2]);
      const times = (of: readonly number[]): T => b.fromData(of, [of.length, 1, 1]);
      return spikeTimeError(b, outputs, b.where(b.reshape(label, [1, ...label.shape]), times(on), times(off)), tolerance);
    },
    scores: earliest,
  };
}

/** Options of `crossEntropyOfSpikeTime`. */
export interface SpikeTimeEntropyOptions {
  /** How times become scores: `negate` -t, `reciprocal` 1 / (t + 1). Default `negate`. */
  readonly inverse?: 'negate' | 'reciprocal';
  /** Weight of each class; the mean over the batch is then a weighted one, as torch's. Default: 1 for all. */
  readonly weights?: readonly number[];
}

/**
 * Cross-entropy of spike times.
 *
 * @throws an `argument` error when `inverse` is another word.
 */
export function crossEntropyOfSpikeTime(options: SpikeTimeEntropyOptions = {}): Loss {
  const name = 'crossEntropyOfSpikeTime';
  checkNames(name, options, ['inverse', 'weights']);
  const { inverse = 'negate', weights } = options;
  if (inverse !== 'negate' && inverse !== 'reciprocal')
    throw argumentError(`${name}: inverse must be 'negate' or 'reciprocal', but is ${String(inverse)}.`);
  return {
    name,
    classes: (outputs) => classesOf(name, outputs),
    loss<T extends TensorMeta>(b: Backend<T>, outputs: T, labels: T): T {
      checkOutputs(name, outputs, labels);
      const [, , count] = outputs.shape;
      if (weights && weights.length !== count)
        throw argumentError(`${name}: ${weights.length} weights came for ${count} classes; give one for each.`);
      const scores = inverse === 'negate' ? earliest(b, outputs) : b.div(1, b.sub(1, earliest(b, outputs)));
      const label = oneHot(b, labels, count);
      const chosen = weights ? b.mul(label, b.fromData(weights, [count])) : label;
      return b.div(sumAll(b, b.mul(logSoftmax(b, scores), chosen)), b.mul(sumAll(b, chosen), -1));
    },
    scores: earliest,
  };
}
