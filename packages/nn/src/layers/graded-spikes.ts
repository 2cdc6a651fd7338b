/**
 * Graded spikes: y = factor x. Put it after neurons, whose reset still knows the plain spike.
 *
 * The initial factors are those of snnTorch's `GradedSpikes`: one per neuron, trained, uniform in 0.5 ... 1.5. A fixed one for all is its
 * `constant_factor`, a learnable one `graded_spikes_factor` of its neurons.
 */
import { argumentError, type Backend, type Key, type Operand, type TensorMeta, uniform } from '@snn/core';
import { type Context, expectShape, type Layer } from '../layer.ts';
import { layerParameter, type ParameterOption } from '../parameter.ts';
import { wholeNumber } from './check.ts';
import type { NeuronSize } from './neuron.ts';

type Raw<T> = { readonly factor: T } | null;
type Used<T> = { readonly factor: Operand<T> };

/**
 * `[B, ...size] -> [B, ...size]`.
 *
 * @param factor a number, one per neuron or channel, or `learnable(...)`; default: drawn and trained, one per neuron
 * @throws an `argument` or `shape` error when the size or the factor does not fit.
 */
export function gradedSpikes(size: NeuronSize, factor?: ParameterOption): Layer {
  const shape = typeof size === 'number' ? [size] : [...size];
  if (shape.length === 0) throw argumentError('gradedSpikes: size must name at least one axis.');
  for (const n of shape) wholeNumber('gradedSpikes: size', n);
  const spec = { default: 1, unit: '1', constraint: 'none', description: 'height of a spike' } as const;
  const count = shape.reduce((n, m) => n * m);
  const given = factor === undefined ? null : layerParameter('gradedSpikes: factor', spec, factor, shape);
  return {
    name: 'gradedSpikes',
    outputShape(input, path) {
      expectShape('gradedSpikes', path, shape, input);
      return shape;
    },
    init<T extends TensorMeta>(b: Backend<T>, key: Key): Raw<T> {
      const raw = given ? given.init(b) : b.fromData(uniform(key, count, 0.5, 1.5), shape);
      return raw === null ? null : { factor: raw };
    },
    prepare: <T extends TensorMeta>(b: Backend<T>, raw: Raw<T>): Used<T> => ({
      factor: given ? given.value(b, raw?.factor) : (raw as { readonly factor: T }).factor,
    }),
    initialState: () => null,
    step<T extends TensorMeta>(b: Backend<T>, { factor: scale }: Used<T>, state: null, input: T, context: Context<T>): readonly [T, null] {
      expectShape('gradedSpikes', context.path, shape, input.shape.slice(1));
      return [b.mul(input, scale), state];
    },
  };
}
