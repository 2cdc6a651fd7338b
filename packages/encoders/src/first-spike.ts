/** Keeps the first spike of each neuron. */
import { type Backend, cumulativeSum, equal, type TensorMeta } from '@snn/core';

/** The raster `[T, ...N]` of 0/1 with only the first spike of each neuron left. */
export const firstSpike = <T extends TensorMeta>(b: Backend<T>, spikes: T): T => b.mul(spikes, equal(b, cumulativeSum(b, spikes, 0), 1));
