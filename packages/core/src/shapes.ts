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
export const sizeOf = (shape: readonly number[]): number => {
  let size = 1;
  for (const n of shape) size *= n;
  return size;
};

const show = (shape: readonly number[]): string => `[${shape.join(', ')}]`;

/** Whether two shapes are the same. */
export const sameShape = (a: readonly number[], b: readonly number[]): boolean => a.length === b.length && a.every((n, i) => n === b[i]);

/** Throw unless `shape` is a list of whole numbers of at least 1. */
export function checkShape(what: string, shape: readonly number[]): void {
  if (!Array.isArray(shape) || !shape.every((n) => Number.isInteger(n) && n >= 1)) {
    throw shapeError(
      `${what}: a shape is a list of whole numbers of at least 1, but came as ${Array.isArray(shape) ? show(shape) : String(shape)}.`,
    );
  }
}

/** An axis counted from the front; negative axes count from the back. Throws when there is no such axis. */
export function resolveAxis(what: string, axis: number, rank: number): number {
  const resolved = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(resolved) || resolved < 0 || resolved >= rank) {
    throw argumentError(
      `${what}: axis ${axis} does not exist in a tensor of rank ${rank}; use a whole number from ${-rank} to ${rank - 1}.`,
    );
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
      throw shapeError(
        `${what}: shapes ${show(a)} and ${show(b)} do not broadcast: ${m} against ${n} at axis ${-i}. Sizes must be equal, or one of them 1.`,
      );
    }
    shape[rank - i] = m === 1 ? n : m;
  }
  return shape;
}

const SCALAR: readonly number[] = [];
const shapeOf = (x: Operand<TensorMeta>): readonly number[] => (typeof x === 'number' ? SCALAR : x.shape);

/** Shape, dtype and resolved attributes of `op` on these operands. Throws a sentence when they do not fit. */
export function infer(op: OpName, inputs: readonly Operand<TensorMeta>[], attributes: Attributes): Inferred {
  for (const x of inputs) {
    if (typeof x !== 'number' && (x === null || typeof x !== 'object' || !Array.isArray(x.shape))) {
      throw argumentError(`${op}: an operand is ${x === null ? 'null' : typeof x}, not a tensor or a number.`);
    }
  }
  const kind = OPS[op].kind;
  const first = inputs[0] as TensorMeta;
  const float = (shape: readonly number[], resolved: Attributes = attributes): Inferred => ({
    shape,
    dtype: 'float32',
    attributes: resolved,
  });
  if (kind === 'binary') return float(broadcastShapes(op, shapeOf(inputs[0]), shapeOf(inputs[1])));
  if (kind === 'where') {
    return float(broadcastShapes(op, shapeOf(first), broadcastShapes(op, shapeOf(inputs[1]), shapeOf(inputs[2]))));
  }
  if (inputs.length === 0 || inputs.some((x) => typeof x === 'number')) {
    throw argumentError(
      `${op}: takes tensors, but a ${inputs.length === 0 ? 'list of none' : 'number'} came; make one with fromData([x], []).`,
    );
  }
  const { shape, dtype } = first;
  if (kind === 'unary') return float(shape);
  if (kind === 'reduce') {
    const axes = (attributes[0] as readonly number[]).map((axis) => resolveAxis(op, axis, shape.length)).sort((a, b) => a - b);
    if (axes.some((axis, i) => axis === axes[i - 1]))
      throw argumentError(`${op}: an axis is named twice in ${show(attributes[0] as readonly number[])}.`);
    return float(
      shape.map((n, i) => (axes.includes(i) ? 1 : n)),
      [axes],
    );
  }
  if (kind === 'matmul') {
    const other = shapeOf(inputs[1]);
    const rank = shape.length;
    if (rank < 2 || other.length !== rank || !sameShape(shape.slice(0, -2), other.slice(0, -2)) || shape[rank - 1] !== other[rank - 2]) {
      throw shapeError(
        `matmul: needs [..., M, K] and [..., K, N] with equal leading axes, but came ${show(shape)} and ${show(other)}. \`linear\` takes any leading axes.`,
      );
    }
    return float([...shape.slice(0, -1), other[rank - 1]]);
  }
  return movement(op, inputs as readonly TensorMeta[], shape, dtype, attributes);
}

function movement(op: OpName, inputs: readonly TensorMeta[], shape: readonly number[], dtype: DType, attributes: Attributes): Inferred {
  const list = attributes[0] as readonly number[];
  if (op === 'reshape') {
    checkShape(op, list);
    if (sizeOf(list) !== sizeOf(shape)) {
      throw shapeError(`reshape: ${show(shape)} has ${sizeOf(shape)} elements and ${show(list)} has ${sizeOf(list)}; they must be equal.`);
    }
    return { shape: list, dtype, attributes };
  }
  if (op === 'permute') {
    const axes = list.map((axis) => resolveAxis(op, axis, shape.length));
    if (new Set(axes).size !== shape.length) throw argumentError(`permute: ${show(list)} must name each of the ${shape.length} axes once.`);
    return { shape: axes.map((axis) => shape[axis]), dtype, attributes: [axes] };
  }
  if (op === 'broadcast') {
    checkShape(op, list);
    if (!sameShape(broadcastShapes(op, shape, list), list))
      throw shapeError(`broadcast: ${show(shape)} does not stretch to ${show(list)}.`);
    return { shape: list, dtype, attributes };
  }
  if (op === 'slice') {
    const size = attributes[1] as readonly number[];
    checkShape('slice: size', size);
    if (
      list.length !== shape.length ||
      size.length !== shape.length ||
      !list.every((start, i) => Number.isInteger(start) && start >= 0 && start + size[i] <= shape[i])
    ) {
      throw shapeError(`slice: the box at ${show(list)} of size ${show(size)} does not lie within ${show(shape)}.`);
    }
    return { shape: size, dtype, attributes };
  }
  const axis = resolveAxis(op, attributes[0] as number, shape.length);
  let total = 0;
  for (const part of inputs) {
    if (part.dtype !== dtype) throw dtypeError(`concat: all parts need one dtype, but ${dtype} and ${part.dtype} came.`);
    if (part.shape.length !== shape.length || !part.shape.every((n, i) => i === axis || n === shape[i])) {
      throw shapeError(`concat: parts ${show(shape)} and ${show(part.shape)} differ outside axis ${axis}.`);
    }
    total += part.shape[axis];
  }
  return { shape: shape.map((n, i) => (i === axis ? total : n)), dtype, attributes: [axis] };
}
