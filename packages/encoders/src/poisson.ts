/** Poisson spike trains with rates in hertz, the discrete-time approximation: at most one spike per step. */
import { argumentError, bernoulli, foldIn, type Key } from '@snn/core';
import { checkSteps } from './rate.ts';

/**
 * Spikes s[t, i] = sign(r[i]) with probability |r[i]| dt, independently for every step and element: a negative rate gives negative spikes.
 *
 * A host function, since it draws random numbers. An approximation of a Poisson process for |r| dt well below 1; from |r| dt = 1 on there is
 * a spike in every step. Elements of rate 0 (or NaN) cost no random number.
 *
 * @param rates r, Hz, of any shape
 * @param steps number of steps T
 * @param dt length of a step, s
 * @returns `[T, ...shape of rates]` row-major, -1, 0 or 1
 * @throws an `argument` error when `steps` is not a whole number of at least 1, or `dt` is not above 0.
 */
export function poisson(key: Key, rates: ArrayLike<number>, steps: number, dt = 1e-3): Float32Array {
  checkSteps('poisson', steps);
  if (!(dt > 0)) throw argumentError(`poisson: dt must be above 0 seconds, but is ${dt}.`);
  const n = rates.length;
  const probability = Float32Array.from(rates, (r) => Math.abs(r) * dt);
  const spikes = new Float32Array(steps * n);
  for (let t = 0; t < steps; t++) {
    const drawn = bernoulli(foldIn(key, t), probability, n);
    for (let i = 0; i < n; i++) spikes[t * n + i] = rates[i] < 0 && drawn[i] ? -1 : drawn[i];
  }
  return spikes;
}
