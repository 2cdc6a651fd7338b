/**
 * One operation for all steps at once: values that change with time carry a leading axis T, the others do not. Everything but the alignment of
 * ranks is the operation itself.
 */
import type { Attributes, Backend, Operand, OpName, ProgramNode, TensorMeta } from '@snn/core';
import { callNode } from './derived.ts';

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

/** Sum over all steps of `node`, in ascending order of time: a product of two timed matrices becomes one product over all T * K terms. */
export function sumOverTime<T extends TensorMeta>(
  b: Backend<T>,
  node: ProgramNode,
  operands: readonly (number | Lifted<T>)[],
  steps: number,
): T {
  const [x, y] = operands;
  if (node.op === 'matmul' && node.shape.length === 2 && typeof x !== 'number' && typeof y !== 'number' && x.timed && y.timed) {
    const [, m, k] = x.value.shape;
    const n = y.value.shape[2];
    return b.matmul(b.reshape(b.permute(x.value, [1, 0, 2]), [m, steps * k]), b.reshape(y.value, [steps * k, n]));
  }
  const all = lift(b, node, operands, steps);
  const total = all.timed ? b.sum(all.value, [0]) : b.mul(all.value, steps);
  return b.reshape(total, node.shape);
}
