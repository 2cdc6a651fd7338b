/** Measures of how well a network does and how much it works, over numbers on the host. Outputs and spikes are `[T, B, ...]`. */
import { shapeError, sizeOf } from '@snn/core';
import { show } from './layer.ts';
import type { Values } from './model.ts';

/** The class of the largest of each row of scores (`[B, classes]`, row-major); the first at a tie. */
export function predictions(scores: ArrayLike<number>, classes: number): number[] {
  return Array.from({ length: scores.length / classes }, (_, row) => {
    let best = 0;
    for (let k = 1; k < classes; k++) if (scores[row * classes + k] > scores[row * classes + best]) best = k;
    return best;
  });
}

/** `matrix[label][prediction]`: number of samples. */
export function confusionMatrix(predicted: ArrayLike<number>, labels: ArrayLike<number>, classes: number): number[][] {
  const matrix = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (let i = 0; i < labels.length; i++) matrix[labels[i]][predicted[i]]++;
  return matrix;
}

/** Reduce the first axis of `[T, ...]`: one number per element of `[...]`. */
function overTime({ data, shape }: Values, start: number, add: (sum: number, x: number) => number): Float64Array {
  const size = sizeOf(shape.slice(1));
  const result = new Float64Array(size).fill(start);
  for (let i = 0; i < data.length; i++) result[i % size] = add(result[i % size], data[i]);
  return result;
}

function share(what: string, outputs: Values, labels: ArrayLike<number>, scores: ArrayLike<number>): number {
  const { shape } = outputs;
  if (shape.length !== 3 || shape[1] !== labels.length)
    throw shapeError(
      `${what}: outputs must be [T, B, C] with one label per sample, but came as ${show(shape)} with ${labels.length} labels.`,
    );
  const predicted = predictions(scores, shape[2]);
  return predicted.filter((k, i) => k === labels[i]).length / predicted.length;
}

/** Share of samples whose label fires most: outputs are spikes `[T, B, C]`. */
export const accuracyOfCounts = (outputs: Values, labels: ArrayLike<number>): number =>
  share(
    'accuracyOfCounts',
    outputs,
    labels,
    overTime(outputs, 0, (sum, x) => sum + x),
  );

/** Share of samples whose label reaches the largest membrane: outputs `[T, B, C]`. */
export const accuracyOfMaximum = (outputs: Values, labels: ArrayLike<number>): number =>
  share('accuracyOfMaximum', outputs, labels, overTime(outputs, Number.NEGATIVE_INFINITY, Math.max));

/** Spikes per step of each neuron, averaged over time and batch: `[T, B, ...N] -> [...N]`. */
export function rates(spikes: Values): Float64Array {
  const [steps, batch, ...neurons] = spikes.shape;
  const counts = overTime(spikes, 0, (sum, x) => sum + x);
  return overTime({ data: counts, shape: [batch, ...neurons] }, 0, (sum, x) => sum + x).map((x) => x / (steps * batch));
}

/** Spikes of all neurons per sample: `[T, B, ...N]` to one number per sample. */
export function spikesPerSample(spikes: Values): Float64Array {
  const [, batch, ...neurons] = spikes.shape;
  const counts = overTime(spikes, 0, (sum, x) => sum + x);
  const size = sizeOf(neurons);
  return Float64Array.from({ length: batch }, (_, i) => counts.subarray(i * size, (i + 1) * size).reduce((sum, x) => sum + x, 0));
}
