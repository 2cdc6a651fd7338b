/** Which kernel computes a node of a program, and with which numbers. */
import { type ProgramNode, sizeOf } from '@snn/core';
import { CONVOLVE } from './convolve.ts';
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
  /** Images of all steps, or output channels of the kernels. */
  readonly range: 'images' | 'channels';
  readonly count: number;
  /** For one part. The kernels ask nothing of what is in it, and leave nothing there that the next call needs. */
  readonly scratchBytes: number;
  /** Whether `out` is what the kernel adds to: it must hold what the sum over time begins with, or +0. */
  readonly adds: boolean;
}

/** Share of pixels that are not zero above which tiles are faster than going pixel by pixel. */
const BREAK_EVEN = 2;

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

function convolution(backward: boolean, x: Numbers, weight: Numbers, out: Numbers, options: Numbers, count: number): ImageCall {
  const [, channels, rows, columns] = x;
  const [, outChannels, outRows, outColumns] = out;
  const [o, c, h, w] = weight;
  const [stride, padding, dilation] = options;
  const { places, bytes } = layOut({
    rowTable: tableBytes(rows, h),
    columnTable: tableBytes(columns, w),
    kernels: 4 * o * c * h * w,
    sums: 4 * outChannels * outRows * outColumns,
    bounds: 4 * (channels + 1),
    list: 4 * (channels * rows * columns + 1),
    dense: 0,
  });
  const numbers: Record<(typeof CONVOLVE)[number], number> = {
    ...{ backward: backward ? 1 : 0, channels, rows, columns, outChannels, outRows, outColumns, h, w, stride, padding, dilation },
    fromStep: backward ? c * h * w : h * w,
    toStep: backward ? h * w : c * h * w,
    limit: Math.floor(BREAK_EVEN * channels * rows * columns),
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
    xStep: x.timed ? sizeOf(x.shape) : 0,
    gStep: g.timed ? sizeOf(g.shape) : 0,
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

/**
 * The call that computes a node for `steps` steps, or null where there is none and the plain tier does it. A weight gradient is that of all steps
 * together, the last one first; for a single step, say 1.
 *
 * @param operands of the node, in order.
 */
export function imageCall(node: ProgramNode, operands: readonly ImageOperand[], steps: number): ImageCall | null {
  const { op, attributes, shape } = node;
  const lists = attributes as readonly Numbers[];
  const [x, y] = operands;
  const images = steps * (x?.shape[0] ?? 0);
  const ready = (count: number): boolean => operands.every(({ timed }, i) => timed === i < count || steps === 1);
  switch (op) {
    case 'conv2d':
      return ready(1) ? convolution(false, x.shape, y.shape, shape, lists[0], images) : null;
    case 'conv2dInputGradient':
      return ready(1) ? convolution(true, x.shape, y.shape, shape, lists[1], images) : null;
    case 'conv2dWeightGradient':
      return weightGradient(x, y, lists[0], lists[1], steps);
    default:
      return null;
  }
}
