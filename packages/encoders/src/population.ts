/** Population code: a value is shared among neurons that each prefer another one. */
import { argumentError, type Backend, checkNames, type Operand, type TensorMeta } from '@snn/core';

/** Options of `population`. */
export interface PopulationOptions<T> {
  /** Number of neurons, at least 2. */
  readonly neurons: number;
  /** Preferred value of the first neuron. Default 0. */
  readonly low?: number;
  /** Preferred value of the last neuron. Default 1. */
  readonly high?: number;
  /** Standard deviation of the tuning curves. Default: the distance of two preferred values. */
  readonly width?: Operand<T>;
}

/**
 * Gaussian tuning curves, `[...N] -> [...N, neurons]`:
 *
 *     y[i] = exp(-(x - c[i])^2 / (2 width^2)),      c from low to high in equal distances
 *
 * The results lie in 0 ... 1: currents for neurons, or probabilities for `rate`. norse's `population_encode(x, n, scale)` is
 * `{ neurons: n, high: scale, width: 1 / sqrt(scale) }`.
 *
 * @throws an `argument` error when `neurons` is not a whole number of at least 2 or `low` is not below `high`.
 */
export function population<T extends TensorMeta>(b: Backend<T>, x: T, options: PopulationOptions<T>): T {
  checkNames('population', options, ['neurons', 'low', 'high', 'width']);
  const { neurons, low = 0, high = 1 } = options;
  if (!Number.isInteger(neurons) || neurons < 2)
    throw argumentError(`population: neurons must be a whole number of at least 2, but is ${neurons}.`);
  if (!(low < high)) throw argumentError(`population: low must be below high, but they are ${low} and ${high}.`);
  const spacing = (high - low) / (neurons - 1);
  const { width = spacing } = options;
  const centres = b.fromData(
    Float64Array.from({ length: neurons }, (_, i) => low + i * spacing),
    [neurons],
  );
  const distance = b.div(b.sub(b.reshape(x, [...x.shape, 1]), centres), width);
  return b.exp(b.mul(b.mul(distance, distance), -0.5));
}
