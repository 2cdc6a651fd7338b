/** The check that all factories share. Messages name the surrogate and its parameter. */
import { argumentError, checkNames } from '@snn/core';

/**
 * What was given, over what stands in `defaults`.
 *
 * @throws an `argument` error for a name that `defaults` has not, and unless every value is a finite number above 0.
 */
export function positive<P extends Readonly<Record<string, number>>>(
  surrogate: string,
  given: { readonly [K in keyof P]?: number },
  defaults: P,
): { readonly [K in keyof P]: number } {
  checkNames(surrogate, given, Object.keys(defaults));
  const entries = Object.entries(defaults).map(([name, value]) => [name, given[name] ?? value] as const);
  for (const [name, value] of entries)
    if (!(value > 0 && value < Infinity)) throw argumentError(`${surrogate}: ${name} must be a finite number above 0, but is ${value}.`);
  return Object.fromEntries(entries) as { readonly [K in keyof P]: number };
}
