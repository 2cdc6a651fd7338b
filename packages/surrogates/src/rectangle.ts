/** The rectangular surrogate (boxcar): bounded support, one value inside. */
import { abs } from '@snn/core';
import { positive } from './positive.ts';
import type { Surrogate } from './surrogate.ts';

/**
 *   g(x) = h where |x| < w, else 0
 *
 * Integral 2 h w; 1 by default.
 *
 * Equals Spyx `boxcar(width = 2 w, height = h)` up to the two edge points and SpikingJelly `Rect(alpha)` at h = alpha, w = 1 / (2 alpha).
 *
 * @param options.height h, default 1/2.
 * @param options.width w, half of the base, in units of the membrane; default 1.
 * @throws an `argument` error unless both are finite numbers above 0.
 */
export function rectangle(options: { readonly height?: number; readonly width?: number } = {}): Surrogate {
  const { height, width } = positive('rectangle', options, { height: 0.5, width: 1 });
  return {
    name: 'rectangle',
    derivative: (b, x) => b.mul(b.gt(width, abs(b, x)), height),
  };
}
