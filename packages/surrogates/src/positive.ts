/** The one check that all factories share. Messages name the surrogate and its parameter. */
import { argumentError } from '@snn/core';

/** Throw an `argument` error unless `value` is a finite number above 0. */
export function positive(surrogate: string, parameter: string, value: number): void {
  if (!(value > 0 && value < Infinity)) throw argumentError(`${surrogate}: ${parameter} must be a finite number above 0, but is ${value}.`);
}
