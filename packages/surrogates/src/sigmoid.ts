/** The surrogate that is the derivative of a sigmoid. */
import { abs } from '@snn/core';
import { positive } from './positive.ts';
import type { Surrogate } from './surrogate.ts';

/**
 *   g(x) = k s (1 - s) with s = 1 / (1 + e^-kx)
 *        = k e / (1 + e)^2 with e = e^-k|x|
 *
 * Peak k / 4, integral 1. The second form is the one that is computed: e is at most 1, so nothing overflows.
 *
 * Equals snnTorch `sigmoid(slope = k)` where that is finite (it is NaN in float32 for x below about -88 / k), SpikingJelly
 * `Sigmoid(alpha = k)`, and the gradient of traceTorch's spike function at k = 4.
 *
 * @param options.sharpness k, default 4.
 * @throws an `argument` error unless the sharpness is a finite number above 0.
 */
export function sigmoid(options: { readonly sharpness?: number } = {}): Surrogate {
  const { sharpness } = positive('sigmoid', options, { sharpness: 4 });
  return {
    name: 'sigmoid',
    derivative(b, x) {
      const e = b.exp(b.mul(abs(b, x), -sharpness));
      const y = b.add(e, 1);
      return b.div(b.mul(e, sharpness), b.mul(y, y));
    },
  };
}
