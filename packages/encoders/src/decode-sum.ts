/** How many spikes each neuron fired. */
import { type Backend, squeeze, type TensorMeta } from '@snn/core';

/** Sum over time, `[T, ...N] -> [...N]`. */
export const decodeSum = <T extends TensorMeta>(b: Backend<T>, spikes: T): T => squeeze(b, b.sum(spikes, [0]), [0]);
