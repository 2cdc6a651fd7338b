/** Learning rates as functions of the number of the step, 0 for the first. They compose: each takes the rate, or the schedule, that it changes. */
import { argumentError } from '@snn/core';
import { wholeNumber } from '../layers/check.ts';
import type { Schedule } from './optimizer.ts';

type Rates = (step: number) => number;

/** Always the same rate. */
export const constant =
  (rate: number): Rates =>
  () =>
    rate;

/** Half a cosine from `rate` at step 0 to `end` at `steps`, and `end` from there on: end + (rate - end) (1 + cos(pi step / steps)) / 2. */
export function cosine(rate: number, steps: number, end = 0): Rates {
  wholeNumber('cosine: steps', steps);
  return (step) => end + ((rate - end) * (1 + Math.cos((Math.PI * Math.min(step, steps)) / steps))) / 2;
}

/** `rate factor^floor(step / every)`. */
export function stepDecay(rate: number, every: number, factor: number): Rates {
  wholeNumber('stepDecay: every', every);
  if (!(factor > 0)) throw argumentError(`stepDecay: factor must be above 0, but is ${factor}.`);
  return (step) => rate * factor ** Math.floor(step / every);
}

/** In `steps` equal rises to what `then` gives at its step 0, which then follows: (step + 1) / (steps + 1) of it at first. */
export function warmUp(steps: number, then: Schedule): Rates {
  wholeNumber('warmUp: steps', steps);
  const rates = typeof then === 'number' ? constant(then) : then;
  return (step) => (step < steps ? (rates(0) * (step + 1)) / (steps + 1) : rates(step - steps));
}
