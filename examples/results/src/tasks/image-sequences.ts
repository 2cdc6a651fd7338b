/** Images of the MNIST family as sequences: piece by piece (rows, pixels), or as the crossings of thresholds from pixel to pixel. */
import { argumentError, type Key, permutation } from '@snn/core';
import type { ImageSet } from '@snn/data';
import type { Batch, Dataset } from '@snn/nn';

/** Writes the sequence of one image, `pixels` with 0 ... 255, by `put(t, input, value)`; what is not put is 0. */
type Coding = (pixels: Uint8Array, put: (t: number, input: number, value: number) => void) => void;

/** `[T, B, inputs]` by a coding of single images. */
function sequences(set: ImageSet, steps: number, inputs: number, coding: Coding): Dataset {
  const size = set.rows * set.columns;
  return {
    size: set.count,
    batch(indices: Int32Array): Batch {
      const count = indices.length;
      const values = new Float32Array(steps * count * inputs);
      indices.forEach((index, sample) => {
        coding(set.images.subarray(index * size, (index + 1) * size), (t, input, value) => {
          values[(t * count + sample) * inputs + input] = value;
        });
      });
      return { inputs: values, shape: [steps, count, inputs], labels: Int32Array.from(indices, (index) => set.labels[index]) };
    },
  };
}

/** Mean and standard deviation of the brightness 0 ... 1 of all training images of MNIST. */
const [MEAN, DEVIATION] = [0.1307, 0.3081];

/**
 * `width` pixels per step, in the order in which they are stored: `[pixels / width, B, width]`, standardised as usual for MNIST. With the width of the image
 * a row in each step, with 1 a pixel.
 *
 * @throws an `argument` error when the pixels do not divide into pieces of that width.
 */
export function byPieces(set: ImageSet, width: number): Dataset {
  const steps = (set.rows * set.columns) / width;
  if (!Number.isInteger(steps))
    throw argumentError(`byPieces: ${set.rows * set.columns} pixels do not divide into pieces of ${width}; choose another width.`);
  return sequences(set, steps, width, (pixels, put) => {
    pixels.forEach((byte, i) => {
      put(Math.floor(i / width), i % width, (byte / 255 - MEAN) / DEVIATION);
    });
  });
}

/**
 * One pixel per step as spikes, `[pixels, B, 2 thresholds]`: of each of `thresholds` levels, evenly spread between black and white, one input fires where
 * the brightness has risen to it or above since the pixel before, another one where it has fallen below. Before the first pixel all is black. The code of
 * the sequential MNIST of Bellec et al. 2018.
 */
export function byCrossings(set: ImageSet, thresholds: number): Dataset {
  const level = (k: number): number => (255 * (k + 1)) / (thresholds + 1);
  // how many levels lie at or below a brightness: what is crossed between two pixels is all levels between the two numbers
  const reached = Uint8Array.from({ length: 256 }, (_, byte) => {
    let count = 0;
    while (count < thresholds && level(count) <= byte) count++;
    return count;
  });
  return sequences(set, set.rows * set.columns, 2 * thresholds, (pixels, put) => {
    let before = 0;
    pixels.forEach((byte, t) => {
      const now = reached[byte];
      for (let k = before; k < now; k++) put(t, k, 1);
      for (let k = now; k < before; k++) put(t, thresholds + k, 1);
      before = now;
    });
  });
}

/**
 * The means of blocks of `by` x `by` pixels as pixels, rounded.
 *
 * @throws an `argument` error when rows or columns do not divide by `by`.
 */
export function pooled(set: ImageSet, by: number): ImageSet {
  const [rows, columns] = [set.rows / by, set.columns / by];
  if (!Number.isInteger(rows) || !Number.isInteger(columns))
    throw argumentError(`pooled: ${set.rows} x ${set.columns} pixels do not divide into blocks of ${by} x ${by}; choose another size.`);
  const images = new Uint8Array(set.count * rows * columns).map((_, i) => {
    const [row, column] = [Math.floor(i / columns), i % columns]; // rows of all images below each other
    let sum = 0;
    for (let y = 0; y < by; y++) for (let x = 0; x < by; x++) sum += set.images[(row * by + y) * set.columns + column * by + x];
    return Math.round(sum / by ** 2);
  });
  return { ...set, rows, columns, images };
}

/** All images with their pixels in one and the same random order, which `key` draws. */
export function shuffled(set: ImageSet, key: Key): ImageSet {
  const size = set.rows * set.columns;
  const order = permutation(key, size);
  const images = set.images.map((_, i) => set.images[i - (i % size) + order[i % size]]);
  return { ...set, images };
}
