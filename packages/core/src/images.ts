/** Images: convolution and pooling over `[B, C, H, W]` as compositions of slices and one matmul; `b.native` may do better. */

import { zeros } from './derived.ts';
import { argumentError, shapeError } from './errors.ts';
import type { Backend, Conv2dOptions, TensorMeta } from './types.ts';

const whole = (what: string, x: number, least: number): number => {
  if (!Number.isInteger(x) || x < least) throw argumentError(`${what}: must be a whole number of at least ${least}, but is ${x}.`);
  return x;
};

/** Zeros around the last two axes. */
function padImage<T extends TensorMeta>(b: Backend<T>, x: T, before: number, after: number): T {
  let y = x;
  for (const axis of [2, 3]) {
    const edge = (n: number): T =>
      zeros(
        b,
        y.shape.map((size, i) => (i === axis ? n : size)),
      );
    if (before || after) y = b.concat([...(before ? [edge(before)] : []), y, ...(after ? [edge(after)] : [])], axis);
  }
  return y;
}

/** Every `stride`-th pixel from (top, left), `height x width` of them. `x` must reach `stride` pixels beyond the last. */
function pixels<T extends TensorMeta>(b: Backend<T>, x: T, top: number, left: number, height: number, width: number, stride: number): T {
  const [n, c] = x.shape;
  const box = b.slice(x, [0, 0, top, left], [n, c, height * stride, width * stride]);
  if (stride === 1) return box;
  const rows = b.slice(b.reshape(box, [n, c, height, stride, width * stride]), [0, 0, 0, 0, 0], [n, c, height, 1, width * stride]);
  return b.reshape(b.slice(b.reshape(rows, [n, c, height, width, stride]), [0, 0, 0, 0, 0], [n, c, height, width, 1]), [
    n,
    c,
    height,
    width,
  ]);
}

function checkImage(what: string, x: TensorMeta): void {
  if (x.shape.length !== 4) throw shapeError(`${what}: needs images [B, C, H, W], but came [${x.shape.join(', ')}].`);
}

/** Pixels of a window's output along one axis. */
function outputSize(what: string, size: number, window: number, stride: number): number {
  if (window > size) throw shapeError(`${what}: a window of ${window} does not fit into ${size} pixels.`);
  return Math.floor((size - window) / stride) + 1;
}

/**
 * Two-dimensional convolution (cross-correlation, as everywhere in deep learning): `x [B, C, H, W]`, `weight [O, C, h, w]` -> `[B, O, H', W']`
 * with H' = floor((H + 2 padding - dilation (h - 1) - 1) / stride) + 1. Sums over C, h, w in this order.
 */
export function conv2d<T extends TensorMeta>(b: Backend<T>, x: T, weight: T, options: Conv2dOptions = {}): T {
  checkImage('conv2d', x);
  const stride = whole('conv2d: stride', options.stride ?? 1, 1);
  const padding = whole('conv2d: padding', options.padding ?? 0, 0);
  const dilation = whole('conv2d: dilation', options.dilation ?? 1, 1);
  const [n, c, height, width] = x.shape;
  if (weight.shape.length !== 4 || weight.shape[1] !== c) {
    throw shapeError(`conv2d: weight must be [O, ${c}, h, w] for images of ${c} channels, but is [${weight.shape.join(', ')}].`);
  }
  const [o, , h, w] = weight.shape;
  const rows = outputSize('conv2d', height + 2 * padding, dilation * (h - 1) + 1, stride);
  const columns = outputSize('conv2d', width + 2 * padding, dilation * (w - 1) + 1, stride);
  if (b.native.conv2d) return b.native.conv2d(x, weight, { stride, padding, dilation });
  const padded = padImage(b, x, padding, padding + stride - 1);
  const taps: T[] = [];
  for (let i = 0; i < h; i++) {
    for (let j = 0; j < w; j++)
      taps.push(b.reshape(pixels(b, padded, i * dilation, j * dilation, rows, columns, stride), [n, c, 1, rows * columns]));
  }
  // [B, C, h w, pixels] -> [B pixels, C h w]
  const patches = b.reshape(b.permute(b.concat(taps, 2), [0, 3, 1, 2]), [n * rows * columns, c * h * w]);
  const product = b.matmul(patches, b.permute(b.reshape(weight, [o, c * h * w]), [1, 0]));
  return b.permute(b.reshape(product, [n, rows, columns, o]), [0, 3, 1, 2]);
}

/** The pixels of each `size x size` window as a list of images, row by row. */
function windows<T extends TensorMeta>(what: string, b: Backend<T>, x: T, size: number, stride: number): T[] {
  const rows = outputSize(what, x.shape[2], size, stride);
  const columns = outputSize(what, x.shape[3], size, stride);
  const padded = padImage(b, x, 0, stride - 1);
  const list: T[] = [];
  for (let i = 0; i < size; i++) for (let j = 0; j < size; j++) list.push(pixels(b, padded, i, j, rows, columns, stride));
  return list;
}

function checkPool(what: string, x: TensorMeta, size: number, stride: number): void {
  checkImage(what, x);
  whole(`${what}: size`, size, 1);
  whole(`${what}: stride`, stride, 1);
}

/** Mean of each `size x size` window, added row by row: `[B, C, H, W] -> [B, C, H', W']`. Default stride `size`. */
export function avgPool2d<T extends TensorMeta>(b: Backend<T>, x: T, size: number, stride: number = size): T {
  checkPool('avgPool2d', x, size, stride);
  if (b.native.avgPool2d) return b.native.avgPool2d(x, size, stride);
  return b.div(
    windows('avgPool2d', b, x, size, stride).reduce((total, y) => b.add(total, y)),
    size * size,
  );
}

/** Largest of each `size x size` window; the gradient goes to the first largest, row by row. Default stride `size`. */
export function maxPool2d<T extends TensorMeta>(b: Backend<T>, x: T, size: number, stride: number = size): T {
  checkPool('maxPool2d', x, size, stride);
  if (b.native.maxPool2d) return b.native.maxPool2d(x, size, stride);
  // a tie's gradient goes to the second operand of `max`: the earlier pixel
  return windows('maxPool2d', b, x, size, stride).reduce((top, y) => b.max(y, top));
}
