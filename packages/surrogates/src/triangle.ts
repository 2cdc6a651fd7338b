/** The triangular surrogate: bounded support, so most gradients of a network are exactly 0. */
import { abs, relu } from '@snn/core';
import { positive } from './positive.ts';
import type { Surrogate } from './surrogate.ts';

/**
 *   g(x) = h max(0, 1 - |x| / w)
 *
 * Peak h, integral h w, exactly 0 where |x| >= w. The default surrogate of all neurons here.
 *
 * Equals rnnbuilder `SpikeLinear(gradient_factor = h)` and norse `triangle` (alpha = h, a height there) at w = 1, Spyx `triangular(k)` at
 * h = 1, w = 1 / k, and SpikingJelly `PiecewiseQuadratic(alpha)` at h = alpha, w = 1 / alpha. snnTorch's `triangular` is no triangle.
 *
 * @param options.height h, default 1.
 * @param options.width w, half of the base, in units of the membrane; default 1.
 * @throws an `argument` error unless both are finite numbers above 0.
 */
export function triangle(options: { readonly height?: number; readonly width?: number } = {}): Surrogate {
  const { height, width } = positive('triangle', options, { height: 1, width: 1 });
  return {
    name: 'triangle',
    derivative: (b, x) => b.mul(relu(b, b.sub(1, b.div(abs(b, x), width))), height),
  };
}
