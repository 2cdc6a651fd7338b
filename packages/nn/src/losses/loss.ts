/**
 * What a loss is, and the readouts that losses share: how outputs over time `[T, B, C]` become one score per class.
 *
 *   steps    every step by itself; the loss is the mean over time                    membranes, or spikes as rates
 *   count    sum over time                                                           spikes
 *   rate     mean over time                                                          spikes or membranes
 *   maximum  largest over time; the gradient goes to the steps where it is reached   membranes
 */
import { argumentError, type Backend, type CustomOp, mean, shapeError, type TensorMeta } from '@snn/core';
import { show } from '../layer.ts';

/** How outputs over time become scores. */
export type Readout = 'steps' | 'count' | 'rate' | 'maximum';

/** A loss over the outputs of a network, with the scores whose largest is the prediction. */
export interface Loss {
  readonly name: string;
  /**
   * Whether the loss of a sequence is the mean of the losses of its steps, and its scores are those of the mean output: what rules need that learn
   * while a sequence runs. Default false.
   */
  readonly meanOverTime?: boolean;
  /** Number of classes for outputs of `outputs` neurons. */
  classes(outputs: number): number;
  /** The loss as a scalar, averaged over the batch: `outputs` `[T, B, C]`, `labels` `[B]` with whole numbers from 0 to classes - 1. */
  loss<T extends TensorMeta>(b: Backend<T>, outputs: T, labels: T): T;
  /** Scores `[B, classes]`; the class of the largest is the prediction. */
  scores<T extends TensorMeta>(b: Backend<T>, outputs: T): T;
}

/** Options that all losses take. */
export interface PopulationOptions {
  /**
   * Population code: number of classes, each of which has an equal share of the outputs, side by side; their outputs are added up. Default: each
   * output neuron is a class.
   */
  readonly classes?: number;
}

/**
 * Throw unless outputs are `[T, B, C]` and labels `[B]`.
 *
 * @throws a `shape` error that says which axis does not fit, and whether time and batch look swapped.
 */
export function checkOutputs(name: string, outputs: TensorMeta, labels: TensorMeta): void {
  if (outputs.shape.length !== 3)
    throw shapeError(`${name}: outputs must be [T, B, C] with time first, but came as ${show(outputs.shape)}.`);
  const [steps, batch] = outputs.shape;
  if (labels.shape.length !== 1) throw shapeError(`${name}: labels must be [B], one class number each, but came as ${show(labels.shape)}.`);
  if (labels.shape[0] !== batch) {
    const swapped = labels.shape[0] === steps ? ' Time and batch look swapped: time is the first axis.' : '';
    throw shapeError(
      `${name}: outputs ${show(outputs.shape)} have [T, B, C] with a batch of ${batch}, but labels have ${labels.shape[0]}.${swapped}`,
    );
  }
}

/** Number of classes of `outputs` neurons under a population code. */
export function classesOf(name: string, outputs: number, classes: number = outputs): number {
  if (!Number.isInteger(classes) || classes < 1 || outputs % classes !== 0)
    throw argumentError(`${name}: ${outputs} outputs do not divide into ${classes} classes of equal size; change either number.`);
  return classes;
}

/** `[T, B, C] -> [T, B, classes]`: the outputs of each class added up. */
export function population<T extends TensorMeta>(b: Backend<T>, outputs: T, classes: number): T {
  const [steps, batch, count] = outputs.shape;
  if (count === classes) return outputs;
  return b.reshape(b.sum(b.reshape(outputs, [steps, batch, classes, count / classes]), [3]), [steps, batch, classes]);
}

/** The largest over time, as torch's `max(0)`: the gradient goes to the first step that reaches it. */
const MAXIMUM: CustomOp = {
  name: 'maximumOverTime',
  forward: (b, x) => b.reduceMax(x, [0]),
  vjp(b, g, [x], top) {
    const [steps, ...rest] = x.shape;
    // rank of a step: T for the first to 1 for the last; among those at the top the largest is the first
    const rank = b.sub(
      steps,
      b.fromData(
        Float32Array.from({ length: steps }, (_, t) => t),
        [steps, ...rest.map(() => 1)],
      ),
    );
    const candidates = b.where(b.gt(top, x), 0, rank);
    return [b.where(b.gt(b.reduceMax(candidates, [0]), candidates), 0, g)];
  },
};

/** `[T, B, C]` read out: `[T, B, C]` for steps, else `[1, B, C]`. */
export function readOut<T extends TensorMeta>(b: Backend<T>, readout: Readout, outputs: T): T {
  if (readout === 'count') return b.sum(outputs, [0]);
  if (readout === 'rate') return mean(b, outputs, [0]);
  if (readout === 'maximum') return b.customGrad(MAXIMUM, outputs);
  return outputs;
}

/** `[T, B, C] -> [B, classes]`: the scores that belong to a readout. */
export function scoresOf<T extends TensorMeta>(b: Backend<T>, readout: Readout, outputs: T, classes: number): T {
  const [, batch] = outputs.shape;
  return b.reshape(readOut(b, readout === 'steps' ? 'rate' : readout, population(b, outputs, classes)), [batch, classes]);
}
