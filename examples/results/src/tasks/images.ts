/** Images of the MNIST family as spikes: random ones, or one early or late spike for each pixel. */
import type { Key } from '@snn/core';
import type { ImageSet } from '@snn/data';
import { rateOn } from '@snn/encoders';
import type { Batch, Dataset } from '@snn/nn';

/** Bytes of some images, side by side, and their classes. */
export function gather(set: ImageSet, indices: Int32Array): { readonly pixels: Uint8Array; readonly labels: Int32Array } {
  const size = set.rows * set.columns;
  const pixels = new Uint8Array(indices.length * size);
  indices.forEach((index, i) => {
    pixels.set(set.images.subarray(index * size, (index + 1) * size), i * size);
  });
  return { pixels, labels: Int32Array.from(indices, (index) => set.labels[index]) };
}

/** Random spikes, `[T, B, pixels]`: the brightness of a pixel is its probability in each step. */
export function rateCoded(set: ImageSet, steps: number): Dataset {
  return {
    size: set.count,
    batch(indices: Int32Array, key: Key): Batch {
      const { pixels, labels } = gather(set, indices);
      const shape = [indices.length, set.rows * set.columns];
      return { inputs: (b) => rateOn(b, key, pixels, shape, steps, 255), shape: [steps, ...shape], labels };
    },
  };
}

/** One spike for each pixel, `[T, B, pixels]`, in the step that `time` gives its brightness 0 ... 255; none where that is not a step. */
export function latencyCoded(set: ImageSet, steps: number, time: (brightness: number) => number): Dataset {
  const table = Float64Array.from({ length: 256 }, (_, brightness) => time(brightness));
  return {
    size: set.count,
    batch(indices: Int32Array): Batch {
      const { pixels, labels } = gather(set, indices);
      const inputs = new Float32Array(steps * pixels.length);
      pixels.forEach((byte, i) => {
        const t = table[byte];
        if (t >= 0 && t < steps) inputs[t * pixels.length + i] = 1;
      });
      return { inputs, shape: [steps, indices.length, set.rows * set.columns], labels };
    },
  };
}
