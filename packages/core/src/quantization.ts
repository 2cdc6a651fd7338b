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
 *   exponential   denser towards the centre c (the threshold, or 0), with m = floor(n (c - low) / (high - low)) of them below it:
 *                 l_k = low  + (c - low)  (1 - q^k) / (1 - q^m),        k = 0 ... m - 1
 *                 l_j = high - (high - c) (1 - q^j) / (1 - q^(n - m)),  j = n - m - 1 ... 0
 *
 * The numbers are those of snnTorch's `state_quant`.
 */
import { gather, isNumber } from './derived.ts';
import { argumentError } from './errors.ts';
import { checkNames } from './options.ts';
import type { Backend, CustomOp, TensorMeta } from './types.ts';

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
  checkNames('quantizationLevels', options, ['bits', 'spacing', 'threshold', 'lower', 'upper', 'centre', 'ratio']);
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
  const m = Math.floor(n * ((c - low) / (high - low)));
  const part = (k: number, of: number): number => (1 - q ** k) / (1 - q ** of);
  const below = Array.from({ length: m }, (_, k) => low + (c - low) * part(k, m));
  const above = Array.from({ length: n - m }, (_, k) => high - (high - c) * part(n - m - 1 - k, n - m));
  return [...below, ...above];
}

/** A quantiser of states: static, like a surrogate. */
export interface Quantization {
  readonly levels: readonly number[];
  /** `x` (any shape) at the nearest levels; NaN stays NaN. The gradient passes unchanged. */
  apply<T extends TensorMeta>(b: Backend<T>, x: T): T;
}

/**
 * The quantiser to `levels`, by bisection.
 *
 * @param levels ascending; see `quantizationLevels`.
 * @throws an `argument` error when there is no level or when they do not ascend.
 */
export function stateQuantization(levels: readonly number[]): Quantization {
  if (levels.length === 0 || !levels.every((x, k) => (k === 0 ? !Number.isNaN(x) : x > levels[k - 1])))
    throw argumentError(
      `stateQuantization: levels must be ascending numbers, as quantizationLevels makes them, but are ${levels.join(', ')}.`,
    );
  const depth = Math.ceil(Math.log2(levels.length));
  // the last level is repeated up to a power of two; border k lies between levels k - 1 and k
  const level = (k: number): number => levels[Math.min(Math.max(k, 0), levels.length - 1)];
  const places = Array.from({ length: 2 ** depth }, (_, k) => k);
  const values = places.map(level);
  const borders = places.map((k) => (level(k - 1) + level(k)) / 2);
  const op: CustomOp = {
    name: 'stateQuantization',
    forward(b, x) {
      const table = b.fromData(borders, [borders.length]);
      let index = b.mul(b.gt(x, Infinity), 0);
      for (let bit = 2 ** (depth - 1); bit >= 1; bit /= 2) {
        const next = b.add(index, bit);
        index = b.where(b.gt(x, gather(b, table, next)), next, index);
      }
      return b.where(isNumber(b, x), gather(b, b.fromData(values, [values.length]), index), x);
    },
    vjp: (_, g) => [g],
  };
  return { levels, apply: (b, x) => b.customGrad(op, x) };
}
