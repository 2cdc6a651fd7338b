/** The circular surrogate: the derivative of x / sqrt(x^2 + w^2). */
import { positive } from './positive.ts';
import type { Surrogate } from './surrogate.ts';

/**
 *   g(x) = w^3 / (x^2 + w^2)^(3/2)
 *        = r sqrt(r) with r = 1 / ((x / w)^2 + 1)
 *
 * Peak 1, integral 2 w.
 *
 * Equals norse `circ` (alpha = w, a width there: norse's default of 100 makes it flat).
 *
 * @param options.width w, in units of the membrane; default 1.
 * @throws an `argument` error unless the width is a finite number above 0.
 */
export function circular(options: { readonly width?: number } = {}): Surrogate {
  const { width } = positive('circular', options, { width: 1 });
  return {
    name: 'circular',
    derivative(b, x) {
      const y = b.div(x, width);
      const r = b.div(1, b.add(b.mul(y, y), 1));
      return b.mul(r, b.sqrt(r));
    },
  };
}
