/**
 * Shapes: the rules that give the shape and dtype of each operation's result and refuse what does not fit. One implementation for every
 * backend, tracer and decorator.
 */
import { argumentError, dtypeError, shapeError } from './errors.ts';
import { type Attributes, OPS } from './ops.ts';
import type { DType, Operand, OpName, TensorMeta } from './types.ts';

/** Result of an operation before it is run; `attributes` have negative axes resolved. */
export interface Inferred extends TensorMeta {
  readonly attributes: Attributes;
}

/** Number of elements of a shape; 1 for a scalar. */
export const sizeOf = (shape: readonly number[]): number => shape.reduce((size, n) => size * n, 1);

/** Whether two shapes are the same. */
export const sameShape = (a: readonly number[], b: readonly number[]): boolean => a.length === b.length && a.every((n, i) => n === b[i]);

/** Throw unless `shape` is a list of whole numbers of at least 1. */
export function checkShape(what: string, shape: readonly number[]): void {
  if (!Array.isArray(shape) || !shape.every((n) => Number.isInteger(n) && n >= 1)) {
    throw shapeError(`${what}: sizes must be whole numbers of at least 1, but are [${shape}].`);
  }
}

/** An axis counted from the front; negative axes count from the back. Throws when there is no such axis. */
export function resolveAxis(what: string, axis: number, rank: number): number {
  const resolved = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(resolved) || resolved < 0 || resolved >= rank) {
    throw argumentError(`${what}: axis ${axis} must lie within ${-rank} to ${rank - 1}.`);
  }
  return resolved;
}

/** Shape of `a` and `b` broadcast together by NumPy's rules: aligned at the last axis, size 1 stretches. */
export function broadcastShapes(what: string, a: readonly number[], b: readonly number[]): readonly number[] {
  const rank = Math.max(a.length, b.length);
  const shape = new Array<number>(rank);
  for (let i = 1; i <= rank; i++) {
    const m = a[a.length - i] ?? 1;
    const n = b[b.length - i] ?? 1;
    if (m !== n && m !== 1 && n !== 1) {
      throw shapeError(`${what}: shapes [${a}] and [${b}] do not broadcast: sizes must be equal or 1.`);
    }
    shape[rank - i] = m === 1 ? n : m;
  }
  return shape;
}

const shapeOf = (x: Operand<TensorMeta>): readonly number[] => (typeof x === 'number' ? [] : x.shape);

/** Shape, dtype and resolved attributes of `op` on these operands. Throws a sentence when they do not fit. */
export function infer(op: OpName, inputs: readonly Operand<TensorMeta>[], attributes: Attributes): Inferred {
  const result = (shape: readonly number[], resolved = attributes, dtype: DType = 'float32'): Inferred => ({
    shape,
    dtype,
    attributes: resolved,
  });
  const kind = OPS[op];
  const elementwise = kind === 'binary' || kind === 'where';
  inputs.forEach((x, i) => {
    const number = typeof x === 'number' && elementwise && (kind !== 'where' || i > 0);
    if (!number && !Array.isArray((x as TensorMeta | null)?.shape))
      throw argumentError(`${op}: operand ${i} must be a tensor, but is ${x}.`);
  });
  if (elementwise) return result(inputs.map(shapeOf).reduce((a, b) => broadcastShapes(op, a, b)));
  const tensors = inputs as readonly TensorMeta[];
  if (tensors.length === 0) throw argumentError(`${op}: the list is empty.`);
  const { shape, dtype } = tensors[0];
  const rank = shape.length;
  const list = attributes[0] as readonly number[];
  const misfit = (rule: string, other: readonly number[]): never => {
    throw shapeError(`${op}: ${rule}, but came [${shape}] and [${other}].`);
  };
  const axesOf = (): number[] => {
    const axes = [list].flat().map((axis) => resolveAxis(op, axis, rank));
    if (!Array.isArray(list) || new Set(axes).size < axes.length)
      throw argumentError(`${op}: axes must be different and a list, but are ${list}.`);
    return axes;
  };
  switch (op) {
    case 'sum':
    case 'reduceMax': {
      const axes = axesOf().sort((a, b) => a - b);
      return result(
        shape.map((n, i) => (axes.includes(i) ? 1 : n)),
        [axes],
      );
    }
    case 'matmul': {
      const other = tensors[1].shape;
      const [k, n] = other.slice(-2);
      if (rank < 2 || shape[rank - 1] !== k || !sameShape([...shape.slice(0, -2), k, n], other))
        misfit('needs [..., M, K] and [..., K, N] with equal leading axes', other);
      return result([...shape.slice(0, -1), n]);
    }
    case 'reshape':
      checkShape(op, list);
      if (sizeOf(list) !== sizeOf(shape)) misfit('element counts must agree', list);
      return result(list, attributes, dtype);
    case 'permute': {
      const axes = axesOf();
      if (axes.length !== rank) misfit('name each axis once', list);
      return result(
        axes.map((axis) => shape[axis]),
        [axes],
        dtype,
      );
    }
    case 'broadcast':
      checkShape(op, list);
      if (!sameShape(broadcastShapes(op, shape, list), list)) misfit('only axes of size 1 stretch', list);
      return result(list, attributes, dtype);
    case 'slice': {
      const size = attributes[1] as readonly number[];
      checkShape(op, size);
      const inside =
        list.length === rank &&
        size.length === rank &&
        list.every((start, i) => Number.isInteger(start) && start >= 0 && start + size[i] <= shape[i]);
      if (!inside) misfit(`the box at [${list}] must lie inside`, size);
      return result(size, attributes, dtype);
    }
    case 'concat': {
      const axis = resolveAxis(op, attributes[0] as number, rank);
      const resized = (size: number): number[] => shape.map((n, i) => (i === axis ? size : n));
      let total = 0;
      for (const part of tensors) {
        if (part.dtype !== dtype) throw dtypeError(`concat: dtypes must be equal, but are ${dtype} and ${part.dtype}.`);
        const size = part.shape[axis];
        if (!sameShape(resized(size), part.shape)) misfit(`parts may differ along axis ${axis} only`, part.shape);
        total += size;
      }
      return result(resized(total), [axis], dtype);
    }
    default:
      return result(shape);
  }
}
