/** Which kernel computes a node of a program, and with which numbers. */
import { type ProgramNode, sizeOf } from '@snn/core';
import { CONVOLVE } from './convolve.ts';
import { STRIP } from './dense.ts';
import { POOL, SUMS } from './pools.ts';
import { tableBytes } from './tables.ts';
import { WEIGHT_GRADIENT } from './weight-gradient.ts';

/** An operand as it lies in memory: `[T, ...shape]` if it is timed, else `shape`. */
export interface ImageOperand {
  readonly shape: readonly number[];
  readonly timed: boolean;
}

/**
 * A call of a kernel: `name(...operands, out, from, to, scratch, ...numbers)` for a part of the range 0 to `count`; operands, `out` and `scratch` are
 * addresses. Parts write to different places, so threads may each do one, with scratch of their own.
 */
export interface ImageCall {
  readonly name: string;
  readonly numbers: readonly number[];
  /** Images of all steps, output channels of the kernels, or steps. */
  readonly range: 'images' | 'channels' | 'steps';
  readonly count: number;
  /** For one part. The kernels ask nothing of what is in it, and leave nothing there that the next call needs. */
  readonly scratchBytes: number;
  /** Whether `out` is what the kernel adds to: it must hold what the sum over time begins with, or +0. */
  readonly adds: boolean;
}

/**
 * Share of a tile's products above which tiles are faster than going pixel by pixel. Measured for 320 images and kernels [32, 16, 5, 5]: from
 * [16, 15, 15] equal at 0.58, for the gradient at 0.62; with all pixels tiles take 44 against 77 ms, and 50 against 80 ms.
 */
const BREAK_EVEN = 0.6;

/** Rows or columns of an image from which on there are no kernels. */
const LONGEST_SIDE = 2 ** 15;

/** Places one after the other, at whole cache lines. */
function layOut<Name extends string>(
  sizes: Readonly<Record<Name, number>>,
): { readonly places: Record<Name, number>; readonly bytes: number } {
  let bytes = 0;
  const places = Object.fromEntries(
    (Object.entries(sizes) as [Name, number][]).map(([name, size]) => {
      const at = bytes;
      bytes += Math.ceil(size / 64) * 64;
      return [name, at];
    }),
  ) as Record<Name, number>;
  return { places, bytes };
}

type Numbers = readonly number[];

/**
 * Pixels that are not zero up to which an image is done pixel by pixel: all where the output's channels do not fill a strip, and in the gradient of
 * a convolution with a stride, since a tile would multiply the zeros between the pixels, too.
 */
const limitOf = (pixels: number, apart: boolean, outChannels: number): number =>
  apart || outChannels < STRIP ? pixels : Math.floor(BREAK_EVEN * pixels);

function convolution(backward: boolean, x: Numbers, weight: Numbers, out: Numbers, options: Numbers, count: number): ImageCall {
  const [, channels, rows, columns] = x;
  const [, outChannels, outRows, outColumns] = out;
  const [o, c, h, w] = weight;
  const [stride, padding, dilation] = options;
  // zeros around the image: of the gradient as many as the outermost taps of the outermost pixels reach
  const [top, left] = [h, w].map((side) => (backward ? Math.max(0, dilation * (side - 1) - padding) : padding));
  const [padRows, padColumns] = [
    [rows, outRows, top],
    [columns, outColumns, left],
  ].map(([size, outSize, before]) => (backward ? before + Math.max(size, outSize + padding) : size + 2 * padding));
  const { places, bytes } = layOut({
    rowTable: tableBytes(rows, h),
    columnTable: tableBytes(columns, w),
    kernels: 4 * o * c * h * w,
    sums: 4 * outChannels * outRows * outColumns,
    bounds: 4 * (channels + 1),
    list: 4 * (channels * rows * columns + 1),
    image: 4 * channels * padRows * padColumns,
    strips: 4 * o * c * h * w,
  });
  const numbers: Record<(typeof CONVOLVE)[number], number> = {
    ...{ backward: backward ? 1 : 0, channels, rows, columns, outChannels, outRows, outColumns, h, w, stride, padding, dilation },
    fromStep: backward ? c * h * w : h * w,
    toStep: backward ? h * w : c * h * w,
    limit: limitOf(channels * rows * columns, backward && stride > 1, outChannels),
    ...{ padRows, padColumns, top, left, windowStep: backward ? 1 : stride },
    firstRow: backward ? top + padding : 0,
    firstColumn: backward ? left + padding : 0,
    tapStep: backward ? -dilation : dilation,
    ...places,
  };
  return {
    name: 'imageConvolve',
    numbers: CONVOLVE.map((name) => numbers[name]),
    range: 'images',
    count,
    scratchBytes: bytes,
    adds: false,
  };
}

