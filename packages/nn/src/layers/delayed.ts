/**
 * Fully connected synapses with a delay each, which are trained like the weights:
 *
 *   y_j[t] = c_j + sum_i W_ij ((1 - f) x_i[t - n] + f x_i[t - n - 1]),   n + f = d_ij clipped to 0 ... longest steps, n whole, 0 <= f < 1
 *
 * that is a whole shift n with interpolation between two neighbours, so that d has a derivative: dy_j[t] / dd_ij = W_ij (x_i[t - n - 1] - x_i[t - n]).
 * At whole d it is that to the right, at the longest that to the left. Inputs before the first step are 0. (Bilinear interpolation, as in
 * Khalfaoui-Hassani et al., Dilated convolution with learnable spacings, ICLR 2023; Hammouamri et al. use Gaussians, ICLR 2024.)
 */
import {
  type Backend,
  checkNames,
  clip,
  equal,
  type Key,
  linear as linearOp,
  min,
  range,
  split,
  stopGradient,
  type TensorMeta,
  type Tree,
  uniform,
  zeros,
} from '@snn/core';
import { type Context, expectShape, type Layer } from '../layer.ts';
import { nonZero, wholeNumber } from './check.ts';

/** Options of `delayed`. */
export interface DelayedOptions {
  /** The longest delay, steps; a whole number of at least 1. */
  readonly longest: number;
  /** Whether a constant is added to each output. Default true. */
  readonly bias?: boolean;
}

type Raw<T> = { readonly weight: T; readonly delay: T; readonly bias?: T };
/** `kernel` is `[(longest + 1) inputs, outputs]`: what the inputs of now and of each step before contribute. */
type Used<T> = { readonly weight: T; readonly kernel: T; readonly bias?: T };
/** `[B, longest, inputs]`: inputs of the last steps, the latest first. */
type History<T> = { readonly history: T };

/**
 * `[B, inputs] -> [B, outputs]`. Raw: `weight`, `delay` (steps), both `[inputs, outputs]`, and `bias`. Before training weights are those of `linear`,
 * delays uniform from 0 to the longest.
 *
 * @throws an `argument` error when a size is not a whole number of at least 1.
 */
export function delayed(inputs: number, outputs: number, options: DelayedOptions): Layer {
  checkNames('delayed', options, ['longest', 'bias']);
  const { longest, bias: withBias = true } = options;
  wholeNumber('delayed: inputs', inputs);
  wholeNumber('delayed: outputs', outputs);
  wholeNumber('delayed: longest', longest);
  const bound = 1 / Math.sqrt(inputs);
  const shape = [inputs, outputs];
  return {
    name: 'delayed',
    outputShape(input, path) {
      expectShape('delayed', path, [inputs], input);
      return [outputs];
    },
    init<T extends TensorMeta>(b: Backend<T>, key: Key): Raw<T> {
      const [weights, delays, constants] = split(key, 3);
      return {
        weight: b.fromData(uniform(weights, inputs * outputs, -bound, bound), shape),
        delay: b.fromData(uniform(delays, inputs * outputs, 0, longest), shape),
        ...(withBias ? { bias: b.fromData(uniform(constants, outputs, -bound, bound), [outputs]) } : {}),
      };
    },
    prepare<T extends TensorMeta>(b: Backend<T>, { weight, delay, bias }: Raw<T>): Used<T> {
      const d = clip(b, delay, 0, longest);
      const whole = stopGradient(b, min(b, b.floor(d), longest - 1));
      const part = b.sub(d, whole);
      const taps = b.reshape(range(b, longest + 1), [longest + 1, 1, 1]);
      const near = b.mul(equal(b, taps, whole), b.sub(1, part));
      const far = b.mul(equal(b, taps, b.add(whole, 1)), part);
      const kernel = b.reshape(b.mul(b.add(near, far), weight), [(longest + 1) * inputs, outputs]);
      return { weight, kernel, ...(bias === undefined ? {} : { bias }) };
    },
    initialState: <T extends TensorMeta>(b: Backend<T>, _used: unknown, [batch]: readonly number[]): History<T> => ({
      history: zeros(b, [batch, longest, inputs]),
    }),
    step<T extends TensorMeta>(
      b: Backend<T>,
      { kernel, bias }: Used<T>,
      { history }: History<T>,
      input: T,
      context: Context<T>,
    ): readonly [T, Tree<T>] {
      const [batch, ...rest] = input.shape;
      expectShape('delayed', context.path, [inputs], rest);
      const seen = b.concat([b.reshape(input, [batch, 1, inputs]), history], 1);
      const flat = b.reshape(seen, [batch, (longest + 1) * inputs]);
      context.record?.('synapses', context.path, flat);
      return [linearOp(b, flat, kernel, bias), { history: b.slice(seen, [0, 0, 0], [batch, longest, inputs]) }];
    },
    operations: <T extends TensorMeta>(b: Backend<T>, { kernel }: Used<T>, seen: T) => b.matmul(nonZero(b, seen), nonZero(b, kernel)),
    // a delay between two steps takes part in both
    denseOperations: () => 2 * inputs * outputs,
  };
}
