/** Small checks and measures that several layers share. */
import { argumentError, type Backend, type TensorMeta } from '@snn/core';

/**
 * Throw unless `value` is a whole number of at least `least`.
 *
 * @throws an `argument` error that names `what`.
 */
export function wholeNumber(what: string, value: number, least = 1): void {
  if (!Number.isInteger(value) || value < least)
    throw argumentError(`${what}: must be a whole number of at least ${least}, but is ${value}.`);
}

/** 1 where `x` is not 0, else 0. */
export const nonZero = <T extends TensorMeta>(b: Backend<T>, x: T): T => b.where(x, 1, 0);
