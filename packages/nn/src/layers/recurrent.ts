/**
 * Recurrent connections around a layer: in each step the layer's previous output z, through weights of its own, is added to its input.
 *
 *   z[t] = layer(x[t] + z[t-1] W),   z[-1] = 0,   W [N, N]
 *
 * Initial weights: uniform in +-1/sqrt(N).
 */
import {
  argumentError,
  type Backend,
  checkNames,
  type Key,
  linear as linearOp,
  sizeOf,
  split,
  type TensorMeta,
  type Tree,
  uniform,
  zeros,
} from '@snn/core';
import { type Context, type Layer, prepare, title, type UsedParameters } from '../layer.ts';
import { nonZero } from './check.ts';

type Raw<T> = { readonly inner: Tree<T>; readonly weight: T };
type Used<T> = { readonly inner: UsedParameters<T>; readonly weight: T };
type Loop<T> = { readonly inner: Tree<T>; readonly output: T };

/** Options of `recurrent`. */
export interface RecurrentOptions {
  /** Whether a neuron may be connected to itself. Default false: the diagonal of W counts as 0 and is not trained. */
  readonly autapses?: boolean;
}

/**
 * Connect the outputs of `layer` back to its inputs, which must have one shape (a layer of neurons has).
 *
 * @throws an `argument` error when the layer's output shape is not known by itself.
 */
export function recurrent(layer: Layer, options: RecurrentOptions = {}): Layer {
  checkNames('recurrent', options, ['autapses']);
  const { autapses = false } = options;
  const name = `recurrent ${layer.name}`;
  const shape = layer.outputShape(null);
  if (shape === null) throw argumentError(`recurrent: the output shape of '${layer.name}' depends on its input; wrap a layer of neurons.`);
  const count = sizeOf(shape);
  return {
    name,
    inner: layer,
    outputShape: (inputShape, path) => layer.outputShape(inputShape, path),
    init<T extends TensorMeta>(b: Backend<T>, key: Key): Raw<T> {
      const [inner, weights] = split(key);
      const bound = 1 / Math.sqrt(count);
      return { inner: layer.init(b, inner), weight: b.fromData(uniform(weights, count * count, -bound, bound), [count, count]) };
    },
    prepare<T extends TensorMeta>(b: Backend<T>, raw: Raw<T>): Used<T> {
      const off = Float32Array.from({ length: count * count }, (_, i) => (i % (count + 1) === 0 ? 0 : 1));
      const weight = autapses ? raw.weight : b.mul(raw.weight, b.fromData(off, [count, count]));
      return { inner: prepare(b, layer, raw.inner), weight };
    },
    initialState<T extends TensorMeta>(b: Backend<T>, used: Used<T>, inputShape: readonly number[], context: Context<T>): Loop<T> {
      return { inner: layer.initialState(b, used.inner, inputShape, context), output: zeros(b, [inputShape[0], ...shape]) };
    },
    step<T extends TensorMeta>(b: Backend<T>, used: Used<T>, state: Loop<T>, input: T, context: Context<T>): readonly [T, Loop<T>] {
      context.record?.('synapses', context.path, state.output);
      const previous = b.reshape(state.output, [state.output.shape[0], count]);
      const feedback = b.reshape(linearOp(b, previous, used.weight), state.output.shape);
      const [output, inner] = layer.step(b, used.inner, state.inner, b.add(input, feedback), context);
      if (output.shape.length !== feedback.shape.length)
        throw argumentError(`${title(name, context.path)}: the layer's output must have the shape of its input.`);
      return [output, { inner, output }];
    },
    operations: <T extends TensorMeta>(b: Backend<T>, { weight }: Used<T>, output: T) =>
      b.matmul(nonZero(b, b.reshape(output, [output.shape[0], count])), nonZero(b, weight)),
    denseOperations: () => count * (autapses ? count : count - 1),
  };
}
