/**
 * Quantised states: a membrane that may only take certain levels, as in hardware of few bits, with a gradient that passes as if it were not
 * quantised (straight-through).
 *
 *   Q(x)  = the level nearest to x; the lower one where two are equally near
 *   dQ/dx := 1
 *
 * Levels lie between low = -threshold (1 + lower) and high = threshold (1 + upper), n = 2^bits of them:
 *
 *   uniform       l_k = low + k (high - low) / (n - 1)
 *   exponential   denser towards the centre c (the threshold, or 0), with m = floor(n (c - low) / (high - low)) of them below it (1 to n - 1):
 *                 l_k = low  + (c - low)  (1 - q^k) / (1 - q^m),        k = 0 ... m - 1
 *                 l_j = high - (high - c) (1 - q^j) / (1 - q^(n - m)),  j = n - m - 1 ... 0
 *
 * The numbers are those of snnTorch's `state_quant`.
 */
import { argumentError, type Backend, gather, isNumber, type TensorMeta } from '@snn/core';

/** Which levels. */
export interface QuantizationOptions {
  /** Number of bits, 1 to 16: there are 2^bits levels. Default 8. */
  readonly bits?: number;
  /** Default `uniform`. */
  readonly spacing?: 'uniform' | 'exponential';
  /** The membrane above which the neuron fires. Default 1. */
  readonly threshold?: number;
  /** How far the lowest level lies below -threshold, as a part of the threshold. Default 0. */
  readonly lower?: number;
  /** How far the highest level lies above the threshold, as a part of it. Default 0.2. */
  readonly upper?: number;
  /** Where exponential levels are densest. Default `threshold`. */
  readonly centre?: 'threshold' | 'zero';
  /** q: the ratio of neighbouring gaps of exponential levels, 0 to 1. Default by bits: 0.05, 0.1, 0.3, 0.5, 0.7, 0.9, 0.925, then 0.95. */
  readonly ratio?: number;
}

/**
 * The levels, ascending.
 *
 * @throws an `argument` error when bits is not a whole number of 1 to 16, or when the numbers leave no room for levels.
 */
export function quantizationLevels(options: QuantizationOptions = {}): readonly number[] {
  const { bits = 8, spacing = 'uniform', threshold = 1, lower = 0, upper = 0.2, centre = 'threshold' } = options;
  const { ratio: q = [0.05, 0.1, 0.3, 0.5, 0.7, 0.9, 0.925][bits - 1] ?? 0.95 } = options;
  const low = -(threshold + threshold * lower);
  const high = threshold + threshold * upper;
  const c = centre === 'zero' ? 0 : threshold;
  if (!Number.isInteger(bits) || bits < 1 || bits > 16)
    throw argumentError(`quantizationLevels: bits must be a whole number of 1 to 16, but is ${bits}.`);
  if (!(low < high && low <= c && c <= high && q > 0 && q < 1))
    throw argumentError(
      `quantizationLevels: levels from ${low} to ${high} around ${c} with the ratio ${q} cannot be; threshold must be above 0, lower and upper at least 0, ratio between 0 and 1.`,
    );
  const n = 2 ** bits;
  if (spacing === 'uniform') return Array.from({ length: n }, (_, k) => low + (k * (high - low)) / (n - 1));
  const m = Math.min(Math.max(Math.floor(n * ((c - low) / (high - low))), 1), n - 1);
  const part = (k: number, of: number): number => (1 - q ** k) / (1 - q ** of);
  const below = Array.from({ length: m }, (_, k) => low + (c - low) * part(k, m));
  const above = Array.from({ length: n - m }, (_, k) => high - (high - c) * part(n - m - 1 - k, n - m));
  return [...below, ...above];
}

/**
 * `x` (any shape) at the nearest of `levels`, by bisection; NaN stays NaN. The gradient passes unchanged.
 *
 * @param levels ascending; see `quantizationLevels`.
 */
export function stateQuantization<T extends TensorMeta>(b: Backend<T>, x: T, levels: readonly number[]): T {
  const depth = Math.ceil(Math.log2(levels.length));
  // the last level is repeated up to a power of two; border k lies between levels k - 1 and k
  const level = (k: number): number => levels[Math.min(Math.max(k, 0), levels.length - 1)];
  const places = Array.from({ length: 2 ** depth }, (_, k) => k);
  return b.customGrad(
    {
      name: 'stateQuantization',
      forward<U extends TensorMeta>(c: Backend<U>, y: U): U {
        const table = (at: (k: number) => number): U => c.fromData(places.map(at), [places.length]);
        const borders = table((k) => (level(k - 1) + level(k)) / 2);
        let index = c.mul(c.gt(y, Infinity), 0);
        for (let bit = 2 ** (depth - 1); bit >= 1; bit /= 2) {
          const next = c.add(index, bit);
          index = c.where(c.gt(y, gather(c, borders, next)), next, index);
        }
        return c.where(isNumber(c, y), gather(c, table(level), index), y);
      },
      vjp: (_, g) => [g],
    },
    x,
  );
}
