/** Images as the network sees them: rate-coded spikes. */
import type { Key } from '@snn/core';
import type { ImageSet } from '@snn/data';
import { rate } from '@snn/encoders';
import type { Batch, Dataset } from '@snn/nn';

/** A data set that counts the spikes that it sends. */
export interface RateCoded extends Dataset {
  /** Spikes of all batches so far. */
  sent(): number;
}

/** Apart, with a sum of its own: adding to a variable of a closure takes ten times as long. */
function total(values: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum;
}

/** `[T, B, rows * columns]`: each pixel fires in each step with its brightness as the probability. */
export function rateCoded(set: ImageSet, steps: number): RateCoded {
  const pixels = set.rows * set.columns;
  let sent = 0;
  return {
    size: set.count,
    batch(indices: Int32Array, key: Key): Batch {
      const images = new Uint8Array(indices.length * pixels);
      const labels = new Int32Array(indices.length);
      indices.forEach((index, i) => {
        images.set(set.images.subarray(index * pixels, (index + 1) * pixels), i * pixels);
        labels[i] = set.labels[index];
      });
      const inputs = rate(key, images, steps, 255);
      sent += total(inputs);
      return { inputs, shape: [steps, indices.length, pixels], labels };
    },
    sent: () => sent,
  };
}
