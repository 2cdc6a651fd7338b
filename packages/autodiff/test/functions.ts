/** Smooth scalar functions that between them use every rule, with inputs away from kinks, ties and poles. */
import {
  abs,
  avgPool2d,
  avgPool2dGradient,
  type Backend,
  clip,
  conv2d,
  conv2dInputGradient,
  conv2dWeightGradient,
  cumulativeSum,
  gather,
  logSoftmax,
  logSumExp,
  maxPool2d,
  maxPool2dGradient,
  mean,
  min,
  normal,
  pow,
  randomKey,
  relu,
  sigmoid,
  softmax,
  softplus,
  square,
  stream,
  sumAll,
  type TensorMeta,
  tanh,
} from '@snn/core';

export interface Smooth {
  readonly name: string;
  readonly inputs: readonly { readonly shape: readonly number[]; readonly data: readonly number[] }[];
  readonly f: <T extends TensorMeta>(b: Backend<T>, x: readonly T[]) => T;
}

/** Normally distributed numbers, moved at least 1/8 away from 0. */
const draw = (name: string, shape: readonly number[]): number[] =>
  Array.from(
    normal(
      stream(randomKey(2), name),
      shape.reduce((n, m) => n * m, 1),
    ),
    (x) => x + (x < 0 ? -0.125 : 0.125),
  );
const positive = (name: string, shape: readonly number[]): number[] => draw(name, shape).map((x) => Math.abs(x) + 0.25);

/** The mean of y with a weight for each element: no two cotangents are equal, and the size is about 1. */
const weigh = <T extends TensorMeta>(b: Backend<T>, y: T): T => sumAll(b, mean(b, b.mul(y, b.fromData(draw('weights', y.shape), y.shape))));

const smooth = (name: string, shapes: readonly (readonly number[])[], f: Smooth['f'], sample = draw): Smooth => ({
  name,
  inputs: shapes.map((shape, i) => ({ shape, data: sample(`${name} ${i}`, shape) })),
  f: (b, x) => weigh(b, f(b, x)),
});

/** One function for each rule of the op table, and more where a rule has cases. */
export const RULE_FUNCTIONS: readonly Smooth[] = [
  smooth(
    'add',
    [
      [2, 3],
      [2, 3],
    ],
    (b, [x, y]) => b.add(x, y),
  ),
  smooth(
    'add, stretched on both sides',
    [
      [2, 1],
      [1, 3],
    ],
    (b, [x, y]) => b.add(x, y),
  ),
  smooth('add, a scalar and a number', [[], [2, 3]], (b, [x, y]) => b.add(b.add(x, 2), b.add(0.5, y))),
  smooth('sub', [[2, 3], [3]], (b, [x, y]) => b.sub(b.sub(x, y), b.sub(1, x))),
  smooth(
    'mul',
    [
      [2, 3],
      [2, 3],
    ],
    (b, [x, y]) => b.mul(x, y),
  ),
  smooth(
    'mul, stretched',
    [
      [4, 1, 3],
      [2, 1],
    ],
    (b, [x, y]) => b.mul(b.mul(x, y), 3),
  ),
  smooth('mul of one tensor with itself', [[5]], (b, [x]) => b.mul(x, x)),
  smooth(
    'div',
    [
      [2, 3],
      [2, 3],
    ],
    (b, [x, y]) => b.div(x, y),
    positive,
  ),
  smooth('div, stretched', [[3], [2, 1]], (b, [x, y]) => b.div(b.div(x, y), b.div(2, x)), positive),
  smooth(
    'max',
    [
      [2, 3],
      [2, 3],
    ],
    (b, [x, y]) => b.max(x, y),
  ),
  smooth('max, stretched and with a number', [[2, 1], [3]], (b, [x, y]) => b.max(b.max(x, 0), b.max(0.0625, y))),
  smooth('gt has none', [[4]], (b, [x]) => b.mul(b.gt(x, 0), x)),
  smooth(
    'where',
    [
      [2, 3],
      [2, 3],
    ],
    (b, [x, y]) => b.where(b.gt(x, 0), b.mul(x, y), b.mul(y, y)),
  ),
  smooth('where, stretched and with numbers', [[3], [2, 1]], (b, [x, y]) => b.where(b.gt(y, 0), x, b.where(b.gt(x, 0), 2, y))),
  smooth('exp', [[2, 3]], (b, [x]) => b.exp(x)),
  smooth('log', [[2, 3]], (b, [x]) => b.log(x), positive),
  smooth('sqrt', [[2, 3]], (b, [x]) => b.sqrt(x), positive),
  smooth('floor has none', [[4]], (b, [x]) => b.mul(b.floor(b.mul(x, 0.01)), x)),
  smooth('sum', [[2, 3, 4]], (b, [x]) => b.mul(b.sum(x, [0, 2]), b.sum(x, [-2]))),
  smooth('reduceMax', [[3, 5]], (b, [x]) => b.add(b.reduceMax(x, [1]), b.reduceMax(x, [-2]))),
  smooth(
    'matmul',
    [
      [3, 4],
      [4, 2],
    ],
    (b, [x, y]) => b.matmul(x, y),
  ),
  smooth(
    'matmul, batched',
    [
      [2, 3, 2, 4],
      [2, 3, 4, 1],
    ],
    (b, [x, y]) => b.matmul(x, y),
  ),
  smooth('matmul of a matrix with itself', [[3, 3]], (b, [x]) => b.matmul(x, x)),
  smooth('reshape', [[2, 6]], (b, [x]) => b.mul(b.reshape(x, [3, 4]), b.reshape(x, [3, 4]))),
  smooth('permute', [[2, 3, 4]], (b, [x]) => square(b, b.permute(x, [-1, 0, 1]))),
  smooth('broadcast', [[3, 1]], (b, [x]) => square(b, b.broadcast(x, [2, 3, 4]))),
  smooth('slice', [[4, 5]], (b, [x]) => square(b, b.slice(x, [1, 0], [2, 3]))),
  smooth('slice from the middle', [[5]], (b, [x]) => b.mul(b.slice(x, [1], [3]), b.slice(x, [2], [3]))),
  smooth(
    'concat',
    [
      [2, 1],
      [2, 3],
    ],
    (b, [x, y]) => square(b, b.concat([x, y, x], -1)),
  ),
];

