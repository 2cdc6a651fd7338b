/** What convolutions and pools over images `[B, C, H, W]` share: which pixels a window reads, and which windows read a pixel. */

import { zeros } from './derived.ts';
import { argumentError, shapeError } from './errors.ts';
import type { Backend, Conv2dOptions, TensorMeta } from './types.ts';

/** Rows and columns. */
export type Size = readonly [rows: number, columns: number];

/** Refuse what is not a whole number of at least `least`. */
export function whole(what: string, x: number, least: number): number {
  if (!Number.isInteger(x) || x < least) throw argumentError(`${what}: must be a whole number of at least ${least}, but is ${x}.`);
  return x;
}

/** Refuse what is not a list of images. */
export function checkImage(what: string, { shape }: TensorMeta): void {
  if (shape.length !== 4) throw shapeError(`${what}: needs images [B, C, H, W], but came [${shape.join(', ')}].`);
}

/** Refuse a cotangent of another shape than the output has. */
export function checkCotangent(what: string, { shape }: TensorMeta, want: readonly number[]): void {
  if (`${shape}` !== `${want}`)
    throw shapeError(`${what}: g must have the shape of the output, [${want.join(', ')}], but has [${shape.join(', ')}].`);
}

/** Pixels of a window's output along one axis. */
export function outputSize(what: string, size: number, window: number, stride: number): number {
  if (window > size) throw shapeError(`${what}: a window of ${window} does not fit into ${size} pixels.`);
  return Math.floor((size - window) / stride) + 1;
}

/** Zeros around the last two axes. */
function pad<T extends TensorMeta>(b: Backend<T>, x: T, before: Size, after: Size): T {
  let y = x;
  for (const axis of [2, 3]) {
    const edge = (n: number): T[] =>
      n > 0
        ? [
            zeros(
              b,
              y.shape.map((size, i) => (i === axis ? n : size)),
            ),
          ]
        : [];
    const parts = [...edge(before[axis - 2]), y, ...edge(after[axis - 2])];
    if (parts.length > 1) y = b.concat(parts, axis);
  }
  return y;
}

/**
 * For each tap of a `h x w` window, row by row: the pixel that it reads in each of the `rows x columns` windows, as images
 * `[B, C, rows, columns]`.
 */
export function tapsOf<T extends TensorMeta>(
  b: Backend<T>,
  x: T,
  [h, w]: Size,
  [rows, columns]: Size,
  { stride, padding, dilation }: Required<Conv2dOptions>,
): T[] {
  const [n, c] = x.shape;
  const after = padding + stride - 1;
  const padded = pad(b, x, [padding, padding], [after, after]);
  const taps: T[] = [];
  for (let i = 0; i < h; i++) {
    for (let j = 0; j < w; j++) {
      const box = b.slice(padded, [0, 0, i * dilation, j * dilation], [n, c, rows * stride, columns * stride]);
      const all = b.reshape(box, [n, c, rows, stride, columns, stride]);
      taps.push(stride === 1 ? box : b.reshape(b.slice(all, [0, 0, 0, 0, 0, 0], [n, c, rows, 1, columns, 1]), [n, c, rows, columns]));
    }
  }
  return taps;
}

/**
 * The reverse of `tapsOf`: for each tap of a `h x w` window, what the window that reads a pixel with this tap has in `g [B, C, rows, columns]`,
 * as images `[B, C, H, W]`; 0 where no window does.
 */
export function spread<T extends TensorMeta>(
  b: Backend<T>,
  g: T,
  [height, width]: Size,
  [h, w]: Size,
  { stride, padding, dilation }: Required<Conv2dOptions>,
): (i: number, j: number) => T {
  const [n, c, rows, columns] = g.shape;
  let apart = g;
  if (stride > 1) {
    const tall = b.concat([b.reshape(g, [n, c, rows, 1, columns, 1]), zeros(b, [n, c, rows, stride - 1, columns, 1])], 3);
    const wide = b.concat([tall, zeros(b, [n, c, rows, stride, columns, stride - 1])], 5);
    apart = b.reshape(wide, [n, c, rows * stride, columns * stride]);
  }
  const before = (taps: number): number => Math.max(0, dilation * (taps - 1) - padding);
  const after = (size: number, windows: number): number => Math.max(0, size + padding - windows * stride);
  const padded = pad(b, apart, [before(h), before(w)], [after(height, rows), after(width, columns)]);
  return (i, j) => b.slice(padded, [0, 0, before(h) + padding - i * dilation, before(w) + padding - j * dilation], [n, c, height, width]);
}
