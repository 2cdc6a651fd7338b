/** What `fit` and `evaluate` learn from and test on. Anything with these two members will do. */
import { argumentError, type Backend, type Key, sameShape, shapeError, sizeOf, type TensorMeta } from '@snn/core';
import { show } from './layer.ts';

/** Some samples: inputs over time and the class of each. */
export interface Batch {
  /**
   * Row-major numbers of `shape`; or a function that makes them on the backend, which spares a copy for each step of time:
   * `(b) => rateOn(b, key, images, [B, N], T, 255)`.
   */
  readonly inputs: Float32Array | (<T extends TensorMeta>(b: Backend<T>) => T);
  /** `[T, B, ...]`, time first. */
  readonly shape: readonly number[];
  /** Class numbers from 0, `[B]`. */
  readonly labels: Int32Array;
}

/** Samples by number. */
export interface Dataset {
  /** How many samples there are. */
  readonly size: number;
  /**
   * The samples with these numbers, in this order. All randomness (spikes that encode an image, augmentation) is drawn from `key`, so that two
   * runs with one seed see the same.
   */
  batch(indices: Int32Array, key: Key): Batch | Promise<Batch>;
}

/**
 * Throw unless a batch is consistent and its labels are classes.
 *
 * @throws a `shape` error when sizes do not fit (naming a swap of time and batch), an `argument` error for labels out of range.
 */
export function checkBatch(batch: Batch, count: number): void {
  const { inputs, shape, labels } = batch;
  if (shape.length < 2 || labels.length === 0)
    throw shapeError(`dataset: a batch must be [T, B, ...] with B at least 1, but came as ${show(shape)} with ${labels.length} labels.`);
  if (typeof inputs !== 'function' && inputs.length !== sizeOf(shape))
    throw shapeError(`dataset: a batch of shape ${show(shape)} holds ${sizeOf(shape)} numbers, but ${inputs.length} came.`);
  if (shape[1] !== labels.length || labels.length !== count) {
    const swapped = shape[0] === labels.length ? ' Time and batch look swapped: time is the first axis.' : '';
    throw shapeError(
      `dataset: ${count} samples were asked for, but a batch of shape [T, B, ...] = ${show(shape)} with ${labels.length} labels came.${swapped}`,
    );
  }
}

/**
 * The inputs of a batch as a tensor of `b`, `[T, B, ...]`.
 *
 * @throws a `shape` error when a function makes others than the batch says.
 */
export function inputsOf<T extends TensorMeta>(b: Backend<T>, { inputs, shape }: Batch): T {
  if (typeof inputs !== 'function') return b.fromData(inputs, shape);
  const made = inputs(b);
  if (!sameShape(made.shape, shape))
    throw shapeError(`dataset: a batch says that its shape is ${show(shape)}, but its inputs came as ${show(made.shape)}.`);
  return made;
}

/**
 * Throw unless all labels are whole numbers from 0 to classes - 1.
 *
 * @throws an `argument` error.
 */
export function checkLabels(labels: ArrayLike<number>, classes: number): void {
  for (let i = 0; i < labels.length; i++) {
    if (!(Number.isInteger(labels[i]) && labels[i] >= 0 && labels[i] < classes))
      throw argumentError(
        `dataset: label ${labels[i]} of sample ${i} in the batch is none of the ${classes} classes 0 ... ${classes - 1}; check the labels or the size of the last layer.`,
      );
  }
}
