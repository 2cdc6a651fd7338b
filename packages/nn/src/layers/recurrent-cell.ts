/**
 * norse's recurrent cell: neurons with weights for their inputs and for their own last spikes, both without bias.
 *
 *   z[t] = layer(x[t] W + z[t-1] R),   z[-1] = 0,   W [inputs, N], R [N, N]
 *
 * Initial values of both are normal with the standard deviation sqrt(2 / N), N the number of neurons, as in norse.
 */
import { argumentError, type Backend, type Key, normal, split, type TensorMeta, type Tree } from '@snn/core';
import type { Layer } from '../layer.ts';
import { linear } from './linear.ts';
import { type RecurrentOptions, recurrent } from './recurrent.ts';
import { sequential } from './sequential.ts';

/**
 * `[B, inputs]` to `[B, N]`, for example `recurrentCell(784, lif(100, LIF_NORSE))`. It is `linear` and `recurrent` in a row, and its parameters are
 * called like theirs: `layers[0].weight` and `layers[1].weight`.
 *
 * @param layer N neurons in a row
 * @throws an `argument` error when the layer has not one axis of known size.
 */
export function recurrentCell(inputs: number, layer: Layer, options: RecurrentOptions = {}): Layer {
  const shape = layer.outputShape(null);
  if (shape?.length !== 1)
    throw argumentError(`recurrentCell: '${layer.name}' must be neurons in a row, such as lif(100); for images use conv2d and recurrent.`);
  const [count] = shape;
  const loop = recurrent(layer, options);
  return {
    ...sequential(linear(inputs, count, { bias: false }), loop),
    init<T extends TensorMeta>(b: Backend<T>, key: Key): Tree<T> {
      const [input, recurrence, inner] = split(key, 3);
      const draw = (of: Key, rows: number): T => b.fromData(normal(of, rows * count, 0, Math.sqrt(2 / count)), [rows, count]);
      return { layers: [{ weight: draw(input, inputs) }, { inner: layer.init(b, inner), weight: draw(recurrence, count) }] };
    },
  };
}
