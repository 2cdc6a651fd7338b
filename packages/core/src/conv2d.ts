/**
 * Two-dimensional convolution and its two gradients, each as one operation with a derivative: `b.native` where the backend has it, else a
 * composition of slices and one matmul. The three are each other's derivatives, so derivatives of any order follow.
 */

import { shapeError } from './errors.ts';
import type { Backend, Conv2dOptions, CustomOp, TensorMeta } from './types.ts';
import { checkCotangent, checkImage, outputSize, type Size, spread, tapsOf, whole } from './windows.ts';

/** `[B, C, H, W]` images `x`, `[O, C, h, w]` kernels, and what they give: `[B, O, rows, columns]`. */
interface Geometry {
  readonly options: Required<Conv2dOptions>;
  readonly output: readonly [images: number, channels: number, rows: number, columns: number];
}

function geometry(what: string, x: readonly number[], weight: readonly number[], given: Conv2dOptions): Geometry {
  const stride = whole(`${what}: stride`, given.stride ?? 1, 1);
  const padding = whole(`${what}: padding`, given.padding ?? 0, 0);
  const dilation = whole(`${what}: dilation`, given.dilation ?? 1, 1);
  if (weight.length !== 4 || weight[1] !== x[1])
    throw shapeError(`${what}: weight must be [O, ${x[1]}, h, w] for images of ${x[1]} channels, but is [${weight.join(', ')}].`);
  const [rows, columns] = [2, 3].map((axis) => outputSize(what, x[axis] + 2 * padding, dilation * (weight[axis] - 1) + 1, stride));
  return { options: { stride, padding, dilation }, output: [x[0], weight[0], rows, columns] };
}

/** Taps `[B, C, rows, columns]` as rows of a matrix, `[B rows columns, C taps]`. */
function patches<T extends TensorMeta>(b: Backend<T>, taps: readonly T[]): T {
  const [n, c, rows, columns] = taps[0].shape;
  const flat = taps.map((tap) => b.reshape(tap, [n, c, 1, rows * columns]));
  return b.reshape(b.permute(b.concat(flat, 2), [0, 3, 1, 2]), [n * rows * columns, c * taps.length]);
}

/** Images `[B, O, rows, columns]` of the sums over channels and taps, in this order; `matrix` is `[C taps, O]`. */
function weigh<T extends TensorMeta>(b: Backend<T>, taps: readonly T[], matrix: T): T {
  const [n, , rows, columns] = taps[0].shape;
  return b.permute(b.reshape(b.matmul(patches(b, taps), matrix), [n, rows, columns, matrix.shape[1]]), [0, 3, 1, 2]);
}

/**
 * Two-dimensional convolution (cross-correlation, as everywhere in deep learning): `x [B, C, H, W]`, `weight [O, C, h, w]` -> `[B, O, H', W']`
 * with H' = floor((H + 2 padding - dilation (h - 1) - 1) / stride) + 1. Sums over C, h, w in this order.
 *
 * @throws a `shape` error when the kernels have other channels than the images or are larger, an `argument` error for other geometry.
 */
export function conv2d<T extends TensorMeta>(b: Backend<T>, x: T, weight: T, given: Conv2dOptions = {}): T {
  checkImage('conv2d', x);
  const { options, output } = geometry('conv2d', x.shape, weight.shape, given);
  const [o, , h, w] = weight.shape;
  const op: CustomOp = {
    name: 'conv2d',
    forward(c, y, k) {
      if (c.native.conv2d) return c.native.conv2d(y, k, options);
      const taps = tapsOf(c, y, [h, w], [output[2], output[3]], options);
      return weigh(c, taps, c.permute(c.reshape(k, [o, k.shape[1] * h * w]), [1, 0]));
    },
    vjp: (c, g, [y, k], _, needed) => [
      needed[0] ? conv2dInputGradient(c, g, k, [y.shape[2], y.shape[3]], options) : null,
      needed[1] ? conv2dWeightGradient(c, y, g, [h, w], options) : null,
    ],
  };
  return b.customGrad(op, x, weight);
}

/**
 * The gradient of `conv2d` with respect to its images of `size` H x W: `g [B, O, H', W']`, `weight [O, C, h, w]` -> `[B, C, H, W]`. For each
 * pixel it sums over the O output channels and then the taps of the kernel, row by row, from +0.
 *
 * @throws a `shape` error when `g` is not what such a convolution gives.
 */
export function conv2dInputGradient<T extends TensorMeta>(b: Backend<T>, g: T, weight: T, size: Size, given: Conv2dOptions = {}): T {
  checkImage('conv2dInputGradient', g);
  const [o, c, h, w] = weight.shape;
  const { options, output } = geometry('conv2dInputGradient', [g.shape[0], c, ...size], weight.shape, given);
  checkCotangent('conv2dInputGradient', g, output);
  const op: CustomOp = {
    name: 'conv2dInputGradient',
    forward(d, y, k) {
      if (d.native.conv2dInputGradient) return d.native.conv2dInputGradient(y, k, size, options);
      const at = spread(d, y, size, [h, w], options);
      const taps = Array.from({ length: h * w }, (_, tap) => at(Math.floor(tap / w), tap % w));
      return weigh(d, taps, d.reshape(d.permute(k, [0, 2, 3, 1]), [o * h * w, c]));
    },
    vjp: (d, u, [y, k], _, needed) => [
      needed[0] ? conv2d(d, u, k, options) : null,
      needed[1] ? conv2dWeightGradient(d, u, y, [h, w], options) : null,
    ],
  };
  return b.customGrad(op, g, weight);
}

/**
 * The gradient of `conv2d` with respect to its kernels of `size` h x w: `x [B, C, H, W]`, `g [B, O, H', W']` -> `[O, C, h, w]`. For each tap it
 * sums over the images and then the pixels of `g`, row by row, from +0.
 *
 * @throws a `shape` error when `g` is not what such a convolution gives.
 */
export function conv2dWeightGradient<T extends TensorMeta>(b: Backend<T>, x: T, g: T, size: Size, given: Conv2dOptions = {}): T {
  checkImage('conv2dWeightGradient', x);
  checkImage('conv2dWeightGradient', g);
  const [n, o, rows, columns] = g.shape;
  const shape = [o, x.shape[1], ...size];
  const { options, output } = geometry('conv2dWeightGradient', x.shape, shape, given);
  checkCotangent('conv2dWeightGradient', g, output);
  const op: CustomOp = {
    name: 'conv2dWeightGradient',
    forward(c, y, h) {
      if (c.native.conv2dWeightGradient) return c.native.conv2dWeightGradient(y, h, size, options);
      const turned = c.reshape(c.permute(h, [1, 0, 2, 3]), [o, n * rows * columns]);
      return c.reshape(c.matmul(turned, patches(c, tapsOf(c, y, size, [rows, columns], options))), shape);
    },
    vjp: (c, u, [y, h], _, needed) => [
      needed[0] ? conv2dInputGradient(c, h, u, [y.shape[2], y.shape[3]], options) : null,
      needed[1] ? conv2d(c, y, u, options) : null,
    ],
  };
  return b.customGrad(op, x, g);
}
