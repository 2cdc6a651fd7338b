/**
 * Fully connected synapses: y = x W + c with `W [inputs, outputs]`, `c [outputs]`. Initial values as in torch: uniform in
 * +-1/sqrt(inputs), both.
 */
import { type Backend, checkNames, type Key, linear as linearOp, split, type TensorMeta, uniform, zeros } from '@snn/core';
import { type Context, expectShape, type Layer, type LayerWithParameters } from '../layer.ts';
import { nonZero, wholeNumber } from './check.ts';

type Synapses<T> = { readonly weight: T; readonly bias?: T };

/** Options of `linear`. */
export interface LinearOptions {
  /** Whether a constant is added to each output. Default true. */
  readonly bias?: boolean;
}

/**
 * `[B, inputs] -> [B, outputs]`.
 *
 * @throws an `argument` error when a size is not a whole number of at least 1.
 */
export function linear(inputs: number, outputs: number, options: LinearOptions = {}): Layer {
  wholeNumber('linear: inputs', inputs);
  wholeNumber('linear: outputs', outputs);
  checkNames('linear', options, ['bias']);
  const withBias = options.bias ?? true;
  const bound = 1 / Math.sqrt(inputs);
  return {
    name: 'linear',
    outputShape(shape, path) {
      expectShape('linear', path, [inputs], shape);
      return [outputs];
    },
    init<T extends TensorMeta>(b: Backend<T>, key: Key): Synapses<T> {
      const [weights, constants] = split(key);
      const weight = b.fromData(uniform(weights, inputs * outputs, -bound, bound), [inputs, outputs]);
      return withBias ? { weight, bias: b.fromData(uniform(constants, outputs, -bound, bound), [outputs]) } : { weight };
    },
    initialState: () => null,
    step<T extends TensorMeta>(
      b: Backend<T>,
      { weight, bias }: Synapses<T>,
      state: null,
      input: T,
      context: Context<T>,
    ): readonly [T, null] {
      expectShape('linear', context.path, [inputs], input.shape.slice(1));
      context.record?.('synapses', context.path, input);
      return [linearOp(b, input, weight, bias), state];
    },
    rescaled<T extends TensorMeta>(b: Backend<T>, { weight, bias }: Synapses<T>, scale: T, shift: T): LayerWithParameters<T> {
      const moved = b.add(bias === undefined ? zeros(b, [outputs]) : b.mul(bias, scale), shift);
      return { layer: linear(inputs, outputs), parameters: { weight: b.mul(weight, scale), bias: moved } };
    },
    operations: <T extends TensorMeta>(b: Backend<T>, { weight }: Synapses<T>, input: T) => b.matmul(nonZero(b, input), nonZero(b, weight)),
    denseOperations: () => inputs * outputs,
  };
}
