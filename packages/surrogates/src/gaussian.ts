/** The surrogate that is the density of a normal distribution. */
import type { Backend, TensorMeta } from '@snn/core';
import { positive } from './positive.ts';
import type { Surrogate } from './surrogate.ts';

/** e^(-((x - centre) / (sqrt(2) w))^2) / (w sqrt(2 pi)): the normal density of deviation w. Finite for every finite x. */
export function normalDensity<T extends TensorMeta>(b: Backend<T>, x: T, width: number, centre = 0): T {
  const y = b.mul(b.sub(x, centre), 1 / (Math.SQRT2 * width));
  return b.mul(b.exp(b.mul(b.mul(y, y), -1)), 1 / (width * Math.sqrt(2 * Math.PI)));
}

/**
 *   g(x) = e^(-x^2 / 2 w^2) / (w sqrt(2 pi))
 *
 * Peak 0.399 / w, integral 1.
 *
 * Equals SpikingJelly `Erf(alpha)` at w = 1 / (sqrt(2) alpha).
 *
 * @param options.width w, the standard deviation, in units of the membrane; default 1/2.
 * @throws an `argument` error unless the width is a finite number above 0.
 */
export function gaussian(options: { readonly width?: number } = {}): Surrogate {
  const { width } = positive('gaussian', options, { width: 0.5 });
  return { name: 'gaussian', derivative: (b, x) => normalDensity(b, x, width) };
}
