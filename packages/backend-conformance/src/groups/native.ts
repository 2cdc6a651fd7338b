/** Fast paths: each entry of `native` gives what the derived operation gives without it. */
import {
  abs,
  argmax,
  avgPool2d,
  avgPool2dGradient,
  type Backend,
  type Conv2dOptions,
  conv2d,
  conv2dInputGradient,
  conv2dWeightGradient,
  cumulativeSum,
  gather,
  logSoftmax,
  maxPool2d,
  maxPool2dGradient,
  type NativeOps,
  oneHot,
  randomKey,
  relu,
  round,
  sigmoid,
  softmax,
  softplus,
  spikeTrains,
  type TensorMeta,
  tanh,
} from '@snn/core';
import type { Case, Context, Group, Need } from '../case.ts';
import { check, checkMeta, checkNumbers, type Data, tensor, vector } from '../check.ts';
import { edgeNumbers, random } from '../samples.ts';

type Calls = <T extends TensorMeta>(b: Backend<T>, c: Context<T>) => readonly T[];

/** Ordinary and extreme arguments of a function of one number. */
const curve = ({ seed, supports }: Context<TensorMeta>): Data =>
  vector(
    ...random(seed, 'curve', [200]).data.map((x) => Math.fround(4 * x)),
    ...edgeNumbers(supports).filter((x) => supports.nonFinite || Math.abs(x) < 1e4),
    30,
    -30,
    0.625,
    -0.625,
    2.5,
    -2.5,
    3.5,
  );

const pointwise =
  (f: <T extends TensorMeta>(b: Backend<T>, x: T) => T): Calls =>
  (b, c) => [f(b, tensor(b, curve(c as unknown as Context<TensorMeta>)))];

const images = (c: { readonly seed: number }): Data => random(c.seed, 'images', [2, 3, 7, 6]);

/** Geometries: where windows overlap, leave pixels out and reach over the edge. */
const CONVOLUTIONS: readonly Conv2dOptions[] = [
  {},
  { stride: 2 },
  { padding: 1 },
  { dilation: 2 },
  { padding: 3 },
  { stride: 3, padding: 2, dilation: 2 },
];
const POOLS: readonly (readonly [size: number, stride: number])[] = [
  [2, 2],
  [3, 2],
  [2, 3],
  [1, 1],
];

/** Images, kernels, and a cotangent of their convolution for each geometry. */
function convolutions<T extends TensorMeta>(b: Backend<T>, c: { readonly seed: number }) {
  const x = tensor(b, images(c));
  const weight = tensor(b, random(c.seed, 'kernels', [4, 3, 3, 2]));
  const cotangents = CONVOLUTIONS.map((options, i) => ({
    options,
    g: tensor(b, random(c.seed, `cotangent ${i}`, conv2d(b, x, weight, options).shape)),
  }));
  return { x, weight, cotangents };
}

/** Images with ties, and a cotangent of each pool. */
const pooled = <T extends TensorMeta>(b: Backend<T>, c: { readonly seed: number }) =>
  [tensor(b, images(c)), b.gt(tensor(b, images(c)), 0.5)].flatMap((x) =>
    POOLS.map(([size, stride], i) => ({
      x,
      g: tensor(b, random(c.seed, `cotangent ${i}`, maxPool2d(b, x, size, stride).shape)),
      size,
      stride,
    })),
  );

const alongAxes =
  (f: <T extends TensorMeta>(b: Backend<T>, x: T, axis: number) => T): Calls =>
  (b, c) => {
    const x = tensor(b, random(c.seed, 'axes', [3, 4, 5]));
    const tied = b.fromData([1, 3, 3, 2, 2, 2, -1, -5, -1], [3, 3]);
    return [f(b, x, 0), f(b, x, 1), f(b, x, -1), f(b, tied, 0), f(b, tied, 1)];
  };

