/**
 * Quantised weights with straight-through training: a network computes with weights that are whole numbers times one scale, while what is trained
 * keeps its precision; the gradient passes as if nothing were rounded.
 *
 *   int8      W_q = s q,   q = round(W / s),   s = max |W| / 127                             q in -127 ... 127
 *   ternary   W_q = s q,   q = sign(W) [|W| > D],   D = 0.7 mean |W|,   s = mean of |W| where |W| > D
 *
 * Ternary: Li, Zhang, Liu: Ternary weight networks, 2016. Straight-through: Bengio, Leonard, Courville, 2013.
 */
import {
  abs,
  argumentError,
  type Backend,
  type CustomOp,
  mean,
  round,
  sign,
  sumAll,
  type TensorMeta,
  type Tree,
  treeLeaves,
  treeMap,
} from '@snn/core';
import { type Layer, prepare, type UsedParameters } from '../layer.ts';
import type { Model } from '../model.ts';
import { layersWithin } from '../placed-parameters.ts';
import { scoped } from '../scoped.ts';

/** Whole numbers, and what one is worth: a scalar. */
export interface Quantized<T> {
  readonly integers: T;
  readonly scale: T;
}

/** How weights are quantised. */
export interface WeightQuantizer {
  readonly name: string;
  /** Whole numbers of -127 to 127 in the shape of `weight`, and their scale. */
  quantize<T extends TensorMeta>(b: Backend<T>, weight: T): Quantized<T>;
}

/** 255 levels, symmetric around 0. */
export const int8: WeightQuantizer = {
  name: 'int8',
  quantize<T extends TensorMeta>(b: Backend<T>, weight: T): Quantized<T> {
    const largest = b.reshape(
      b.reduceMax(
        abs(b, weight),
        weight.shape.map((_, axis) => axis),
      ),
      [],
    );
    // weights that are all 0 are 0 on any scale
    const scale = b.where(largest, b.div(largest, 127), 1);
    return { integers: round(b, b.div(weight, scale)), scale };
  },
};

/** -1, 0, 1. */
export const ternary: WeightQuantizer = {
  name: 'ternary',
  quantize<T extends TensorMeta>(b: Backend<T>, weight: T): Quantized<T> {
    const size = abs(b, weight);
    const kept = b.gt(size, b.mul(mean(b, size), 0.7));
    const scale = b.div(sumAll(b, b.mul(size, kept)), b.max(sumAll(b, kept), 1));
    return { integers: b.mul(sign(b, weight), kept), scale };
  },
};

/** A layer whose weights are quantised. */
export interface QuantizedLayer extends Layer {
  readonly quantizer: WeightQuantizer;
}

/** Raw parameters that are weights of synapses: `weight`, `weightInput`, ... */
const isWeight = (path: string): boolean => /\bweight\w*$/.test(path);

/**
 * `layer` with quantised weights: `quantized(linear(784, 128), ternary)`. Its raw parameters are those of `layer`, so that weights trained without
 * can be loaded; biases and neurons keep their precision.
 */
export function quantized(layer: Layer, quantizer: WeightQuantizer): QuantizedLayer {
  const op: CustomOp = {
    name: quantizer.name,
    forward(b, weight) {
      const { integers, scale } = quantizer.quantize(b, weight);
      return b.mul(integers, scale);
    },
    vjp: (_, g) => [g],
  };
  return {
    ...layer,
    name: `${quantizer.name} ${layer.name}`,
    quantizer,
    prepare: <T extends TensorMeta>(b: Backend<T>, raw: Tree<T>): UsedParameters<T> =>
      prepare(
        b,
        layer,
        treeMap<Tree<T>>(raw, (x: T, path: string) => (isWeight(path) ? b.customGrad(op, x) : x)),
      ),
    rescaled() {
      throw argumentError(
        `quantized: ${layer.name}: quantised weights cannot be scaled; fold or convert the network first and quantise then.`,
      );
    },
  };
}

/** Quantised weights on the host, row-major: `integers * scale`. */
export interface IntegerWeights {
  readonly integers: Int8Array;
  readonly shape: readonly number[];
  readonly scale: number;
}

/**
 * The quantised weights of a model as whole numbers, by the paths of their raw parameters, as in `layers[0].weight`.
 *
 * @throws an `argument` error when no layer is quantised.
 */
export async function integerWeights<T extends TensorMeta>({
  backend,
  network,
  parameters,
}: Model<T>): Promise<ReadonlyMap<string, IntegerWeights>> {
  const result = new Map<string, IntegerWeights>();
  for (const { layer, parameters: raw, rawPath: path } of layersWithin<T>(network, parameters)) {
    if (!('quantizer' in layer)) continue;
    const { quantizer } = layer as QuantizedLayer;
    for (const { path: name, value } of treeLeaves<T>(raw)) {
      if (!isWeight(name)) continue;
      const { integers, scale } = scoped(backend, (scope) => quantizer.quantize(scope, value));
      try {
        const [numbers, [one]] = [await backend.read(integers), await backend.read(scale)];
        result.set(path ? `${path}.${name}` : name, { integers: Int8Array.from(numbers), shape: value.shape, scale: one });
      } finally {
        backend.dispose(integers);
        backend.dispose(scale);
      }
    }
  }
  if (result.size === 0)
    throw argumentError('integerWeights: no layer of the network is quantised; wrap those with weights in quantized(layer, int8).');
  return result;
}
