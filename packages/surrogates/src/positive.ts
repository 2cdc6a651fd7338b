/** The check that all factories share. Messages name the surrogate and its parameter. */
import { argumentError } from '@snn/core';

/**
 * What was given, over what stands in `defaults`. It is in every bundle, so both refusals share what they can.
 *
 * @throws an `argument` error for a name that `defaults` has not, and unless every value is a finite number above 0.
 */
export function positive<P extends Readonly<Record<string, number>>>(
  surrogate: string,
  given: { readonly [K in keyof P]?: number },
  defaults: P,
): P {
  const all: Record<string, number> = { ...defaults };
  for (const name in { ...all, ...given }) {
    const value = (all[name] = given[name] ?? all[name]);
    if (!(name in defaults)) throw argumentError(`${surrogate}: there is no option '${name}'; there are ${Object.keys(defaults)}.`);
    if (!(value > 0 && value < Infinity)) throw argumentError(`${surrogate}: ${name} must be a finite number above 0, but is ${value}.`);
  }
  return all as P;
}
