/** What all functions with options refuse in the same words. */
import { argumentError } from './errors.ts';

/**
 * Throw unless every name in `options` is one of `names`: a misspelt option would otherwise be a default that nobody asked for.
 *
 * @param call the function that was called, as its messages begin
 * @throws an `argument` error that names the option and what there is.
 */
export function checkNames(call: string, options: object, names: readonly string[]): void {
  const unknown = Object.keys(options).find((name) => !names.includes(name));
  if (unknown !== undefined) throw argumentError(`${call}: there is no option '${unknown}'; there are ${names.join(', ')}.`);
}
