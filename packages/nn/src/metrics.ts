/** Measures of how well a network does and how much it works, over numbers on the host. Outputs and spikes are `[T, B, ...]`. */
import { arena, argumentError, shapeError, sizeOf, type TensorMeta } from '@snn/core';
import { leafLayers, show } from './layer.ts';
import type { Model, Values } from './model.ts';
import { run } from './run.ts';

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

/** Work of one layer with synapses, or of all. */
export interface Operations {
  /** Additions of a weight for every input that is not 0: what event-driven hardware does, per sample. */
  readonly synaptic: number;
  /** Multiply-adds of the same layers when no input is skipped, per sample. */
  readonly dense: number;
}

/** Work of a network on some inputs: in all, and per layer with synapses by its path. */
export interface OperationCount extends Operations {
  readonly layers: { readonly [path: string]: Operations };
}

/**
 * Count what `inputs` `[T, B, ...]` cost: spikes times their fan-out, against dense multiply-adds. Biases and neurons are not counted.
 *
 * @throws an `argument` error for a network without synapses.
 */
export async function countOperations<T extends TensorMeta>(model: Model<T>, inputs: Values): Promise<OperationCount> {
  const { backend, network, parameters } = model;
  const placed = new Map(leafLayers(network).map(({ path, layer }) => [path, layer]));
  const scope = arena(backend);
  try {
    const synaptic = new Map<string, T>();
    const dense = new Map<string, number>();
    run(scope, network, parameters, scope.fromData(inputs.data, inputs.shape), {
      record(kind, path, x) {
        const layer = placed.get(path);
        if (kind !== 'synapses' || !layer?.operations || !layer.denseOperations) return;
        const before = synaptic.get(path);
        const operations = layer.operations(scope, x);
        synaptic.set(path, before === undefined ? operations : scope.add(before, operations));
        dense.set(path, (dense.get(path) ?? 0) + layer.denseOperations(x.shape.slice(1)));
      },
    });
    if (synaptic.size === 0) throw argumentError('countOperations: the network has no layer with synapses (linear, conv2d, recurrent).');
    const layers: Record<string, Operations> = {};
    for (const [path, total] of synaptic)
      layers[path] = { synaptic: (await scope.read(total))[0] / inputs.shape[1], dense: dense.get(path) ?? 0 };
    const sum = (key: keyof Operations): number => Object.values(layers).reduce((all, layer) => all + layer[key], 0);
    return { synaptic: sum('synaptic'), dense: sum('dense'), layers };
  } finally {
    scope.release();
  }
}
