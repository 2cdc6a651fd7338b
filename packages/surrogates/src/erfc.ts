/** The surrogate of an error function, in norse's scale. */
import { positive } from './positive.ts';
import type { Surrogate } from './surrogate.ts';

/**
 *   g(x) = 2 / sqrt(pi) e^(-(k x)^2)
 *
 * Peak 1.128 for every k, integral 2 / k. `gaussian` is the same bell with integral 1.
 *
 * Equals norse `heavi_erfc` (alpha = k).
 *
 * @param options.sharpness k, default 1.
 * @throws an `argument` error unless the sharpness is a finite number above 0.
 */
export function erfc(options: { readonly sharpness?: number } = {}): Surrogate {
  const { sharpness } = positive('erfc', options, { sharpness: 1 });
  return {
    name: 'erfc',
    derivative(b, x) {
      const y = b.mul(x, sharpness);
      return b.mul(b.exp(b.mul(b.mul(y, y), -1)), 2 / Math.sqrt(Math.PI));
    },
  };
}
