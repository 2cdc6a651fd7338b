/**
 * Dropout: while training, each element is silenced with probability p and the others are scaled by 1 / (1 - p). The mask is drawn once per
 * sequence and held over all of its steps, as is usual for spiking networks: a new mask per step would average out over time. It is the
 * layer's state, so a sequence that is run in chunks keeps it.
 */
import { argumentError, type Backend, bernoulli, sizeOf, type TensorMeta } from '@snn/core';
import { type Context, type Layer, title } from '../layer.ts';

type Mask<T> = { readonly mask: T } | null;

/**
 * Silence inputs with `probability` (0 up to, not including, 1) while training; pass everything otherwise.
 *
 * @throws an `argument` error when the probability is out of range, or a training pass has no key.
 */
export function dropout(probability: number): Layer {
  if (!(probability >= 0 && probability < 1))
    throw argumentError(`dropout: the probability must be from 0 up to, not including, 1, but is ${probability}.`);
  return {
    name: 'dropout',
    outputShape: (shape) => shape,
    init: () => null,
    initialState<T extends TensorMeta>(b: Backend<T>, _parameters: null, inputShape: readonly number[], context: Context<T>): Mask<T> {
      if (!context.training || probability === 0) return null;
      if (context.key === null)
        throw argumentError(`${title('dropout', context.path)}: a training pass draws a mask and needs a key; give one to \`run\`.`);
      const kept = bernoulli(context.key, 1 - probability, sizeOf(inputShape));
      return {
        mask: b.fromData(
          kept.map((x) => x / (1 - probability)),
          inputShape,
        ),
      };
    },
    step<T extends TensorMeta>(b: Backend<T>, _parameters: null, state: Mask<T>, input: T): readonly [T, Mask<T>] {
      return [state === null ? input : b.mul(input, state.mask), state];
    },
  };
}
