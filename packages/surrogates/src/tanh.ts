/** The surrogate 1 - tanh^2. */
import { abs } from '@snn/core';
import { positive } from './positive.ts';
import type { Surrogate } from './surrogate.ts';

/**
 *   g(x) = 1 - tanh(k x)^2
 *        = 4 e / (1 + e)^2 with e = e^-2k|x|
 *
 * Peak 1, integral 2 / k. The second form is the one that is computed: it does not cancel far from the threshold.
 *
 * Equals norse `tanh` (alpha = k) and Spyx `tanh(k)`.
 *
 * @param options.sharpness k, default 1.
 * @throws an `argument` error unless the sharpness is a finite number above 0.
 */
export function tanh(options: { readonly sharpness?: number } = {}): Surrogate {
  const { sharpness } = positive('tanh', options, { sharpness: 1 });
  return {
    name: 'tanh',
    derivative(b, x) {
      const e = b.exp(b.mul(abs(b, x), -2 * sharpness));
      const y = b.add(e, 1);
      return b.div(b.mul(e, 4), b.mul(y, y));
    },
  };
}
