/** Movement: the same elements in other places. The dtype stays; nothing is computed, so nothing is rounded. */
import type { Ops } from '@snn/core';
import { build, type Rounded } from './storage.ts';

/** The element of `x` at an index of its own shape, as it is stored. */
const stored = (x: Rounded, index: readonly number[]): number => x.values[x.shape.reduce((at, size, axis) => at * size + index[axis], 0)];

type Movement = Pick<Ops<Rounded>, 'reshape' | 'permute' | 'broadcast' | 'slice' | 'concat'>;

export const MOVEMENT: Movement = {
  // values are never changed, so a view may share them
  reshape: (x, shape) => ({ ...x, shape: [...shape] }),
  permute(x, axes) {
    const shape = axes.map((axis) => x.shape[axis]);
    const place = x.shape.map((_, axis) => axes.indexOf(axis));
    return build(shape, x.dtype, (index) =>
      stored(
        x,
        place.map((axis) => index[axis]),
      ),
    );
  },
  broadcast(x, shape) {
    const missing = shape.length - x.shape.length;
    return build(shape, x.dtype, (index) =>
      stored(
        x,
        x.shape.map((size, axis) => (size === 1 ? 0 : index[axis + missing])),
      ),
    );
  },
  slice: (x, begin, size) =>
    build(size, x.dtype, (index) =>
      stored(
        x,
        index.map((i, axis) => i + begin[axis]),
      ),
    ),
  concat(parts, axis) {
    const [{ dtype, shape: like }] = parts;
    const shape = like.map((size, i) => (i === axis ? parts.reduce((sum, part) => sum + part.shape[axis], 0) : size));
    return build(shape, dtype, (index) => {
      let at = index[axis];
      let part = 0;
      while (at >= parts[part].shape[axis]) at -= parts[part++].shape[axis];
      return stored(
        parts[part],
        index.map((i, k) => (k === axis ? at : i)),
      );
    });
  },
};