const CASES: Readonly<Record<keyof NativeOps<TensorMeta>, Calls>> = {
  sigmoid: pointwise(sigmoid),
  tanh: pointwise(tanh),
  softplus: pointwise(softplus),
  relu: pointwise(relu),
  abs: pointwise(abs),
  round: pointwise(round),
  softmax: alongAxes(softmax),
  logSoftmax: alongAxes(logSoftmax),
  argmax: alongAxes(argmax),
  cumulativeSum: alongAxes(cumulativeSum),
  oneHot: (b) => [oneHot(b, b.fromData([0, 2, 1, 3, -1, 0.5], [2, 3]), 3)],
  gather: (b, c) => {
    const x = tensor(b, random(c.seed, 'rows', [4, 2, 3]));
    return [gather(b, x, b.fromData([3, 0, 0, 2, 4, -1], [3, 2])), gather(b, b.fromData([-0, 5], [2]), b.fromData([0, 1, 1.5], [3]))];
  },
  conv2d: (b, c) => {
    const x = tensor(b, images(c));
    const weight = tensor(b, random(c.seed, 'kernels', [4, 3, 3, 2]));
    return [...CONVOLUTIONS.map((options) => conv2d(b, x, weight, options)), conv2d(b, b.gt(x, 0.5), weight, { padding: 1 })];
  },
  conv2dInputGradient: (b, c) => {
    const { x, weight, cotangents } = convolutions(b, c);
    return cotangents.map(({ g, options }) => conv2dInputGradient(b, g, weight, [x.shape[2], x.shape[3]], options));
  },
  conv2dWeightGradient: (b, c) => {
    const { x, weight, cotangents } = convolutions(b, c);
    return [x, b.gt(x, 0.5)].flatMap((y) =>
      cotangents.map(({ g, options }) => conv2dWeightGradient(b, y, g, [weight.shape[2], weight.shape[3]], options)),
    );
  },
  avgPool2d: (b, c) => POOLS.map(([size, stride]) => avgPool2d(b, tensor(b, images(c)), size, stride)),
  avgPool2dGradient: (b, c) =>
    pooled(b, c).map(({ x, g, size, stride }) => avgPool2dGradient(b, g, [x.shape[2], x.shape[3]], size, stride)),
  maxPool2d: (b, c) => POOLS.map(([size, stride]) => maxPool2d(b, tensor(b, images(c)), size, stride)),
  maxPool2dGradient: (b, c) => pooled(b, c).map(({ x, g, size, stride }) => maxPool2dGradient(b, x, g, size, stride)),
  bernoulli: (b, c) => [
    spikeTrains(b, randomKey(c.seed), Float32Array.of(0, 0.1, 0.5, 0.9, 1, 0.25), [2, 3], 4),
    spikeTrains(b, randomKey(c.seed + 1), Float32Array.of(0.5), [], 9),
  ],
};

async function agrees<T extends TensorMeta>(c: Context<T>, name: string, calls: Calls): Promise<void> {
  const slow: Backend<T> = { ...c.b, native: {} };
  const got = calls(c.b, c);
  // customGrad of the backend itself hands its own fast paths on: take it from one that has none
  const want = calls({ ...slow, customGrad: (op, ...inputs) => op.forward(slow, ...inputs) }, c);
  for (let i = 0; i < want.length; i++) {
    const what = `native.${name}, example ${i}`;
    checkMeta(what, got[i], want[i]);
    const numbers = await c.b.read(want[i]);
    // derived operations are made for float32: a fast path of a more precise backend may be more exact
    const relative = 64 * Math.max(c.supports.relativeError, 2 ** -23);
    checkNumbers(c, what, await c.b.read(got[i]), numbers, (k) => (c.supports.exactF32 ? 0 : relative * (1 + Math.abs(numbers[k]))));
  }
}

const has = (name: keyof NativeOps<TensorMeta>): Need => ({ claim: `native.${name}`, holds: (b) => b.native[name] !== undefined });

export const native: Group = {
  name: 'native',
  cases: [
    {
      name: 'native holds no unknown names',
      run({ bare }) {
        for (const name of Object.keys(bare.native))
          check(name in CASES, `native.${name}: the contract knows no such operation; it knows ${Object.keys(CASES).join(', ')}.`);
      },
    },
    ...(Object.entries(CASES) as [keyof NativeOps<TensorMeta>, Calls][]).map(
      ([name, calls]): Case => ({
        name: `native ${name} equals the derived operation`,
        needs: has(name),
        run: (c) => agrees(c, name, calls),
      }),
    ),
  ],
};
