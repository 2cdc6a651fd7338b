/**
 * Images that stand still, without doing the same product in every step: the image comes in the first step only, and behind the first linear map
 * a sum over time holds what it made of it. Since the map is linear, each step gets the current that a held image would give.
 *
 *   c[t] = c[t-1] + x[t],  c[-1] = 0       x[0] = W image, x[t] = 0 afterwards
 *   y[t] = c[t] + bias
 */
import { type Backend, type Key, type TensorMeta, uniform, zeros } from '@snn/core';
import type { ImageSet } from '@snn/data';
import type { Batch, Dataset, Layer } from '@snn/nn';
import { gather } from './images.ts';

/** The image as a current, divided by 255, in the first of `steps` steps, `[T, B, ...shape]`; nothing afterwards. */
export function once(set: ImageSet, steps: number, shape: readonly number[]): Dataset {
  return {
    size: set.count,
    batch(indices: Int32Array): Batch {
      const { pixels, labels } = gather(set, indices);
      const inputs = new Float32Array(steps * pixels.length);
      pixels.forEach((byte, i) => {
        inputs[i] = byte / 255;
      });
      return { inputs, shape: [steps, indices.length, ...shape], labels };
    },
  };
}

type Bias<T> = { readonly bias: T };
type Held<T> = { readonly current: T };

/**
 * Holds what comes, `[B, ...shape] -> [B, ...shape]`, and adds the bias of the map before it, one per channel or output.
 *
 * @param inputs of each output of that map: the bias starts uniform in +-1/sqrt(inputs), as that of `linear` and `conv2d`
 */
export function held(shape: readonly number[], inputs: number): Layer {
  const [channels, ...rest] = shape;
  const bound = 1 / Math.sqrt(inputs);
  return {
    name: 'held',
    outputShape: () => shape,
    init: <T extends TensorMeta>(b: Backend<T>, key: Key): Bias<T> => ({
      bias: b.fromData(uniform(key, channels, -bound, bound), [channels, ...rest.map(() => 1)]),
    }),
    initialState: (b, _, [batch]) => ({ current: zeros(b, [batch, ...shape]) }),
    step<T extends TensorMeta>(b: Backend<T>, { bias }: Bias<T>, state: Held<T>, input: T): readonly [T, Held<T>] {
      const current = b.add(state.current, input);
      return [b.add(current, bias), { current }];
    },
  };
}
