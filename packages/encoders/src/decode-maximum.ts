/** How high each membrane rose. */
import { type Backend, squeeze, type TensorMeta } from '@snn/core';

/** Largest value over time, `[T, ...N] -> [...N]`; its gradient is shared among the steps that reach it. */
export const decodeMaximum = <T extends TensorMeta>(b: Backend<T>, membrane: T): T => squeeze(b, b.reduceMax(membrane, [0]), [0]);
