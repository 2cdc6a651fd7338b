/** The surrogate that is the derivative of an arctangent. */
import { positive } from './positive.ts';
import type { Surrogate } from './surrogate.ts';

/**
 *   g(x) = (k / 2) / (1 + (pi / 2 k x)^2)
 *
 * The derivative of 1/2 + arctan(pi / 2 k x) / pi, so its integral is 1; peak k / 2. Heavy tails: neurons far from the threshold still learn.
 *
 * Equals snnTorch `atan(alpha = k)` (its default surrogate) and SpikingJelly `ATan(alpha = k)`. Spyx `arctan(k)` is another one:
 * 1 / (pi (1 + (pi k x)^2)), not of integral 1.
 *
 * @param options.sharpness k, default 2.
 * @throws an `argument` error unless the sharpness is a finite number above 0.
 */
export function arctan(options: { readonly sharpness?: number } = {}): Surrogate {
  const { sharpness } = positive('arctan', options, { sharpness: 2 });
  return {
    name: 'arctan',
    derivative(b, x) {
      const y = b.mul(x, (Math.PI / 2) * sharpness);
      return b.div(sharpness / 2, b.add(b.mul(y, y), 1));
    },
  };
}
