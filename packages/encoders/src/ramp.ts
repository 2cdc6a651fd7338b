/** Targets for membranes: a straight rise to the moment of the spike. */
import { type Backend, equal, less, range, type TensorMeta } from '@snn/core';
import { checkSteps } from './rate.ts';

/**
 * y[t] = t / time before the step `time` of each element, 1 at it, 0 after it: `[...N] -> [T, ...N]`. What a membrane should do that fires at
 * that time; snnTorch's `latency_interpolate`.
 *
 * @param times whole steps, as `decodeSpikeTimes` or rounded `latencyTimes` give them
 * @throws an `argument` error when `steps` is not a whole number of at least 1.
 */
export function ramp<T extends TensorMeta>(b: Backend<T>, times: T, steps: number): T {
  checkSteps('ramp', steps);
  const t = b.reshape(range(b, steps), [steps, ...times.shape.map(() => 1)]);
  const before = less(b, t, times);
  return b.add(b.mul(before, b.div(t, b.max(times, 1))), equal(b, t, times));
}
