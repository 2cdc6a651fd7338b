/**
 * Mean squared error between a readout and a target for the correct class and another for the rest:
 *
 *   steps, rate, maximum   L = mean (y - target)^2
 *   count                  L = mean (count - floor(T target k))^2 / T, where k neurons make up a class; targets are rates
 *
 * The same as snnTorch's `mse_membrane_loss` (steps) and `mse_count_loss` (count).
 */
import { argumentError, type Backend, checkNames, mean, oneHot, sameShape, shapeError, square, type TensorMeta } from '@snn/core';
import { show } from '../layer.ts';
import { checkOutputs, classesOf, type Loss, type PopulationOptions, population, type Readout, readOut, scoresOf } from './loss.ts';

/** Options of the squared-error losses. */
export interface SquaredErrorOptions extends PopulationOptions {
  /** Target of the correct class: a membrane, or a rate in spikes per step and neuron. Default 1. */
  readonly correct?: number;
  /** Target of all other classes. Default 0. */
  readonly incorrect?: number;
}

/** Mean squared error over a readout. */
export function meanSquaredError(readout: Readout, options: SquaredErrorOptions = {}): Loss {
  const name = `meanSquaredError (${readout})`;
  checkNames(name, options, ['correct', 'incorrect', 'classes']);
  const { correct = 1, incorrect = 0 } = options;
  for (const [key, value] of Object.entries({ correct, incorrect }))
    if (!Number.isFinite(value)) throw argumentError(`${name}: ${key} must be a finite number, but is ${value}.`);
  const classes = (outputs: number): number => classesOf(name, outputs, options.classes);
  return {
    name,
    meanOverTime: readout === 'steps',
    classes,
    loss<T extends TensorMeta>(b: Backend<T>, outputs: T, labels: T): T {
      checkOutputs(name, outputs, labels);
      const [steps, , neurons] = outputs.shape;
      const count = classes(neurons);
      const scale = (target: number): number => (readout === 'count' ? Math.floor(steps * target * (neurons / count)) : target);
      const [on, off] = [scale(correct), scale(incorrect)];
      const target = b.add(b.mul(oneHot(b, labels, count), on - off), off);
      const error = b.reshape(mean(b, square(b, b.sub(readOut(b, readout, population(b, outputs, count)), target))), []);
      return readout === 'count' ? b.div(error, steps) : error;
    },
    scores: (b, outputs) => scoresOf(b, readout, outputs, classes(outputs.shape[2])),
  };
}

/** Squared error of the membranes of every step, averaged over time. */
export const meanSquaredErrorOverTime = (options?: SquaredErrorOptions): Loss => meanSquaredError('steps', options);
/** Squared error of spike counts against the counts that the target rates give. */
export const meanSquaredErrorOfCount = (options?: SquaredErrorOptions): Loss => meanSquaredError('count', options);
/** Squared error of mean rates. */
export const meanSquaredErrorOfRate = (options?: SquaredErrorOptions): Loss => meanSquaredError('rate', options);
/** Squared error of the largest membranes over time. */
export const meanSquaredErrorOfMaximum = (options?: SquaredErrorOptions): Loss => meanSquaredError('maximum', options);

/**
 * Mean of (y - target)^2 over time, batch and outputs, a scalar.
 *
 * @param targets `[T, B, C]`, or `[B, C]` for the same in every step; those of `@snn/encoders`, for example
 * @throws a `shape` error when they do not fit the outputs.
 */
export function squaredErrorTo<T extends TensorMeta>(b: Backend<T>, outputs: T, targets: T): T {
  const { shape } = outputs;
  if (!sameShape(targets.shape, shape) && !sameShape(targets.shape, shape.slice(1)))
    throw shapeError(`squaredErrorTo: targets must be [T, B, C] or [B, C] for outputs ${show(shape)}, but are ${show(targets.shape)}.`);
  return b.reshape(mean(b, square(b, b.sub(outputs, targets))), []);
}

/** Makes targets `[T, B, C]` or `[B, C]` of labels `[B]`. */
export type TargetFunction = <T extends TensorMeta>(b: Backend<T>, labels: T, classes: number, steps: number) => T;

/**
 * Squared error against targets that may change in time:
 * `meanSquaredErrorToTarget((b, labels, classes, steps) => targetRate(b, labels, classes, steps, { correct: 0.5 }))`. The prediction is the largest
 * mean.
 */
export const meanSquaredErrorToTarget = (target: TargetFunction): Loss => ({
  name: 'meanSquaredErrorToTarget',
  classes: (outputs) => classesOf('meanSquaredErrorToTarget', outputs),
  loss(b, outputs, labels) {
    checkOutputs('meanSquaredErrorToTarget', outputs, labels);
    const [steps, , classes] = outputs.shape;
    return squaredErrorTo(b, outputs, target(b, labels, classes, steps));
  },
  scores: (b, outputs) => scoresOf(b, 'steps', outputs, outputs.shape[2]),
});
