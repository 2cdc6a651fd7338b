/**
 * Cross-entropy of the softmax of the outputs with the labels:
 *
 *   L = mean over the batch (and over time for the readout `steps`) of  -w[label] log softmax(y)[label]
 *
 * The same as snnTorch's `ce_rate_loss` (steps), `ce_count_loss` (count) and `ce_max_membrane_loss` (maximum).
 */
import { argumentError, type Backend, checkNames, logSoftmax, mean, oneHot, type TensorMeta } from '@snn/core';
import { checkOutputs, classesOf, type Loss, type PopulationOptions, population, type Readout, readOut, scoresOf } from './loss.ts';

/** Options of the cross-entropy losses. */
export interface CrossEntropyOptions extends PopulationOptions {
  /** Weight of each class. Default: 1 for all. */
  readonly weights?: readonly number[];
}

/** Cross-entropy over a readout. */
export function crossEntropy(readout: Readout, options: CrossEntropyOptions = {}): Loss {
  const name = `crossEntropy (${readout})`;
  checkNames(name, options, ['weights', 'classes']);
  const classes = (outputs: number): number => classesOf(name, outputs, options.classes);
  return {
    name,
    meanOverTime: readout === 'steps',
    classes,
    loss<T extends TensorMeta>(b: Backend<T>, outputs: T, labels: T): T {
      checkOutputs(name, outputs, labels);
      const count = classes(outputs.shape[2]);
      const { weights } = options;
      if (weights && weights.length !== count)
        throw argumentError(`${name}: ${weights.length} weights came for ${count} classes; give one for each.`);
      const scores = logSoftmax(b, readOut(b, readout, population(b, outputs, count)));
      const chosen = oneHot(b, labels, count);
      const target = weights ? b.mul(chosen, b.fromData(weights, [count])) : chosen;
      return b.mul(b.reshape(mean(b, b.sum(b.mul(scores, target), [2])), []), -1);
    },
    scores: (b, outputs) => scoresOf(b, readout, outputs, classes(outputs.shape[2])),
  };
}

/** Cross-entropy of the outputs of every step, averaged over time: for readout membranes. The prediction is the largest mean. */
export const crossEntropyOverTime = (options?: CrossEntropyOptions): Loss => crossEntropy('steps', options);
/** Cross-entropy of spike counts. */
export const crossEntropyOfCount = (options?: CrossEntropyOptions): Loss => crossEntropy('count', options);
/** Cross-entropy of mean rates (or of mean membranes). */
export const crossEntropyOfRate = (options?: CrossEntropyOptions): Loss => crossEntropy('rate', options);
/** Cross-entropy of the largest membranes over time. */
export const crossEntropyOfMaximum = (options?: CrossEntropyOptions): Loss => crossEntropy('maximum', options);
