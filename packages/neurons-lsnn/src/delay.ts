/**
 * Synapses with delays: a linear map of which every weight has a delay of its own, in steps. Not a neuron; its output is a neuron's input.
 *
 *   y[t, n] = sum over k of x[t - delay[k, n], k] W[k, n]
 *
 * What arrives later waits in a buffer f of D slots, of which slot d is due in d steps:
 *
 *   g = f + x W_d             W_d the weights of delay d, in slot d
 *   y = slot 0 of g
 *   f = slots 1 ... D - 1 of g, and an empty one
 *
 * For recurrent connections concatenate input and previous spikes along the last axis, and the weights along the first.
 */
import {
  argumentError,
  type Backend,
  equal,
  range,
  type State,
  type StepResult,
  sameShape,
  shapeError,
  type TensorMeta,
  zeros,
} from '@snn/core';

/** `weight`, `[inputs, D, outputs]`: what `delayedWeight` makes. */
export interface DelayParameters<T> {
  readonly weight: T;
}

/** The buffer `f`, `[B, D, outputs]`. */
export type DelayState<T> = State<'f', T>;

/**
 * Weights spread over the slots of the buffer: `[inputs, outputs]` to `[inputs, slots, outputs]`. It is the same in every step; make it once.
 *
 * @param delay steps, whole numbers from 0 to slots - 1, `[inputs, outputs]`; a weight whose delay is anything else is lost.
 * @param slots D, one more than the longest delay.
 * @throws a `shape` error unless weight and delay are `[inputs, outputs]`, an `argument` error unless slots is a whole number of at least 1.
 */
export function delayedWeight<T extends TensorMeta>(b: Backend<T>, weight: T, delay: T, slots: number): T {
  const [inputs, outputs] = weight.shape;
  if (weight.shape.length !== 2 || !sameShape(weight.shape, delay.shape))
    throw shapeError(`delayedWeight: weight and delay must both be [inputs, outputs], but are [${weight.shape}] and [${delay.shape}].`);
  if (!Number.isInteger(slots) || slots < 1)
    throw argumentError(
      `delayedWeight: slots must be a whole number of at least 1, but is ${slots}; take one more than the longest delay.`,
    );
  const slot = b.reshape(range(b, slots), [slots, 1]);
  return b.mul(b.reshape(weight, [inputs, 1, outputs]), equal(b, b.reshape(delay, [inputs, 1, outputs]), slot));
}

/** An empty buffer for a batch of `batch`. */
export const delayState = <T extends TensorMeta>(b: Backend<T>, { weight }: DelayParameters<T>, batch: number): DelayState<T> => ({
  f: zeros(b, [batch, ...weight.shape.slice(1)]),
});

/** One step: `[B, inputs]` to `[B, outputs]` and the next state. */
export function delayStep<T extends TensorMeta>(
  b: Backend<T>,
  { weight }: DelayParameters<T>,
  { f }: DelayState<T>,
  input: T,
): StepResult<DelayState<T>, T> {
  const [batch, slots, outputs] = f.shape;
  const flat = b.reshape(weight, [weight.shape[0], slots * outputs]);
  const g = b.add(f, b.reshape(b.matmul(input, flat), f.shape));
  const y = b.reshape(b.slice(g, [0, 0, 0], [batch, 1, outputs]), [batch, outputs]);
  const empty = zeros(b, [batch, 1, outputs]);
  return [y, { f: slots === 1 ? empty : b.concat([b.slice(g, [0, 1, 0], [batch, slots - 1, outputs]), empty], 1) }];
}
