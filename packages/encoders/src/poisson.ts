/** Poisson spike trains with rates in hertz, the discrete-time approximation: at most one spike per step. */
import { argumentError, type Backend, bernoulliSteps, type Key, spikeTrains, type TensorMeta } from '@snn/core';
import { checkSteps } from './rate.ts';

/**
 * Spikes s[t, i] = sign(r[i]) with probability |r[i]| dt, independently for every step and element: a negative rate gives negative spikes.
 *
 * A host function; `poissonOn` draws on a backend. An approximation of a Poisson process for |r| dt well below 1; from |r| dt = 1 on there is a
 * spike in every step. Elements of rate 0 (or NaN) cost no random number.
 *
 * @param rates r, Hz, of any shape
 * @param steps number of steps T
 * @param dt length of a step, s
 * @returns `[T, ...shape of rates]` row-major, -1, 0 or 1
 * @throws an `argument` error when `steps` is not a whole number of at least 1, or `dt` is not above 0.
 */
export function poisson(key: Key, rates: ArrayLike<number>, steps: number, dt = 1e-3): Float32Array {
  const n = rates.length;
  const spikes = bernoulliSteps(key, probabilities('poisson', rates, steps, dt), steps);
  for (let i = 0; i < n; i++) if (rates[i] < 0) for (let t = 0; t < steps; t++) if (spikes[t * n + i] > 0) spikes[t * n + i] = -1;
  return spikes;
}

/**
 * `poisson` as a tensor, `[T, ...shape]`, with the same bits: only the rates go to the backend, and it draws the spikes itself if it can. No
 * gradient.
 *
 * @param rates r, Hz, on the host, row-major
 * @param shape their shape
 * @throws what `poisson` throws, and a `shape` error when `rates` does not fit `shape`.
 */
export function poissonOn<T extends TensorMeta>(
  b: Backend<T>,
  key: Key,
  rates: ArrayLike<number>,
  shape: readonly number[],
  steps: number,
  dt = 1e-3,
): T {
  const spikes = spikeTrains(b, key, probabilities('poissonOn', rates, steps, dt), shape, steps);
  const negative = Float32Array.from(rates, (r) => (r < 0 ? 1 : 0));
  return negative.includes(1) ? b.where(b.mul(spikes, b.fromData(negative, shape)), -1, spikes) : spikes;
}

function probabilities(name: string, rates: ArrayLike<number>, steps: number, dt: number): Float32Array {
  checkSteps(name, steps);
  if (!(dt > 0)) throw argumentError(`${name}: dt must be above 0 seconds, but is ${dt}.`);
  return Float32Array.from(rates, (r) => Math.abs(r) * dt);
}
