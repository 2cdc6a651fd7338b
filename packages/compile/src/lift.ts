/**
 * One operation for all steps at once: values that change with time carry a leading axis T, the others do not. Everything but the alignment of
 * ranks is the operation itself.
 */
import { type Attributes, at, type Backend, type Operand, type OpName, type ProgramNode, stack, type TensorMeta } from '@snn/core';
import { callNode } from './derived.ts';
import { IMAGE_OPS, isImage } from './images.ts';

/** A value of one step, or of all steps when `timed`. */
export interface Lifted<T> {
  readonly value: T;
  readonly timed: boolean;
}

/** Run `node` for all steps. `operands` are numbers or lifted values; the result is timed if one of them is. */
export function lift<T extends TensorMeta>(
  b: Backend<T>,
  node: ProgramNode,
  operands: readonly (number | Lifted<T>)[],
  steps: number,
): Lifted<T> {
  const op = node.op as OpName;
  const plain = (x: number | Lifted<T>): Operand<T> => (typeof x === 'number' ? x : x.value);
  const attributes = node.attributes as Attributes;
  if (!operands.some((x) => typeof x !== 'number' && x.timed)) return { value: callNode(b, node, operands.map(plain)), timed: false };
  const timed = (value: T): Lifted<T> => ({ value, timed: true });
  const later = (axes: readonly number[]): number[] => axes.map((axis) => axis + 1);
  const [first] = operands as readonly Lifted<T>[];
  const [list, second] = attributes as readonly (readonly number[])[];
  /** A lifted value of per-step shape `shape` with the time axis in front, repeated if it does not change with time. */
  const spread = (x: Lifted<T>, shape: readonly number[]): T => (x.timed ? x.value : b.broadcast(x.value, [steps, ...shape]));
  /** For broadcasting against rank `rank`: sizes of 1 between the time axis and the value's own. */
  const aligned = (x: number | Lifted<T>, rank: number): Operand<T> => {
    if (typeof x === 'number' || !x.timed) return plain(x);
    const own = x.value.shape.slice(1);
    return own.length === rank ? x.value : b.reshape(x.value, [steps, ...new Array<number>(rank - own.length).fill(1), ...own]);
  };
  if (isImage(node.op)) {
    const { images } = IMAGE_OPS[node.op];
    const given = operands as readonly Lifted<T>[];
    if (images > 0 && given.slice(images).every((x) => !x.timed)) {
      // all T * B images at once
      const values = given.map((x, i) => {
        if (i >= images) return x.value;
        const [rows, ...image] = x.timed ? x.value.shape.slice(1) : x.value.shape;
        return b.reshape(spread(x, [rows, ...image]), [steps * rows, ...image]);
      });
      return timed(b.reshape(callNode(b, node, values), [steps, ...node.shape]));
    }
    const each = Array.from({ length: steps }, (_, t) =>
      callNode(
        b,
        node,
        given.map((x) => (x.timed ? at(b, x.value, t) : x.value)),
      ),
    );
    return timed(stack(b, each));
  }
  switch (op) {
    case 'sum':
    case 'reduceMax':
      return timed(b[op](first.value, later(list)));
    case 'reshape':
      return timed(b.reshape(first.value, [steps, ...list]));
    case 'broadcast':
      return timed(b.broadcast(aligned(first, list.length) as T, [steps, ...list]));
    case 'permute':
      return timed(b.permute(first.value, [0, ...later(list)]));
    case 'slice':
      return timed(b.slice(first.value, [0, ...list], [steps, ...second]));
    case 'concat':
      return timed(
        b.concat(
          (operands as readonly Lifted<T>[]).map((x) => spread(x, x.timed ? x.value.shape.slice(1) : x.value.shape)),
          (attributes[0] as number) + 1,
        ),
      );
    case 'matmul': {
      const [x, y] = operands as readonly Lifted<T>[];
      if (node.shape.length === 2 && x.timed && !y.timed) {
        // one product over all T * B rows
        const [, m, k] = x.value.shape;
        return timed(b.reshape(b.matmul(b.reshape(x.value, [steps * m, k]), y.value), [steps, ...node.shape]));
      }
      return timed(b.matmul(spread(x, x.value.shape), spread(y, y.value.shape)));
    }
    default:
      return timed(
        callNode(
          b,
          node,
          operands.map((x) => aligned(x, node.shape.length)),
        ),
      );
  }
}

/** A value of all steps `[T, ...]` with the last step first. */
function lastFirst<T extends TensorMeta>(b: Backend<T>, x: T): T {
  const [steps, ...shape] = x.shape;
  const rest = shape.map(() => 0);
  const parts = Array.from({ length: steps }, (_, i) => b.slice(x, [steps - 1 - i, ...rest], [1, ...shape]));
  return b.concat(parts, 0);
}

/**
 * Continue a running sum with the values of one step, `[T, ...]`: one sum per element, which starts from +0 or from `before` and takes the
 * steps as the backward pass does, the last one first.
 */
export function addSteps<T extends TensorMeta>(b: Backend<T>, values: T, before: T | null = null): T {
  const [, ...shape] = values.shape;
  const terms = lastFirst(b, values);
  const all = before === null ? terms : b.concat([b.reshape(before, [1, ...shape]), terms], 0);
  return b.reshape(b.sum(all, [0]), shape);
}

/**
 * Sum of `node` over all steps, the last one first, as one running sum per element that starts from +0 or from `before`: a sum over [t0, t1) that
 * is continued from the one over [t1, T) has the bits of the sum over [t0, T).
 *
 *   product of two timed matrices   before + sum over t = T-1 ... 0, within a step over the rows r = 0 ... R-1, of x_t[:, r] y_t[r, :]
 *   any other node                  before + sum over t = T-1 ... 0 of the value of step t
 */
export function sumOverTime<T extends TensorMeta>(
  b: Backend<T>,
  node: ProgramNode,
  operands: readonly (number | Lifted<T>)[],
  steps: number,
  before: T | null = null,
): T {
  const [x, y] = operands;
  if (node.op === 'matmul' && node.shape.length === 2 && typeof x !== 'number' && typeof y !== 'number' && x.timed && y.timed) {
    // one product over all T * R terms, which matmul adds in ascending order
    const [m, n] = node.shape;
    const terms = steps * x.value.shape[2];
    const left = b.reshape(b.permute(lastFirst(b, x.value), [1, 0, 2]), [m, terms]);
    const right = b.reshape(lastFirst(b, y.value), [terms, n]);
    if (before === null) return b.matmul(left, right);
    // the first m terms are those of 1 times `before`: exact, and the sum goes on from there
    return b.matmul(b.concat([identity(b, m), left], 1), b.concat([before, right], 0));
  }
  const { value, timed } = lift(b, node, operands, steps);
  return addSteps(b, timed ? value : b.broadcast(value, [steps, ...node.shape]), before);
}

/** The matrix `[n, n]` with ones on its diagonal. */
const identity = <T extends TensorMeta>(b: Backend<T>, n: number): T =>
  b.fromData(
    Float32Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0)),
    [n, n],
  );
