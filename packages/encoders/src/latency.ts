/** Latency code: the larger a value, the earlier its one spike. */
import { argumentError, type Backend, checkNames, equal, greaterEqual, min, range, round, type TensorMeta } from '@snn/core';
import { checkSteps } from './rate.ts';

/** How values become times. */
export interface LatencyOptions {
  /** Values at and below it have the latest time. Default 0.01. */
  readonly threshold?: number;
  /** Time constant, steps. Default 1. With `linear` and `normalize` it cancels out. */
  readonly tau?: number;
  /** A straight line instead of the logarithm. Default false. */
  readonly linear?: boolean;
  /** Stretch the times so that the latest possible or actual one is the last step. Default false. */
  readonly normalize?: boolean;
  /** The earliest time, steps. Default 0. */
  readonly first?: number;
}

/** What keeps the logarithm finite at the threshold (snnTorch's epsilon). */
const EPSILON = 1e-7;

/**
 * Time of the spike, steps (not rounded), for values x of any shape:
 *
 *     t = tau log(x / (x - threshold)) + first                        x raised to threshold + 1e-7
 *     t = min(tau (1 - x), tau (1 - threshold)) + first               linear
 *
 * The logarithm is the time at which a leaky membrane (time constant tau) driven by x from 0 on reaches the threshold. `normalize` maps the
 * latest time of all elements to step `steps - 1` (logarithm) or takes tau = steps - 1 - first (linear). After snnTorch's `latency_code`.
 *
 * @throws an `argument` error when `steps` is not a whole number of at least 1, `tau` or `threshold` is not above 0, or `first` is not a step.
 */
export function latencyTimes<T extends TensorMeta>(b: Backend<T>, x: T, steps: number, options: LatencyOptions = {}): T {
  checkNames('latency', options, ['threshold', 'tau', 'linear', 'normalize', 'first']);
  const { threshold = 0.01, tau = 1, linear = false, normalize = false, first = 0 } = options;
  checkSteps('latency', steps);
  if (!(tau > 0)) throw argumentError(`latency: tau must be above 0 steps, but is ${tau}.`);
  if (!(threshold > 0)) throw argumentError(`latency: threshold must be above 0, but is ${threshold}.`);
  if (!(first >= 0 && first <= steps - 1)) throw argumentError(`latency: first must be a step from 0 to ${steps - 1}, but is ${first}.`);
  const last = steps - 1 - first;
  if (linear) {
    const slope = normalize ? last : tau;
    return b.add(min(b, b.mul(b.sub(x, 1), -slope), slope * (1 - threshold)), first);
  }
  const raised = b.max(x, threshold + EPSILON);
  const times = b.mul(b.log(b.div(raised, b.sub(raised, threshold))), tau);
  if (!normalize) return b.add(times, first);
  const latest = b.reduceMax(
    times,
    times.shape.map((_, axis) => axis),
  );
  return b.add(b.div(b.mul(times, last), latest), first);
}

/**
 * One spike per element, at its time rounded to a step (halves to even): `[...N] -> [T, ...N]`. None for a time after the last step (`normalize`
 * has no such times). No gradient.
 *
 * @param clip leave out the spikes of values below the threshold. Default false: they have the latest time.
 * @throws what `latencyTimes` throws.
 */
export function latency<T extends TensorMeta>(
  b: Backend<T>,
  x: T,
  steps: number,
  { clip = false, ...options }: LatencyOptions & { readonly clip?: boolean } = {},
): T {
  const times = latencyTimes(b, x, steps, options);
  const spikes = equal(b, b.reshape(range(b, steps), [steps, ...x.shape.map(() => 1)]), b.reshape(round(b, times), [1, ...x.shape]));
  return clip ? b.mul(spikes, b.reshape(greaterEqual(b, x, options.threshold ?? 0.01), [1, ...x.shape])) : spikes;
}
