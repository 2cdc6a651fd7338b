/**
 * Conversion: a trained network without spikes to one of integrate-and-fire neurons, whose rates are its activations.
 *
 *   W := W h[l-1] / h[l],   c := c / h[l],   neurons with threshold 1, reset by subtraction, first membrane 1/2
 *
 * with h[l] the activation that is a spike in every step: of `relu` a percentile of what it sends for given samples, of `qcfs` its threshold. Inputs are
 * constant: the same numbers in every step. After T steps the mean over time of what the last layer sends approaches what it sent before; the first
 * membrane of 1/2 rounds rates to the nearest instead of down.
 *
 * Diehl et al., Fast-classifying, high-accuracy spiking deep networks, IJCNN 2015; Rueckauer et al., Conversion of continuous-valued deep networks,
 * Frontiers in Neuroscience 2017 (percentile, reset by subtraction); Deng, Gu, Optimal conversion, ICLR 2021 (first membrane); Bu et al., ICLR 2022 (QCFS).
 */
import { arena, argumentError, checkNames, type TensorMeta } from '@snn/core';
import { type LayerWithParameters, prepare, title } from './layer.ts';
import { isActivation } from './layers/activations.ts';
import { integrateAndFire } from './layers/neurons-lif.ts';
import type { Model, Values } from './model.ts';
import { layersInRow, modelOf, type PlacedParameters } from './placed-parameters.ts';
import { run } from './run.ts';

/** Options of `convert`. */
export interface ConvertOptions {
  /** Inputs `[1, B, ...]` of the network without spikes, as it is trained on. */
  readonly samples: Values;
  /** Share of the activations above 0 of a `relu` that rates can stand for, %: above 0 up to 100. Default 99.9. */
  readonly percentile?: number;
}

/** Layers that give twice the output for twice the input, and are as good for spikes as for their mean. */
const HOMOGENEOUS: readonly string[] = ['avgPool2d', 'flatten', 'dropout'];

/**
 * A spiking model like `model`, on the same backend, with its layers in one row; `model` stays as it is.
 *
 * @throws an `argument` error when a layer cannot be converted, when an activation has no weights right before it, or when it never sends anything.
 */
export async function convert<T extends TensorMeta>(model: Model<T>, options: ConvertOptions): Promise<Model<T>> {
  checkNames('convert', options, ['samples', 'percentile']);
  const { samples, percentile = 99.9 } = options;
  if (!(percentile > 0 && percentile <= 100)) throw argumentError(`convert: percentile must be above 0 up to 100, but is ${percentile}.`);
  const row = layersInRow<T>(model.network, model.parameters);
  const largest = await largestActivations(model, row, samples, percentile);
  return modelOf(model, (scope) => {
    const converted: LayerWithParameters<T>[] = [];
    let shape: readonly number[] | null = samples.shape.slice(2);
    // what a spike of the neurons before stands for
    let spike = 1;
    // where the weights are that the next activation scales; null: none since the last one
    let weights: number | null = null;
    for (const { layer, parameters, path } of row) {
      shape = layer.outputShape(shape, path);
      if (isActivation(layer)) {
        const top = largest.get(path) as number;
        if (weights === null)
          throw argumentError(`convert: ${title(layer.name, path)} has no weights of its own; put linear or conv2d before it.`);
        const before = converted[weights];
        const scaled = before.layer.rescaled?.(scope, before.parameters, scope.fromData([1 / top], [1]), scope.fromData([0], [1]));
        converted[weights] = scaled as LayerWithParameters<T>;
        const neurons = integrateAndFire(shape as readonly number[], { comparison: '>=', initial: { v: 0.5 } });
        converted.push({ layer: neurons, parameters: null });
        [spike, weights] = [top, null];
      } else if (layer.rescaled) {
        const { weight, ...rest } = parameters as unknown as { readonly weight: T };
        weights = converted.push({ layer, parameters: { ...rest, weight: scope.mul(weight, spike) } }) - 1;
        spike = 1;
      } else if (HOMOGENEOUS.includes(layer.name)) converted.push({ layer, parameters });
      else {
        const way = layer.folded
          ? 'take it into the weights with `fold` first'
          : `use linear, conv2d, ${HOMOGENEOUS.join(', ')}, relu, qcfs`;
        throw argumentError(`convert: ${title(layer.name, path)} has no counterpart with spikes; ${way}.`);
      }
    }
    if (weights === null)
      throw argumentError('convert: the network must end with weights, linear or conv2d, whose outputs are the scores.');
    return converted;
  });
}

/** What a spike stands for, by the path of an activation. */
async function largestActivations<T extends TensorMeta>(
  { backend, network, parameters }: Model<T>,
  row: readonly PlacedParameters<T>[],
  samples: Values,
  percentile: number,
): Promise<ReadonlyMap<string, number>> {
  const scope = arena(backend);
  try {
    const sent = new Map<string, T>();
    run(scope, network, parameters, scope.fromData(samples.data, samples.shape), {
      record(kind, path, x) {
        if (kind === 'activations') sent.set(path, x);
      },
    });
    const largest = new Map<string, number>();
    for (const { layer, parameters: raw, path } of row) {
      if (!isActivation(layer)) continue;
      if (layer.activation === 'qcfs') {
        const { threshold } = prepare(scope, layer, raw) as { readonly threshold: T };
        largest.set(path, (await scope.read(threshold))[0]);
        continue;
      }
      const above = Float64Array.from(await scope.read(sent.get(path) as T))
        .filter((x) => x > 0)
        .sort();
      if (above.length === 0)
        throw argumentError(`convert: ${title(layer.name, path)} sends nothing for these samples; train the network, or give it others.`);
      largest.set(path, above[Math.ceil((percentile / 100) * above.length) - 1]);
    }
    return largest;
  } finally {
    scope.release();
  }
}
