/** Neurons that send their membrane, for losses that look at the membranes of the output layer. */
import type { NeuronModel } from '@snn/core';

/** `model` with the membrane `v` as its output; everything else, the reset included, stays. */
export const membraneOf = <P extends string, S extends string, O extends object>(
  model: NeuronModel<P, S | 'v', O>,
): NeuronModel<P, S | 'v', O> => ({
  ...model,
  step(b, parameters, state, input, options) {
    const [, next] = model.step(b, parameters, state, input, options);
    return [next.v, next];
  },
});
