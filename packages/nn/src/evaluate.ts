/** Testing a model: loss, accuracy, confusion and activity over a data set, without gradients and without dropout. */
import { none } from '@snn/compile';
import { arena, argumentError, checkNames, foldIn, randomKey, sizeOf, stream, sumAll, type TensorMeta } from '@snn/core';
import { checkBatch, checkLabels, type Dataset, inputsOf } from './dataset.ts';
import { pause, seconds } from './host.ts';
import { wholeNumber } from './layers/check.ts';
import { lossOf } from './loss-of.ts';
import type { Loss } from './losses/loss.ts';
import { confusionMatrix, predictions } from './metrics.ts';
import type { Model } from './model.ts';

/** Options of `evaluate`. */
export interface EvaluateOptions {
  readonly loss: Loss;
  /** Samples per batch. Default 128. */
  readonly batchSize?: number;
  /** Seed of the data set's randomness. Default: the model's. */
  readonly seed?: number;
  /** Ends the evaluation early: the result is over the samples so far. An `AbortSignal` fits. */
  readonly signal?: { readonly aborted: boolean };
}

/** What `evaluate` returns. */
export interface Evaluation {
  readonly samples: number;
  readonly loss: number;
  /** Share of right predictions. */
  readonly accuracy: number;
  /** `confusion[label][prediction]`: number of samples. */
  readonly confusion: readonly (readonly number[])[];
  /** Spikes of all neuron layers per sample. */
  readonly spikesPerSample: number;
  /** Spikes per neuron and sample of each neuron layer, by its path. */
  readonly spikes: { readonly [path: string]: number };
}

/**
 * Test `model` on all samples of `data`, in order.
 *
 * @throws an `argument` error for an empty data set or labels out of range, a `shape` error for batches that do not fit.
 */
export async function evaluate<T extends TensorMeta>(model: Model<T>, data: Dataset, options: EvaluateOptions): Promise<Evaluation> {
  checkNames('evaluate', options, ['loss', 'batchSize', 'seed', 'signal']);
  const { loss, batchSize = 128, seed = model.seed, signal } = options;
  wholeNumber('evaluate: batchSize', batchSize);
  if (!(data.size >= 1)) throw argumentError(`evaluate: the data set has ${data.size} samples; it needs at least one.`);
  const root = stream(randomKey(seed), 'evaluate');
  const { backend: b, network } = model;
  const objective = { network, loss, regularizers: [], training: false };
  const predicted: number[] = [];
  const actual: number[] = [];
  const totals: Record<string, { spikes: number; neurons: number }> = {};
  let lossSum = 0;
  let classes = 0;
  let rested = seconds();
  for (let start = 0, i = 0; start < data.size && !signal?.aborted; start += batchSize, i++) {
    const indices = Int32Array.from({ length: Math.min(batchSize, data.size - start) }, (_, k) => start + k);
    const batch = await data.batch(indices, foldIn(root, i));
    checkBatch(batch, indices.length);
    const scope = arena(b);
    try {
      const inputs = inputsOf(scope, batch);
      const labels = scope.fromData(batch.labels, [indices.length]);
      const [value, { scores, counts }] = await model.withCompiled(
        { shape: batch.shape, training: false, countGradient: false, gradient: none() },
        (compiled) => lossOf(scope, objective, model.parameters, inputs, labels, null, compiled),
      );
      classes = scores.shape[1];
      checkLabels(batch.labels, classes);
      lossSum += (await scope.read(value))[0] * indices.length;
      predicted.push(...predictions(await scope.read(scores), classes));
      actual.push(...batch.labels);
      for (const [path, x] of Object.entries(counts)) {
        totals[path] ??= { spikes: 0, neurons: sizeOf(x.shape.slice(1)) };
        totals[path].spikes += (await scope.read(sumAll(scope, x)))[0];
      }
    } finally {
      scope.release();
    }
    if (seconds() - rested > 0.05) {
      await pause();
      rested = seconds();
    }
  }
  const samples = actual.length;
  const right = actual.filter((label, i) => label === predicted[i]).length;
  return {
    samples,
    loss: lossSum / samples,
    accuracy: right / samples,
    confusion: confusionMatrix(predicted, actual, classes),
    spikesPerSample: Object.values(totals).reduce((sum, { spikes }) => sum + spikes, 0) / samples,
    spikes: Object.fromEntries(Object.entries(totals).map(([path, { spikes, neurons }]) => [path, spikes / (neurons * samples)])),
  };
}
