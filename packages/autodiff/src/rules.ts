/** Derivatives: one vector-Jacobian rule per operation, written over the same operations. */
import { type Attributes, type Backend, type Operand, type OpName, resolveAxis, sameShape, type TensorMeta, zeros } from '@snn/core';

/** Cotangent of input `i` from the cotangent `g` of the output, before broadcasting is undone; null where there is none. */
type Rule = <T extends TensorMeta>(
  b: Backend<T>,
  g: T,
  i: number,
  inputs: readonly Operand<T>[],
  output: T,
  attributes: Attributes,
) => T | null;

const first = <T>(inputs: readonly Operand<T>[]): T => inputs[0] as T;

/** Swap the last two axes. */
const transpose = <T extends TensorMeta>(b: Backend<T>, x: T): T => {
  const axes = [...x.shape.keys()];
  return b.permute(x, [...axes.slice(0, -2), axes.length - 1, axes.length - 2]);
};

/** `g` placed at `begin` within zeros of `shape`. */
const embed = <T extends TensorMeta>(b: Backend<T>, g: T, begin: readonly number[], shape: readonly number[]): T => {
  let y = g;
  shape.forEach((size, axis) => {
    const before = begin[axis];
    const after = size - before - y.shape[axis];
    const edge = (n: number): T[] =>
      n
        ? [
            zeros(
              b,
              y.shape.map((m, i) => (i === axis ? n : m)),
            ),
          ]
        : [];
    if (before || after) y = b.concat([...edge(before), y, ...edge(after)], axis);
  });
  return y;
};

/** One rule per operation. At a tie the gradient of `max` goes to the second operand; `reduceMax` shares it among the largest. */
export const RULES: Readonly<Record<OpName, Rule>> = {
  add: (_, g) => g,
  sub: (b, g, i) => (i ? b.mul(g, -1) : g),
  mul: (b, g, i, [x, y]) => b.mul(g, i ? x : y),
  div: (b, g, i, [, y], out) => (i ? b.mul(b.div(b.mul(g, out), y), -1) : b.div(g, y)),
  max: (b, g, i, [x, y]) => (i ? b.where(b.gt(x, y), 0, g) : b.where(b.gt(x, y), g, 0)),
  gt: () => null,
  where: (b, g, i, inputs) => (i === 0 ? null : i === 1 ? b.where(first(inputs), g, 0) : b.where(first(inputs), 0, g)),
  exp: (b, g, _, __, out) => b.mul(g, out),
  log: (b, g, _, inputs) => b.div(g, first(inputs)),
  sqrt: (b, g, _, __, out) => b.div(b.mul(g, 0.5), out),
  floor: () => null,
  sum: (b, g, _, inputs) => b.broadcast(g, first(inputs).shape),
  reduceMax: (b, g, _, inputs, out, [axes]) => {
    const largest = b.sub(1, b.gt(out, first(inputs)));
    return b.mul(b.div(g, b.sum(largest, axes as readonly number[])), largest);
  },
  matmul: (b, g, i, [x, y]) => (i ? b.matmul(transpose(b, x as typeof g), g) : b.matmul(g, transpose(b, y as typeof g))),
  reshape: (b, g, _, inputs) => b.reshape(g, first(inputs).shape),
  permute: (b, g, _, inputs, __, [axes]) => {
    const rank = first(inputs).shape.length;
    const order = (axes as readonly number[]).map((axis) => resolveAxis('permute', axis, rank));
    return b.permute(
      g,
      order.map((_axis, i) => order.indexOf(i)),
    );
  },
  broadcast: (b, g, _, inputs) => unbroadcast(b, g, first(inputs).shape),
  slice: (b, g, _, inputs, __, [begin]) => embed(b, g, begin as readonly number[], first(inputs).shape),
  concat: (b, g, i, inputs, __, [axis]) => {
    const parts = inputs as readonly (typeof g)[];
    const { shape } = parts[i];
    const a = resolveAxis('concat', axis as number, shape.length);
    let start = 0;
    for (let k = 0; k < i; k++) start += parts[k].shape[a];
    return b.slice(
      g,
      shape.map((_n, k) => (k === a ? start : 0)),
      shape,
    );
  },
};

/** Sum a broadcast cotangent back to the shape of the operand. */
export function unbroadcast<T extends TensorMeta>(b: Backend<T>, g: T, shape: readonly number[]): T {
  const { shape: from } = g;
  const missing = from.length - shape.length;
  const stretched = (axis: number): boolean => axis < missing || (shape[axis - missing] === 1 && from[axis] !== 1);
  // a scalar operand times a full cotangent: g may be smaller than the output it belongs to, never smaller than the operand
  if (sameShape(from, shape)) return g;
  const axes = [...from.keys()].filter(stretched);
  return b.reshape(axes.length > 0 ? b.sum(g, axes) : g, shape);
}
