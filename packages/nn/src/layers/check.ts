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

/** How many pixels windows of `size` pixels cover, all windows along one edge of an image together; what lies beyond the border does not count. */
export function pixelsSeen(pixels: number, size: number, stride: number, padding: number): number {
  let seen = 0;
  for (let start = -padding; start + size <= pixels + padding; start += stride)
    seen += Math.max(Math.min(start + size, pixels) - Math.max(start, 0), 0);
  return seen;
}
