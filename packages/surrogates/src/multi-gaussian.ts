/** The multi-Gaussian surrogate: a normal density with two shallow negative side lobes. */
import { argumentError } from '@snn/core';
import { normalDensity } from './gaussian.ts';
import { positive } from './positive.ts';
import type { Surrogate } from './surrogate.ts';

/** Parameters of `multiGaussian`. */
export interface MultiGaussianOptions {
  /** w, the deviation of the middle lobe and the distance of the side lobes from it, in units of the membrane; default 1/2. */
  readonly width?: number;
  /** s, deviation of the side lobes over that of the middle one; default 6. */
  readonly spread?: number;
  /** h, weight of each side lobe, from 0; default 0.15. */
  readonly sideHeight?: number;
}

/**
 *   g(x) = (1 + h) N(x; 0, w) - h N(x; w, s w) - h N(x; -w, s w)
 *
 * with N(x; c, d) the normal density of centre c and deviation d. Integral 1 - h; negative in the side lobes. Yin, Corradi and Bohte, Nature
 * Machine Intelligence 2021, whose constants are the defaults.
 *
 * @throws an `argument` error unless width and spread are finite numbers above 0 and the height is a finite number of at least 0.
 */
export function multiGaussian({ sideHeight = 0.15, ...options }: MultiGaussianOptions = {}): Surrogate {
  const { width, spread } = positive('multiGaussian', options, { width: 0.5, spread: 6 });
  if (!(sideHeight >= 0 && sideHeight < Infinity))
    throw argumentError(`multiGaussian: sideHeight must be a finite number of at least 0, but is ${sideHeight}.`);
  return {
    name: 'multiGaussian',
    derivative(b, x) {
      const middle = b.mul(normalDensity(b, x, width), 1 + sideHeight);
      const sides = b.add(normalDensity(b, x, spread * width, width), normalDensity(b, x, spread * width, -width));
      return b.sub(middle, b.mul(sides, sideHeight));
    },
  };
}
