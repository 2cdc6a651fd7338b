/** MNIST and its relatives (Fashion-MNIST, KMNIST): grey images of one size with labels 0 ... 9, from their IDX files. */
import { argumentError, dataError } from '@snn/core';
import { readIdx } from './idx.ts';

/** Grey images with labels. */
export interface ImageSet {
  /** Number of images. */
  readonly count: number;
  /** Height of an image, pixels. */
  readonly rows: number;
  /** Width of an image, pixels. */
  readonly columns: number;
  /** Number of classes. */
  readonly classes: number;
  /** Brightness 0 ... 255, `[count, rows, columns]` row-major. */
  readonly images: Uint8Array;
  /** Class of each image, 0 ... classes - 1. */
  readonly labels: Uint8Array;
}

const CLASSES = 10;

/**
 * A set from the bytes of its two IDX files. The images are not copied.
 *
 * @throws a `data` error when a file is malformed or empty, the counts differ, or a label is not 0 ... 9.
 */
export function mnist(images: Uint8Array, labels: Uint8Array): ImageSet {
  const pixels = readIdx(images, 'images');
  const classes = readIdx(labels, 'labels');
  if (pixels.shape.length !== 3)
    throw dataError(`images: three axes (count, rows, columns) are needed, but the shape is [${pixels.shape.join(', ')}].`);
  if (classes.shape.length !== 1) throw dataError(`labels: one axis is needed, but the shape is [${classes.shape.join(', ')}].`);
  const [count, rows, columns] = pixels.shape;
  if (count === 0 || rows === 0 || columns === 0)
    throw dataError(`images: shape [${pixels.shape.join(', ')}] is empty; at least one pixel of one image is needed.`);
  if (classes.shape[0] !== count)
    throw dataError(`labels: there are ${count} images, but ${classes.shape[0]} labels; take both files of the same set.`);
  const wrong = classes.data.findIndex((label) => label >= CLASSES);
  if (wrong >= 0) throw dataError(`labels: the label of image ${wrong} is ${classes.data[wrong]}; labels are 0 to ${CLASSES - 1}.`);
  return { count, rows, columns, classes: CLASSES, images: pixels.data, labels: classes.data };
}

/**
 * The first `count` images of a set, without copying.
 *
 * @throws an `argument` error unless `count` is a whole number from 1 to the set's own.
 */
export function take(set: ImageSet, count: number): ImageSet {
  if (!Number.isInteger(count) || count < 1 || count > set.count)
    throw argumentError(`take: count must be a whole number from 1 to ${set.count}, but is ${count}.`);
  return { ...set, count, images: set.images.subarray(0, count * set.rows * set.columns), labels: set.labels.subarray(0, count) };
}