function weightGradient(x: ImageOperand, g: ImageOperand, size: Numbers, options: Numbers, steps: number): ImageCall {
  const [images, channels, rows, columns] = x.shape;
  const [, outChannels, outRows, outColumns] = g.shape;
  const [h, w] = size;
  const [stride, padding, dilation] = options;
  const { places, bytes } = layOut({
    rowTable: tableBytes(rows, h),
    columnTable: tableBytes(columns, w),
    cotangents: 4 * sizeOf(g.shape.slice(1)),
    sums: 4 * outChannels * channels * h * w,
    bounds: 4 * (channels + 1),
    list: 4 * (channels * rows * columns + 1),
  });
  const numbers: Record<(typeof WEIGHT_GRADIENT)[number], number> = {
    steps,
    images,
    xTimed: x.timed ? 1 : 0,
    gTimed: g.timed ? 1 : 0,
    ...{ channels, rows, columns, outChannels, outRows, outColumns, h, w, stride, padding, dilation },
    ...places,
  };
  return {
    name: 'imageWeightGradient',
    numbers: WEIGHT_GRADIENT.map((name) => numbers[name]),
    range: 'channels',
    count: outChannels,
    scratchBytes: bytes,
    adds: true,
  };
}

function pooling(name: string, image: Numbers, pooled: Numbers, size: number, stride: number, count: number): ImageCall {
  const [, channels, rows, columns] = image;
  const [, , outRows, outColumns] = pooled;
  const numbers: Record<(typeof POOL)[number], number> = { channels, rows, columns, outRows, outColumns, size, stride };
  return { name, numbers: POOL.map((key) => numbers[key]), range: 'images', count, scratchBytes: 0, adds: false };
}

function channelSums([images, channels, rows, columns]: Numbers, steps: number): ImageCall {
  const numbers: Record<(typeof SUMS)[number], number> = { images, channels, pixels: rows * columns };
  return { name: 'imageSums', numbers: SUMS.map((key) => numbers[key]), range: 'steps', count: steps, scratchBytes: 0, adds: false };
}

/**
 * The call that computes a node for `steps` steps, or null where there is none and the plain tier does it. A weight gradient is that of all steps
 * together, the last one first; for a single step, say 1.
 *
 * @param operands of the node, in order.
 */
export function imageCall(node: ProgramNode, operands: readonly ImageOperand[], steps: number): ImageCall | null {
  const { op, attributes, shape } = node;
  const lists = attributes as readonly Numbers[];
  const sizes = attributes as Numbers;
  const [x, y] = operands;
  const images = steps * (x?.shape[0] ?? 0);
  // lists of pixels hold rows and columns in 16 bits each
  if (operands.some(({ shape: [, , ...sides] }) => sides.some((side) => side >= LONGEST_SIDE))) return null;
  const ready = (count: number): boolean => operands.every(({ timed }, i) => timed === i < count || steps === 1);
  switch (op) {
    case 'conv2d':
      return ready(1) ? convolution(false, x.shape, y.shape, shape, lists[0], images) : null;
    case 'conv2dInputGradient':
      return ready(1) ? convolution(true, x.shape, y.shape, shape, lists[1], images) : null;
    case 'conv2dWeightGradient':
      return weightGradient(x, y, lists[0], lists[1], steps);
    case 'avgPool2d':
      return ready(1) ? pooling('imageMean', x.shape, shape, sizes[0], sizes[1], images) : null;
    case 'avgPool2dGradient':
      return ready(1) ? pooling('imageMeanGradient', shape, x.shape, sizes[1], sizes[2], images) : null;
    case 'maxPool2d':
      return ready(1) ? pooling('imageLargest', x.shape, shape, sizes[0], sizes[1], images) : null;
    case 'maxPool2dGradient':
      return ready(2) ? pooling('imageLargestGradient', x.shape, y.shape, sizes[0], sizes[1], images) : null;
    // the gradient of a constant per channel
    case 'sum':
      return ready(1) && x.shape.length === 4 && `${lists[0]}` === '0,2,3' ? channelSums(x.shape, steps) : null;
    default:
      return null;
  }
}
