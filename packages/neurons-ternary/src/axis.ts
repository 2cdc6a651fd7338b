/** Parameters along an axis other than the last. */
import { type Backend, resolveAxis, type TensorMeta } from '@snn/core';

/**
 * `values` of shape `[N]`, shaped so that they broadcast along `axis` of tensors of `rank` axes: one parameter per channel of `[B, C, H, W]` is
 * `alongAxis(b, values, 1, 4)`, of shape `[C, 1, 1]`. The gradient of `values` has shape `[N]` again.
 *
 * @param axis counted from the front, or, if negative, from the back.
 * @throws an `argument` error when there is no such axis.
 */
export const alongAxis = <T extends TensorMeta>(b: Backend<T>, values: T, axis: number, rank: number): T =>
  b.reshape(values, [values.shape[0], ...new Array<number>(rank - 1 - resolveAxis('alongAxis', axis, rank)).fill(1)]);
