/** Rate code: each value is the probability of a spike in each step. */
import { argumentError, type Backend, bernoulliSteps, type Key, spikeTrains, type TensorMeta } from '@snn/core';

/**
 * Spikes s[t, i] = 1 with probability x[i] / maximum, independently for every step and element.
 *
 * A host function; `rateOn` draws on a backend. Elements that are 0 cost no random number. Step t draws from `foldIn(key, t)`, so more steps
 * leave the first ones as they were.
 *
 * @param x values of any shape (`[B, N]` row-major, say); at and above `maximum` there is a spike in every step, at and below 0 (and NaN) none
 * @param steps number of steps T
 * @param maximum the value that means certainty: 1, or 255 for the bytes of an image
 * @returns `[T, ...shape of x]` row-major, 0/1
 * @throws an `argument` error when `steps` is not a whole number of at least 1, or `maximum` is not above 0.
 */
export function rate(key: Key, x: ArrayLike<number>, steps: number, maximum = 1): Float32Array {
  return bernoulliSteps(key, probabilities('rate', x, steps, maximum), steps);
}

/**
 * `rate` as a tensor, `[T, ...shape]`, with the same bits: only the values go to the backend, and it draws the spikes itself if it can. No
 * gradient.
 *
 * @param x values on the host, row-major
 * @param shape their shape, `[B, N]` say
 * @throws what `rate` throws, and a `shape` error when `x` does not fit `shape`.
 */
export function rateOn<T extends TensorMeta>(
  b: Backend<T>,
  key: Key,
  x: ArrayLike<number>,
  shape: readonly number[],
  steps: number,
  maximum = 1,
): T {
  return spikeTrains(b, key, probabilities('rateOn', x, steps, maximum), shape, steps);
}

function probabilities(name: string, x: ArrayLike<number>, steps: number, maximum: number): Float32Array {
  checkSteps(name, steps);
  if (!(maximum > 0)) throw argumentError(`${name}: maximum must be above 0, but is ${maximum}.`);
  // a copy of 100,000 float32 takes a fifth of the time of as many divisions
  const probability = new Float32Array(x);
  if (maximum !== 1) for (let i = 0; i < x.length; i++) probability[i] = x[i] / maximum;
  return probability;
}

/** @throws an `argument` error when `steps` is not a whole number of at least 1. */
export function checkSteps(name: string, steps: number): void {
  if (!Number.isInteger(steps) || steps < 1) throw argumentError(`${name}: steps must be a whole number of at least 1, but is ${steps}.`);
}
