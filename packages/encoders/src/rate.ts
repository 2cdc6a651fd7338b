/** Rate code: each value is the probability of a spike in each step. */
import { argumentError, bernoulli, foldIn, type Key } from '@snn/core';

/**
 * Spikes s[t, i] = 1 with probability x[i] / maximum, independently for every step and element.
 *
 * A host function, since it draws random numbers: `b.fromData(rate(key, images, T, 255), [T, B, N])`. Elements that are 0 cost no random
 * number. Step t draws from `foldIn(key, t)`, so more steps leave the first ones as they were.
 *
 * @param x values of any shape (`[B, N]` row-major, say); at and above `maximum` there is a spike in every step, at and below 0 (and NaN) none
 * @param steps number of steps T
 * @param maximum the value that means certainty: 1, or 255 for the bytes of an image
 * @returns `[T, ...shape of x]` row-major, 0/1
 * @throws an `argument` error when `steps` is not a whole number of at least 1, or `maximum` is not above 0.
 */
export function rate(key: Key, x: ArrayLike<number>, steps: number, maximum = 1): Float32Array {
  checkSteps('rate', steps);
  if (!(maximum > 0)) throw argumentError(`rate: maximum must be above 0, but is ${maximum}.`);
  const probability = new Float32Array(x.length);
  for (let i = 0; i < x.length; i++) probability[i] = x[i] / maximum;
  const spikes = new Float32Array(steps * x.length);
  for (let t = 0; t < steps; t++) spikes.set(bernoulli(foldIn(key, t), probability, x.length), t * x.length);
  return spikes;
}

/** @throws an `argument` error when `steps` is not a whole number of at least 1. */
export function checkSteps(name: string, steps: number): void {
  if (!Number.isInteger(steps) || steps < 1) throw argumentError(`${name}: steps must be a whole number of at least 1, but is ${steps}.`);
}
