/** The codings of images as sequences, by hand on an image of four pixels. */
import { randomKey } from '@snn/core';
import type { ImageSet } from '@snn/data';
import { expect, test } from 'vitest';
import { byCrossings, byPieces, pooled, shuffled } from '../src/tasks/image-sequences.ts';

const set = (images: readonly number[], rows: number, columns: number): ImageSet => ({
  count: images.length / (rows * columns),
  rows,
  columns,
  classes: 10,
  images: Uint8Array.from(images),
  labels: Uint8Array.from({ length: images.length / (rows * columns) }, (_, i) => i),
});
const key = randomKey(1);

test('pieces come one after the other, time first, standardised', async () => {
  const { inputs, shape, labels } = await byPieces(set([0, 255, 51, 102, 255, 0, 0, 0], 2, 2), 2).batch(Int32Array.of(1, 0), key);
  expect(shape).toEqual([2, 2, 2]);
  expect([...labels]).toEqual([1, 0]);
  const brightness = [1, 0, 0, 1, 0, 0, 0.2, 0.4]; // step 0: image 1, image 0; step 1: the same
  expect(inputs).toEqual(Float32Array.from(brightness, (x) => (x - 0.1307) / 0.3081));
  expect(() => byPieces(set([0, 0, 0, 0], 2, 2), 3)).toThrow('4 pixels do not divide into pieces of 3');
});

test('crossings: upwards among the first inputs, downwards among the others, black before the first pixel', async () => {
  // levels 85 and 170
  const { inputs, shape } = await byCrossings(set([100, 255, 170, 84], 1, 4), 2).batch(Int32Array.of(0), key);
  expect(shape).toEqual([4, 1, 4]);
  expect([...(inputs as Float32Array)]).toEqual([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1]);
});

test('pooling takes means of blocks, image by image', () => {
  const small = pooled(set([0, 4, 8, 8, 4, 0, 8, 8, 1, 1, 0, 0, 1, 1, 0, 2], 2, 4), 2);
  expect([small.rows, small.columns, ...small.images]).toEqual([1, 2, 2, 8, 1, 1]);
  expect(() => pooled(set([0, 0, 0, 0], 2, 2), 4)).toThrow('blocks of 4 x 4');
});

test('shuffling is one order for all images', () => {
  const { images } = shuffled(set([0, 1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 15], 2, 3), randomKey(2));
  const first = [...images.subarray(0, 6)];
  expect(first).not.toEqual([0, 1, 2, 3, 4, 5]);
  expect([...first].sort()).toEqual([0, 1, 2, 3, 4, 5]);
  expect([...images.subarray(6)]).toEqual(first.map((x) => x + 10));
});
