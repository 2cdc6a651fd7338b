/** Images as the network sees them: rate-coded spikes. */
import { type Backend, type Key, sumAll, type TensorMeta } from '@snn/core';
import type { ImageSet } from '@snn/data';
import { rateOn } from '@snn/encoders';
import { type Batch, type Dataset, inputsOf } from '@snn/nn';

/** `[T, B, rows * columns]`: each pixel fires in each step with its brightness as the probability. */
export function rateCoded(set: ImageSet, steps: number): Dataset {
  const pixels = set.rows * set.columns;
  return {
    size: set.count,
    batch(indices: Int32Array, key: Key): Batch {
      const images = new Uint8Array(indices.length * pixels);
      const labels = new Int32Array(indices.length);
      indices.forEach((index, i) => {
        images.set(set.images.subarray(index * pixels, (index + 1) * pixels), i * pixels);
        labels[i] = set.labels[index];
      });
      const shape = [indices.length, pixels];
      return { inputs: (b) => rateOn(b, key, images, shape, steps, 255), shape: [steps, ...shape], labels };
    },
  };
}

/** A data set that counts what it sends. */
export interface Counted extends Dataset {
  /** Sum of all inputs so far: the spikes of the pixels. */
  sent(): Promise<number>;
}

/** `data`, counted. */
export function counted(data: Dataset): Counted {
  const sums: Promise<ArrayLike<number>>[] = [];
  return {
    size: data.size,
    async batch(indices: Int32Array, key: Key): Promise<Batch> {
      const batch = await data.batch(indices, key);
      const inputs = <T extends TensorMeta>(b: Backend<T>): T => {
        const x = inputsOf(b, batch);
        // whole numbers below 2^24 are exact in float32: 25 steps of 784 pixels of 250 images are 4.9 million
        sums.push(b.read(sumAll(b, x)));
        return x;
      };
      return { ...batch, inputs };
    },
    sent: async () => (await Promise.all(sums)).reduce((total, sum) => total + sum[0], 0),
  };
}
