/**
 * The numbers that all contestants are given: inputs and weights from a counter-based generator of a few lines, written the same way in
 * `peers/common.py`. Element `i` depends on the seed and on `i` only. Not for the library itself, whose generator is in `@snn/core`.
 *
 * Word i is output i of mulberry32 (Tommy Ettinger, 2017), whose state is a counter: state = seed + (i + 1) 0x6D2B79F5 modulo 2^32.
 */

/** Numbers on the host with their shape, row-major. */
export interface Values {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1);

/** Word `i` of `seed`, as a number from 0 up to 1 in steps of 2^-32. */
export function random(seed: number, i: number): number {
  const state = (seed + Math.imul(i + 1, 0x6d2b79f5)) | 0;
  let t = Math.imul(state ^ (state >>> 15), state | 1);
  t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
}

/** A tensor of `shape` from a function of the element's index; rounded to float32 at the end. */
export function fill(shape: readonly number[], element: (i: number) => number): Values {
  const data = new Float32Array(sizeOf(shape));
  for (let i = 0; i < data.length; i++) data[i] = element(i);
  return { data, shape };
}

/** One repeated number. */
export const constant = (shape: readonly number[], value: number): Values => fill(shape, () => value);

/** Uniform numbers from -limit to limit. */
export const symmetric = (seed: number, shape: readonly number[], limit = 1): Values =>
  fill(shape, (i) => (2 * random(seed, i) - 1) * limit);

/** 0/1, 1 with probability `rate`. */
export const bernoulli = (seed: number, shape: readonly number[], rate: number): Values =>
  fill(shape, (i) => (random(seed, i) < rate ? 1 : 0));

/**
 * Nearly normal numbers of mean 0 and variance 1: sums of four uniform ones. A true normal number needs a logarithm, whose last bit depends on
 * the language's library.
 */
export const bellShaped = (seed: number, shape: readonly number[]): Values =>
  fill(
    shape,
    (i) => (random(seed, 4 * i) + random(seed, 4 * i + 1) + random(seed, 4 * i + 2) + random(seed, 4 * i + 3) - 2) * Math.sqrt(3),
  );

/**
 * Weights `[inputs, ...]`, uniform, such that a sum over `inputs` values of mean square `meanSquare` (the rate, for spikes) has the standard
 * deviation `deviation`.
 */
export const weights = (seed: number, shape: readonly number[], inputs: number, meanSquare: number, deviation: number): Values =>
  symmetric(seed, shape, deviation * Math.sqrt(3 / (inputs * meanSquare)));

/**
 * Rate-coded images: intensities of which 19 % are not 0, with a mean of 0.13.
 *
 * @returns `[batch, pixels]`, 0 to 1
 */
export const images = (seed: number, shape: readonly number[]): Values =>
  fill(shape, (i) => (random(seed, 2 * i) < 0.19 ? 0.368 + 0.632 * random(seed, 2 * i + 1) : 0));

/** Spikes `[T, ...shape of x]`, 1 with probability x in each step. */
export const encode = (seed: number, steps: number, x: Values): Values =>
  fill([steps, ...x.shape], (i) => (random(seed, i) < x.data[i % x.data.length] ? 1 : 0));

/** Class labels 0 ... classes - 1. */
export const labels = (seed: number, count: number, classes: number): Values => fill([count], (i) => Math.floor(random(seed, i) * classes));
