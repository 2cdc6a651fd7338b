/** What a spike does to the membrane that sent it. */
import type { Backend, Operand, TensorMeta } from '@snn/core';

/**
 * `v` where `z` is 0, `target` where `z` is 1.
 *
 * @param detach whether the spikes count as constants for the gradient. Values are the same either way.
 */
export function resetTo<T extends TensorMeta>(b: Backend<T>, v: T, z: T, target: Operand<T>, detach: boolean): T {
  return detach ? b.where(z, target, v) : b.add(b.mul(b.sub(1, z), v), b.mul(z, target));
}
