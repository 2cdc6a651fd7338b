/** Images as the network sees them: rate-coded spikes. */
import type { Key } from '@snn/core';
import type { ImageSet } from '@snn/data';
import { rate } from '@snn/encoders';
import type { Batch, Dataset } from '@snn/nn';

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
      return { inputs: rate(key, images, steps, 255), shape: [steps, indices.length, pixels], labels };
    },
  };
}

/** A data set that counts what it sends. */
export interface Counted extends Dataset {
  /** Sum of all inputs so far: the spikes of the pixels. */
  sent(): number;
}

/** `data`, counted. */
export function counted(data: Dataset): Counted {
  let sent = 0;
  return {
    size: data.size,
    async batch(indices: Int32Array, key: Key): Promise<Batch> {
      const batch = await data.batch(indices, key);
      sent += total(batch.inputs);
      return batch;
    },
    sent: () => sent,
  };
}

/** Apart, with a sum of its own: adding to a variable of a closure takes ten times as long. */
function total(values: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum;
}
