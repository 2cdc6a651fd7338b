/** How often each neuron fired. */
import { type Backend, mean, squeeze, type TensorMeta } from '@snn/core';

/** Spikes per step, `[T, ...N] -> [...N]`. Divide by dt for hertz. */
export const decodeRate = <T extends TensorMeta>(b: Backend<T>, spikes: T): T => squeeze(b, mean(b, spikes, [0]), [0]);
