/** Recurrent synapses with normal initial weights: `recurrent` draws uniformly. */
import { type Backend, type Key, normal, sizeOf, split, type TensorMeta } from '@snn/core';
import { type Layer, recurrent } from '@snn/nn';

/** `recurrent(layer)` of N neurons whose weights start normal with the deviation 1 / sqrt(N). */
export function normalRecurrent(layer: Layer): Layer {
  const neurons = sizeOf(layer.outputShape(null) as readonly number[]);
  return {
    ...recurrent(layer),
    init<T extends TensorMeta>(b: Backend<T>, key: Key) {
      const [inner, weights] = split(key);
      const drawn = normal(weights, neurons * neurons, 0, 1 / Math.sqrt(neurons));
      return { inner: layer.init(b, inner), weight: b.fromData(drawn, [neurons, neurons]) };
    },
  };
}
