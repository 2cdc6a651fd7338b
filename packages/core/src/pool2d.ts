/** Pooling over images `[B, C, H, W]` and its gradients, each as one operation: `b.native` where the backend has it, else slices. */
import { zeros } from './derived.ts';
import type { Backend, Conv2dOptions, CustomOp, TensorMeta } from './types.ts';
import { checkCotangent, checkImage, outputSize, type Size, spread, tapsOf, whole } from './windows.ts';

/** Shape of the output for images of `[B, C, ...size]`. */
function pooled(
  what: string,
  x: TensorMeta,
  [height, width]: Size,
  size: number,
  stride: number,
): readonly [number, number, number, number] {
  checkImage(what, x);
  whole(`${what}: size`, size, 1);
  whole(`${what}: stride`, stride, 1);
  return [x.shape[0], x.shape[1], outputSize(what, height, size, stride), outputSize(what, width, size, stride)];
}

const options = (stride: number): Required<Conv2dOptions> => ({ stride, padding: 0, dilation: 1 });

/** The pixels of each `size x size` window as a list of images, row by row. */
function windows<T extends TensorMeta>(b: Backend<T>, x: T, size: number, stride: number): T[] {
  const [, , rows, columns] = pooled('pool', x, [x.shape[2], x.shape[3]], size, stride);
  return tapsOf(b, x, [size, size], [rows, columns], options(stride));
}

/** Tap number `tap` of a `size x size` window. */
const place = (tap: number, size: number): Size => [Math.floor(tap / size), tap % size];

/** The sum of a list, in order, from +0. */
const total = <T extends TensorMeta>(b: Backend<T>, list: readonly T[]): T =>
  list.reduce((sum, x) => b.add(sum, x), zeros(b, list[0].shape));

/**
 * Mean of each `size x size` window, added row by row: `[B, C, H, W] -> [B, C, H', W']`. Default stride `size`.
 *
 * @throws a `shape` error when the window does not fit, an `argument` error for other sizes.
 */
export function avgPool2d<T extends TensorMeta>(b: Backend<T>, x: T, size: number, stride: number = size): T {
  const image: Size = [x.shape[2], x.shape[3]];
  pooled('avgPool2d', x, image, size, stride);
  const op: CustomOp = {
    name: 'avgPool2d',
    forward: (c, y) =>
      c.native.avgPool2d?.(y, size, stride) ??
      c.div(
        windows(c, y, size, stride).reduce((total, z) => c.add(total, z)),
        size * size,
      ),
    vjp: (c, g) => [avgPool2dGradient(c, g, image, size, stride)],
  };
  return b.customGrad(op, x);
}

/**
 * The gradient of `avgPool2d` for images of H x W: `g [B, C, H', W']` -> `[B, C, H, W]`. Each pixel sums g / size^2 over the windows that it lies
 * in, in the order of its place in them, row by row, from +0.
 *
 * @throws a `shape` error when `g` is not what such a pool gives.
 */
export function avgPool2dGradient<T extends TensorMeta>(b: Backend<T>, g: T, image: Size, size: number, stride: number): T {
  checkCotangent('avgPool2dGradient', g, pooled('avgPool2dGradient', g, image, size, stride));
  const op: CustomOp = {
    name: 'avgPool2dGradient',
    forward(c, y) {
      if (c.native.avgPool2dGradient) return c.native.avgPool2dGradient(y, image, size, stride);
      const at = spread(c, c.div(y, size * size), image, [size, size], options(stride));
      return total(
        c,
        Array.from({ length: size * size }, (_, tap) => at(...place(tap, size))),
      );
    },
    vjp: (c, u) => [avgPool2d(c, u, size, stride)],
  };
  return b.customGrad(op, g);
}

/**
 * Largest of each `size x size` window; the gradient goes to the first largest, row by row. Default stride `size`.
 *
 * @throws a `shape` error when the window does not fit, an `argument` error for other sizes.
 */
export function maxPool2d<T extends TensorMeta>(b: Backend<T>, x: T, size: number, stride: number = size): T {
  pooled('maxPool2d', x, [x.shape[2], x.shape[3]], size, stride);
  const op: CustomOp = {
    name: 'maxPool2d',
    forward: (c, y) => c.native.maxPool2d?.(y, size, stride) ?? windows(c, y, size, stride).reduce((top, z) => c.max(z, top)),
    vjp: (c, g, [y]) => [maxPool2dGradient(c, y, g, size, stride)],
  };
  return b.customGrad(op, x);
}

/** For each place in the windows of `x`: 1 where it holds the largest before which there is none as large, else 0. */
function firstLargest<T extends TensorMeta>(b: Backend<T>, x: T, size: number, stride: number): T[] {
  const [first, ...rest] = windows(b, x, size, stride);
  let top = first;
  const larger = rest.map((y) => {
    const above = b.gt(y, top);
    top = b.max(y, top);
    return above;
  });
  // from the last place to the first: what was found later takes the place
  let free: T | null = null;
  const found = larger.reverse().map((above) => {
    const own: T = free === null ? above : b.mul(free, above);
    free = free === null ? b.sub(1, above) : b.mul(free, b.sub(1, above));
    return own;
  });
  return [free ?? b.gt(1, b.gt(first, first)), ...found.reverse()];
}

/**
 * The gradient of `maxPool2d`: `x [B, C, H, W]`, `g [B, C, H', W']` -> `[B, C, H, W]`. Each pixel sums g over the windows whose first largest it
 * is, in the order of its place in them, row by row, from +0.
 *
 * @throws a `shape` error when `g` is not what such a pool gives.
 */
export function maxPool2dGradient<T extends TensorMeta>(b: Backend<T>, x: T, g: T, size: number, stride: number): T {
  const image: Size = [x.shape[2], x.shape[3]];
  checkCotangent('maxPool2dGradient', g, pooled('maxPool2dGradient', x, image, size, stride));
  const op: CustomOp = {
    name: 'maxPool2dGradient',
    forward(c, y, h) {
      if (c.native.maxPool2dGradient) return c.native.maxPool2dGradient(y, h, size, stride);
      return total(
        c,
        firstLargest(c, y, size, stride).map((chosen, tap) =>
          spread(c, c.where(chosen, h, 0), image, [size, size], options(stride))(...place(tap, size)),
        ),
      );
    },
    // linear in g; which pixel is the largest does not change with x
    vjp(c, u, [y]) {
      const chosen = firstLargest(c, y, size, stride);
      const parts = windows(c, u, size, stride).map((z, tap) => c.where(chosen[tap], z, 0));
      return [null, total(c, parts)];
    },
  };
  return b.customGrad(op, x, g);
}
