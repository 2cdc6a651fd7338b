/** The surrogate of SuperSpike: the derivative of x / (1 + k|x|), a fast stand-in for a sigmoid. */
import { abs } from '@snn/core';
import { positive } from './positive.ts';
import type { Surrogate } from './surrogate.ts';

/**
 *   g(x) = 1 / (k |x| + 1)^2
 *
 * Peak 1 for every k; integral 2 / k. Known as SuperSpike (Zenke and Ganguli, Neural Computation 2018).
 *
 * Equals norse `super` (alpha = k, 100 by default; norse 1.1.0 as released ignores alpha and uses 1), snnTorch `fast_sigmoid(slope = k)` and
 * Spyx `superspike(k)`.
 *
 * @param options.sharpness k, default 25.
 * @throws an `argument` error unless the sharpness is a finite number above 0.
 */
export function fastSigmoid(options: { readonly sharpness?: number } = {}): Surrogate {
  const { sharpness } = positive('fastSigmoid', options, { sharpness: 25 });
  return {
    name: 'fastSigmoid',
    derivative(b, x) {
      const y = b.add(b.mul(abs(b, x), sharpness), 1);
      return b.div(1, b.mul(y, y));
    },
  };
}
