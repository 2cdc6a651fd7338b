/** The storage: row-major doubles, which nobody changes once they are made. */
import { broadcastShapes, type DType, type Operand, sizeOf, type TensorMeta } from '@snn/core';

/** A handle: whatever the backend needs, with a shape and a dtype. */
export interface Rounded extends TensorMeta {
  readonly values: Float64Array;
}

/** Make a tensor, element by element; `index` is the place of an element along each axis. */
export function build(shape: readonly number[], dtype: DType, element: (index: readonly number[]) => number): Rounded {
  const values = new Float64Array(sizeOf(shape));
  const index = new Array<number>(shape.length).fill(0);
  for (let at = 0; at < values.length; at++) {
    values[at] = element(index);
    // the next index: the last axis runs fastest
    for (let axis = shape.length - 1; axis >= 0 && ++index[axis] === shape[axis]; axis--) index[axis] = 0;
  }
  return { shape: [...shape], dtype, values };
}

/** The element of `x` at an index of a shape that `x` broadcasts to: axes of size 1 are stretched, missing ones left out. */
export function pick(x: Operand<Rounded>, index: readonly number[]): number {
  // a number is rounded before it is computed with, and so are whole numbers beyond 2^24
  if (typeof x === 'number') return Math.fround(x);
  const missing = index.length - x.shape.length;
  return Math.fround(x.values[x.shape.reduce((at, size, axis) => at * size + (size === 1 ? 0 : index[axis + missing]), 0)]);
}

/** The shape that operands broadcast to together; a number is a scalar. */
export const commonShape = (...operands: readonly Operand<Rounded>[]): readonly number[] =>
  operands.map((x) => (typeof x === 'number' ? [] : x.shape)).reduce<readonly number[]>((a, b) => broadcastShapes('operands', a, b), []);
