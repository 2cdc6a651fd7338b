/** The leaky surrogate: straight through where the neuron fired, a small slope where it did not. */
import { argumentError, checkNames } from '@snn/core';
import type { Surrogate } from './surrogate.ts';

/**
 *   g(x) = 1 where x > 0, else s
 *
 * Equals snnTorch `LSO(slope = s)` as documented (its factory raises up to 0.9.4) and SpikingJelly `LeakyKReLU(leak = s, k = 1)` except at
 * x = 0.
 *
 * @param options.slope s, default 0.1.
 * @throws an `argument` error unless the slope is a finite number of at least 0.
 */
export function leaky(options: { readonly slope?: number } = {}): Surrogate {
  checkNames('leaky', options, ['slope']);
  const { slope = 0.1 } = options;
  if (!(slope >= 0 && slope < Infinity)) throw argumentError(`leaky: slope must be a finite number of at least 0, but is ${slope}.`);
  return { name: 'leaky', derivative: (b, x) => b.where(b.gt(x, 0), 1, slope) };
}
