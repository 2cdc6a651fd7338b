/** Fully connected synapses with the initial weights of a publication: `linear` draws as torch does. */
import { type Backend, type Key, normal, type TensorMeta } from '@snn/core';
import { type Layer, linear } from '@snn/nn';

/** `[B, inputs] -> [B, outputs]` without bias, weights drawn from a normal distribution. */
export const normalLinear = (inputs: number, outputs: number, deviation: number, mean = 0): Layer => ({
  ...linear(inputs, outputs, { bias: false }),
  init: <T extends TensorMeta>(b: Backend<T>, key: Key) => ({
    weight: b.fromData(normal(key, inputs * outputs, mean, deviation), [inputs, outputs]),
  }),
});