/** Derived operations: those that declare their derivative, and those whose derivative follows. */
export const DERIVED_FUNCTIONS: readonly Smooth[] = [
  smooth('sigmoid', [[6]], (b, [x]) => sigmoid(b, x)),
  smooth('tanh', [[6]], (b, [x]) => tanh(b, x)),
  smooth('softplus', [[6]], (b, [x]) => softplus(b, x)),
  smooth('softmax', [[3, 4]], (b, [x]) => softmax(b, x, 0)),
  smooth('logSoftmax', [[3, 4]], (b, [x]) => logSoftmax(b, x)),
  smooth('logSumExp', [[3, 4]], (b, [x]) => logSumExp(b, x)),
  smooth('relu', [[6]], (b, [x]) => relu(b, b.mul(x, x))),
  smooth('abs', [[6]], (b, [x]) => b.mul(abs(b, x), x)),
  smooth('min', [[6], [6]], (b, [x, y]) => min(b, b.mul(x, x), y)),
  smooth('clip', [[6]], (b, [x]) => b.mul(clip(b, x, -0.1, 10), x)),
  smooth('pow', [[6]], (b, [x]) => b.add(pow(b, x, 3), pow(b, x, -0.5)), positive),
  smooth('gather', [[4, 2]], (b, [x]) => square(b, gather(b, x, b.fromData([3, 0, 0, 9], [4])))),
  smooth('cumulativeSum', [[3, 4]], (b, [x]) => square(b, cumulativeSum(b, x, 0))),
  smooth(
    'conv2d',
    [
      [1, 2, 5, 5],
      [2, 2, 3, 3],
    ],
    (b, [x, w]) => square(b, conv2d(b, x, w, { stride: 2, padding: 1 })),
  ),
  smooth('maxPool2d', [[1, 1, 4, 6]], (b, [x]) => square(b, maxPool2d(b, x, 2))),
  smooth('maxPool2d, overlapping', [[1, 2, 5, 5]], (b, [x]) => square(b, maxPool2d(b, x, 3, 1))),
  smooth('avgPool2d', [[1, 2, 5, 6]], (b, [x]) => square(b, avgPool2d(b, x, 3, 2))),
  smooth(
    'conv2d, dilated',
    [
      [2, 1, 5, 6],
      [3, 1, 2, 3],
    ],
    (b, [x, w]) => square(b, conv2d(b, x, w, { padding: 2, dilation: 2 })),
  ),
  smooth(
    'conv2dInputGradient',
    [
      [2, 2, 2, 2],
      [2, 1, 3, 2],
    ],
    (b, [g, w]) => square(b, conv2dInputGradient(b, g, w, [5, 4], { stride: 2 })),
  ),
  smooth(
    'conv2dWeightGradient',
    [
      [2, 1, 4, 4],
      [2, 2, 3, 3],
    ],
    (b, [x, g]) => square(b, conv2dWeightGradient(b, x, g, [4, 4], { padding: 1 })),
  ),
  smooth('avgPool2dGradient', [[1, 2, 2, 3]], (b, [g]) => square(b, avgPool2dGradient(b, g, [4, 5], 3, 1))),
  smooth(
    'maxPool2dGradient',
    [
      [1, 1, 4, 5],
      [1, 1, 2, 2],
    ],
    (b, [x, g]) => square(b, maxPool2dGradient(b, x, g, 2, 2)),
  ),
];
