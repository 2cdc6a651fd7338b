/** When the first spikes came. */
import { argumentError, type Backend, type CustomOp, cumulativeSum, equal, range, type TensorMeta } from '@snn/core';

/** `[K, T, ...N]`: 1 where step t holds spike k + 1 of the neuron. */
function nthSpikes<T extends TensorMeta>(b: Backend<T>, spikes: T, count: number): T {
  const [steps, ...rest] = spikes.shape;
  const nth = b.reshape(b.add(range(b, count), 1), [count, 1, ...rest.map(() => 1)]);
  return b.mul(b.reshape(spikes, [1, steps, ...rest]), equal(b, b.reshape(cumulativeSum(b, spikes, 0), [1, steps, ...rest]), nth));
}

/**
 * Steps (0 for the first) of the first `count` spikes of each neuron, `[T, ...N] -> [count, ...N]`; Infinity where there are fewer. Multiply by
 * dt for seconds.
 *
 * The derivative with respect to the spikes that were found is -1 and elsewhere 0, as in norse's `ToSpikeTimes`: more input, earlier spike.
 *
 * @param spikes 0/1
 * @throws an `argument` error when `count` is not a whole number of at least 1 or `spikes` has no time axis.
 */
export function decodeSpikeTimes<T extends TensorMeta>(b: Backend<T>, spikes: T, count = 1): T {
  if (!Number.isInteger(count) || count < 1)
    throw argumentError(`decodeSpikeTimes: count must be a whole number of at least 1, but is ${count}.`);
  if (spikes.shape.length === 0) throw argumentError('decodeSpikeTimes: spikes is a scalar; its first axis must be time.');
  const [steps, ...rest] = spikes.shape;
  const op: CustomOp = {
    name: 'decodeSpikeTimes',
    forward(c, s) {
      const found = nthSpikes(c, s, count);
      const step = c.reshape(range(c, steps), [1, steps, ...rest.map(() => 1)]);
      const time = c.where(c.sum(found, [1]), c.sum(c.mul(found, step), [1]), Infinity);
      return c.reshape(time, [count, ...rest]);
    },
    vjp(c, g, [s]) {
      const share = c.mul(nthSpikes(c, s, count), c.mul(c.reshape(g, [count, 1, ...rest]), -1));
      return [c.reshape(c.sum(share, [0]), s.shape)];
    },
  };
  return b.customGrad(op, spikes);
}
