/** Operations on images as nodes of programs: what they compute, what shape they have, and which operands hold one image for each of a batch. */
import {
  type Attributes,
  avgPool2d,
  avgPool2dGradient,
  type Backend,
  type Conv2dOptions,
  conv2d,
  conv2dInputGradient,
  conv2dWeightGradient,
  type ImageName,
  maxPool2d,
  maxPool2dGradient,
  type NativeOps,
  type ProgramNode,
  type TensorMeta,
} from '@snn/core';

type Size = readonly [rows: number, columns: number];

/** An operation on images. */
interface ImageOp {
  /** How many of its operands, the first ones, hold one image for each of a batch; so does its result, unless this is 0. */
  readonly images: number;
  /** Shape of the result. */
  shape(operands: readonly TensorMeta[], attributes: Attributes): readonly number[];
  call<T extends TensorMeta>(b: Backend<T>, operands: readonly T[], attributes: Attributes): T;
}

const optionsOf = (list: Attributes[number]): Required<Conv2dOptions> => {
  const [stride, padding, dilation] = list as readonly number[];
  return { stride, padding, dilation };
};
const listOf = ({ stride, padding, dilation }: Required<Conv2dOptions>): readonly number[] => [stride, padding, dilation];

const pooled: ImageOp['shape'] = ([{ shape }], [size, stride]) =>
  shape.map((n, axis) => (axis < 2 ? n : Math.floor((n - (size as number)) / (stride as number)) + 1));

/** All of them. */
export const IMAGE_OPS: Readonly<Record<ImageName, ImageOp>> = {
  conv2d: {
    images: 1,
    shape([x, weight], [options]) {
      const { stride, padding, dilation } = optionsOf(options);
      const size = (axis: number): number =>
        Math.floor((x.shape[axis] + 2 * padding - dilation * (weight.shape[axis] - 1) - 1) / stride) + 1;
      return [x.shape[0], weight.shape[0], size(2), size(3)];
    },
    call: (b, [x, weight], [options]) => conv2d(b, x, weight, optionsOf(options)),
  },
  conv2dInputGradient: {
    images: 1,
    shape: ([g, weight], [size]) => [g.shape[0], weight.shape[1], ...(size as Size)],
    call: (b, [g, weight], [size, options]) => conv2dInputGradient(b, g, weight, size as Size, optionsOf(options)),
  },
  conv2dWeightGradient: {
    images: 0,
    shape: ([x, g], [size]) => [g.shape[1], x.shape[1], ...(size as Size)],
    call: (b, [x, g], [size, options]) => conv2dWeightGradient(b, x, g, size as Size, optionsOf(options)),
  },
  avgPool2d: { images: 1, shape: pooled, call: (b, [x], [size, stride]) => avgPool2d(b, x, size as number, stride as number) },
  avgPool2dGradient: {
    images: 1,
    shape: ([g], [image]) => [g.shape[0], g.shape[1], ...(image as Size)],
    call: (b, [g], [image, size, stride]) => avgPool2dGradient(b, g, image as Size, size as number, stride as number),
  },
  maxPool2d: { images: 1, shape: pooled, call: (b, [x], [size, stride]) => maxPool2d(b, x, size as number, stride as number) },
  maxPool2dGradient: {
    images: 2,
    shape: ([x]) => x.shape,
    call: (b, [x, g], [size, stride]) => maxPool2dGradient(b, x, g, size as number, stride as number),
  },
};

/** Whether an operation of a program is one on images. */
export const isImage = (op: ProgramNode['op']): op is ImageName => op in IMAGE_OPS;

/** Fast paths that record: `add` makes the node. The callers, which are core's functions, have checked the arguments. */
export const recordImages = <T extends TensorMeta>(
  add: (op: ImageName, operands: readonly T[], attributes: Attributes, shape: readonly number[]) => T,
): Pick<NativeOps<T>, ImageName> => {
  const record = (op: ImageName, operands: readonly T[], attributes: Attributes): T =>
    add(op, operands, attributes, IMAGE_OPS[op].shape(operands, attributes));
  return {
    conv2d: (x, weight, options) => record('conv2d', [x, weight], [listOf(options)]),
    conv2dInputGradient: (g, weight, size, options) => record('conv2dInputGradient', [g, weight], [size, listOf(options)]),
    conv2dWeightGradient: (x, g, size, options) => record('conv2dWeightGradient', [x, g], [size, listOf(options)]),
    avgPool2d: (x, size, stride) => record('avgPool2d', [x], [size, stride]),
    avgPool2dGradient: (g, image, size, stride) => record('avgPool2dGradient', [g], [image, size, stride]),
    maxPool2d: (x, size, stride) => record('maxPool2d', [x], [size, stride]),
    maxPool2dGradient: (x, g, size, stride) => record('maxPool2dGradient', [x, g], [size, stride]),
  };
};
