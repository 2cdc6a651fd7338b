/**
 * Derived operations: free functions over the primitives. Each uses `b.native` where the backend has it, with the same result. Those whose
 * composed derivative would be inexact or not finite declare it with `customGrad`. Axes may be negative; reduced axes stay with size 1.
 */
import { argumentError } from './errors.ts';
import { bernoulliSteps, type Key } from './random.ts';
import { resolveAxis, sizeOf } from './shapes.ts';
import type { Backend, CustomOp, Operand, TensorMeta } from './types.ts';

type Meta = TensorMeta;

/** A scalar tensor. */
export const scalar = <T extends Meta>(b: Backend<T>, x: number): T => b.fromData([x], []);
/** A tensor of one repeated number. */
export const full = <T extends Meta>(b: Backend<T>, shape: readonly number[], x: number): T => b.broadcast(scalar(b, x), shape);
/** A tensor of zeros. */
export const zeros = <T extends Meta>(b: Backend<T>, shape: readonly number[]): T => full(b, shape, 0);
/** 0, 1, ..., length - 1. */
export const range = <T extends Meta>(b: Backend<T>, length: number): T =>
  b.fromData(
    Float32Array.from({ length }, (_, i) => i),
    [length],
  );
/**
 * Random spikes, `[steps, ...shape]`: 1 with the given probability each, independently in every step, else 0. Drawn where `b` can
 * (`native.bernoulli`), else on the host (`bernoulliSteps`); the bits are the same.
 *
 * @param probability on the host, row-major, one per element of `shape`
 */
export const spikeTrains = <T extends Meta>(
  b: Backend<T>,
  key: Key,
  probability: Float32Array,
  shape: readonly number[],
  steps: number,
): T =>
  b.native.bernoulli?.(key, b.fromData(probability, shape), steps) ??
  b.fromData(bernoulliSteps(key, probability, steps), [steps, ...shape]);

/** -x. */
export const neg = <T extends Meta>(b: Backend<T>, x: T): T => b.mul(x, -1);
/** x * x. */
export const square = <T extends Meta>(b: Backend<T>, x: T): T => b.mul(x, x);
/** Smaller of the two, NaN if either is NaN. */
export const min = <T extends Meta>(b: Backend<T>, x: Operand<T>, y: Operand<T>): T => b.mul(b.max(b.mul(x, -1), b.mul(y, -1)), -1);
/** 1 where x >= y, else 0; 0 for NaN. */
export const greaterEqual = <T extends Meta>(b: Backend<T>, x: Operand<T>, y: Operand<T>): T => b.max(b.gt(x, y), equal(b, x, y));
/** 1 where x < y, else 0. */
export const less = <T extends Meta>(b: Backend<T>, x: Operand<T>, y: Operand<T>): T => b.gt(y, x);
/** 1 where x = y, else 0; 0 for NaN. */
export function equal<T extends Meta>(b: Backend<T>, x: Operand<T>, y: Operand<T>): T {
  const apart = b.max(b.gt(x, y), b.gt(y, x));
  return b.mul(b.sub(1, apart), b.mul(isNumber(b, x), isNumber(b, y)));
}

/** 1 where x is not NaN, else 0. */
export const isNumber = <T extends Meta>(b: Backend<T>, x: Operand<T>): T => b.max(b.gt(x, -Infinity), b.gt(Infinity, x));

const STOP: CustomOp = {
  name: 'stopGradient',
  forward: (b, x) => b.reshape(x, x.shape),
  vjp: () => [null],
};
/** x itself, through which no gradient flows. */
export const stopGradient = <T extends Meta>(b: Backend<T>, x: T): T => b.customGrad(STOP, x);

const SIGMOID: CustomOp = {
  name: 'sigmoid',
  forward: (b, x) => b.native.sigmoid?.(x) ?? b.div(1, b.add(1, b.exp(b.mul(x, -1)))),
  vjp: (b, g, _, y) => [b.mul(g, b.mul(y, b.sub(1, y)))],
};
/** 1 / (1 + e^-x); derivative y (1 - y), finite everywhere. */
export const sigmoid = <T extends Meta>(b: Backend<T>, x: T): T => b.customGrad(SIGMOID, x);

const TANH: CustomOp = {
  name: 'tanh',
  forward(b, x) {
    if (b.native.tanh) return b.native.tanh(x);
    // Cephes tanhf: a polynomial near 0, where 1 - 2 / (e^2x + 1) would cancel
    const square = b.mul(x, x);
    let p = b.add(b.mul(square, -5.70498872745e-3), 2.06390887954e-2);
    p = b.add(b.mul(p, square), -5.37397155531e-2);
    p = b.add(b.mul(p, square), 1.33314422036e-1);
    p = b.add(b.mul(p, square), -3.33332819422e-1);
    const near = b.add(b.mul(b.mul(p, square), x), x);
    const size = b.max(x, b.mul(x, -1));
    const tail = b.sub(1, b.div(2, b.add(b.exp(b.add(size, size)), 1)));
    return b.where(b.gt(size, 0.625), b.where(b.gt(x, 0), tail, b.mul(tail, -1)), near);
  },
  vjp: (b, g, _, y) => [b.mul(g, b.sub(1, b.mul(y, y)))],
};
/** Hyperbolic tangent; derivative 1 - y^2. */
export const tanh = <T extends Meta>(b: Backend<T>, x: T): T => b.customGrad(TANH, x);

/** log(1 + e) for e >= 0, corrected for the rounding of 1 + e (Kahan). Not differentiable: it divides what the rounding left. */
function log1p<T extends Meta>(b: Backend<T>, e: T): T {
  const u = b.add(1, e);
  const rounded = b.sub(u, 1);
  return b.where(rounded, b.div(b.mul(b.log(u), e), b.where(rounded, rounded, 1)), e);
}

const SOFTPLUS: CustomOp = {
  name: 'softplus',
  forward(b, x) {
    if (b.native.softplus) return b.native.softplus(x);
    return b.add(b.max(x, 0), log1p(b, b.exp(b.mul(b.max(x, b.mul(x, -1)), -1))));
  },
  vjp: (b, g, [x]) => [b.mul(g, sigmoid(b, x))],
};
/** log(1 + e^x), without overflow. */
export const softplus = <T extends Meta>(b: Backend<T>, x: T): T => b.customGrad(SOFTPLUS, x);

const ARCSINH: CustomOp = {
  name: 'arcsinh',
  forward(b, x) {
    // log1p(|x| + x^2 / (1 + sqrt(1 + x^2))) with the sign of x: log(x + sqrt(1 + x^2)) would cancel near 0
    const size = b.max(x, b.mul(x, -1));
    const root = b.add(1, b.sqrt(b.add(1, b.mul(x, x))));
    const y = log1p(b, b.add(size, b.mul(size, b.div(size, root))));
    return b.where(b.gt(0, x), b.mul(y, -1), y);
  },
  vjp: (b, g, [x]) => [b.div(g, b.sqrt(b.add(1, b.mul(x, x))))],
};
/** Inverse hyperbolic sine, log(x + sqrt(1 + x^2)), for |x| up to 1e19; derivative 1 / sqrt(1 + x^2). */
export const arcsinh = <T extends Meta>(b: Backend<T>, x: T): T => b.customGrad(ARCSINH, x);

/** max(x, 0); derivative 0 at 0. */
export const relu = <T extends Meta>(b: Backend<T>, x: T): T => b.native.relu?.(x) ?? b.max(x, 0);

/** -1, 0 or 1; no gradient. */
export const sign = <T extends Meta>(b: Backend<T>, x: T): T => b.sub(b.gt(x, 0), b.gt(0, x));

const ABS: CustomOp = {
  name: 'abs',
  forward: (b, x) => b.native.abs?.(x) ?? b.max(x, b.mul(x, -1)),
  vjp: (b, g, [x]) => [b.mul(g, sign(b, x))],
};
/** |x|; derivative 0 at 0. */
export const abs = <T extends Meta>(b: Backend<T>, x: T): T => b.customGrad(ABS, x);

const ROUND: CustomOp = {
  name: 'round',
  forward(b, x) {
    if (b.native.round) return b.native.round(x);
    const below = b.floor(x);
    const rest = b.sub(x, below);
    const odd = b.sub(below, b.mul(2, b.floor(b.mul(below, 0.5))));
    // up above a half, and at a half when the lower neighbour is odd
    return b.add(below, b.where(odd, b.sub(1, b.gt(0.5, rest)), b.gt(rest, 0.5)));
  },
  vjp: () => [null],
};
/** Nearest whole number, halves to even; no gradient. */
export const round = <T extends Meta>(b: Backend<T>, x: T): T => b.customGrad(ROUND, x);

/**
 * x limited to [low, high]; the gradient passes where low <= x <= high.
 *
 * @throws an `argument` error when low > high or either is NaN.
 */
export function clip<T extends Meta>(b: Backend<T>, x: T, low: number, high: number): T {
  if (!(low <= high)) throw argumentError(`clip: low must not be above high, but they are ${low} and ${high}.`);
  const op: CustomOp = {
    name: 'clip',
    forward: (c, y) => min(c, c.max(y, low), high),
    vjp: (c, g, [y]) => [c.where(c.max(c.gt(low, y), c.gt(y, high)), 0, g)],
  };
  return b.customGrad(op, x);
}

/**
 * x^exponent. Whole exponents from 0 to 64 multiply (any sign of x); others are e^(exponent log x), for x > 0.
 */
export function pow<T extends Meta>(b: Backend<T>, x: T, exponent: number | T): T {
  if (typeof exponent !== 'number' || !Number.isInteger(exponent) || exponent < 0 || exponent > 64) return b.exp(b.mul(exponent, b.log(x)));
  if (exponent === 0) return full(b, x.shape, 1);
  let result: T | null = null;
  let power = x;
  for (let n = exponent; n > 0; n >>= 1) {
    if (n & 1) result = result === null ? power : b.mul(result, power);
    if (n > 1) power = b.mul(power, power);
  }
  return exponent === 1 ? b.reshape(x, x.shape) : (result as T);
}

/** Mean over `axes` (default all), which stay with size 1. */
export function mean<T extends Meta>(b: Backend<T>, x: T, axes: readonly number[] = x.shape.map((_, i) => i)): T {
  const total = b.sum(x, axes);
  return b.div(total, sizeOf(x.shape) / sizeOf(total.shape));
}

/** Remove axes of size 1 (default: all of them). */
export function squeeze<T extends Meta>(b: Backend<T>, x: T, axes?: readonly number[]): T {
  const drop = axes?.map((axis) => resolveAxis('squeeze', axis, x.shape.length));
  const bad = drop?.find((axis) => x.shape[axis] !== 1);
  if (bad !== undefined) throw argumentError(`squeeze: axis ${bad} has size ${x.shape[bad]}, not 1.`);
  return b.reshape(
    x,
    x.shape.filter((n, i) => (drop ? !drop.includes(i) : n !== 1)),
  );
}

/** Sum of all elements, as a scalar. */
export const sumAll = <T extends Meta>(b: Backend<T>, x: T): T =>
  squeeze(
    b,
    b.sum(
      x,
      x.shape.map((_, i) => i),
    ),
  );

/** Stack tensors of one shape along a new first axis. */
export const stack = <T extends Meta>(b: Backend<T>, parts: readonly T[]): T =>
  b.concat(
    parts.map((x) => b.reshape(x, [1, ...x.shape])),
    0,
  );

/** Element `index` of the first axis, which is dropped. */
export const at = <T extends Meta>(b: Backend<T>, x: T, index: number): T =>
  b.reshape(
    b.slice(
      x,
      x.shape.map((_, i) => (i ? 0 : index)),
      [1, ...x.shape.slice(1)],
    ),
    x.shape.slice(1),
  );

/** Softmax along `axis`. */
export function softmax<T extends Meta>(b: Backend<T>, x: T, axis = -1): T {
  const a = resolveAxis('softmax', axis, x.shape.length);
  const op: CustomOp = {
    name: 'softmax',
    forward(c, y) {
      if (c.native.softmax) return c.native.softmax(y, a);
      const e = c.exp(c.sub(y, c.reduceMax(y, [a])));
      return c.div(e, c.sum(e, [a]));
    },
    vjp: (c, g, _, y) => [c.mul(y, c.sub(g, c.sum(c.mul(g, y), [a])))],
  };
  return b.customGrad(op, x);
}

/** Logarithm of the softmax along `axis`, without underflow. */
export function logSoftmax<T extends Meta>(b: Backend<T>, x: T, axis = -1): T {
  const a = resolveAxis('logSoftmax', axis, x.shape.length);
  const op: CustomOp = {
    name: 'logSoftmax',
    forward(c, y) {
      if (c.native.logSoftmax) return c.native.logSoftmax(y, a);
      const shifted = c.sub(y, c.reduceMax(y, [a]));
      return c.sub(shifted, c.log(c.sum(c.exp(shifted), [a])));
    },
    vjp: (c, g, _, y) => [c.sub(g, c.mul(c.exp(y), c.sum(g, [a])))],
  };
  return b.customGrad(op, x);
}

/** log of the sum of e^x along `axis`, which stays with size 1, without overflow. */
export function logSumExp<T extends Meta>(b: Backend<T>, x: T, axis = -1): T {
  const a = resolveAxis('logSumExp', axis, x.shape.length);
  const op: CustomOp = {
    name: 'logSumExp',
    forward(c, y) {
      const top = c.reduceMax(y, [a]);
      // where the largest is infinite there is nothing to shift by: Infinity - Infinity is NaN
      const shift = c.where(c.gt(1, c.sub(top, top)), top, 0);
      return c.add(shift, c.log(c.sum(c.exp(c.sub(y, shift)), [a])));
    },
    vjp: (c, g, [y], out) => [c.mul(g, c.exp(c.sub(y, out)))],
  };
  return b.customGrad(op, x);
}

/** Index (a float32 whole number) of the first largest element along `axis`, which stays with size 1; no gradient. */
export function argmax<T extends Meta>(b: Backend<T>, x: T, axis = -1): T {
  const a = resolveAxis('argmax', axis, x.shape.length);
  const count = x.shape[a];
  const op: CustomOp = {
    name: 'argmax',
    forward(c, y) {
      if (c.native.argmax) return c.native.argmax(y, a);
      // the largest of count - index over the largest elements belongs to the first of them
      const rank = c.reshape(c.sub(count, range(c, count)), [count, ...new Array<number>(y.shape.length - 1 - a).fill(1)]);
      return c.sub(count, c.reduceMax(c.where(c.gt(c.reduceMax(y, [a]), y), 0, rank), [a]));
    },
    vjp: () => [null],
  };
  return b.customGrad(op, x);
}

/** `[...] -> [..., classes]`: 1 at the index, else 0. Indices outside 0 ... classes - 1 give all zeros. */
export function oneHot<T extends Meta>(b: Backend<T>, indices: T, classes: number): T {
  if (!Number.isInteger(classes) || classes < 1)
    throw argumentError(`oneHot: classes must be a whole number of at least 1, but is ${classes}.`);
  return b.native.oneHot?.(indices, classes) ?? equal(b, b.reshape(indices, [...indices.shape, 1]), range(b, classes));
}

/** Rows of `x` (`[N, ...]`) at `indices` (any shape `I`): `[...I, ...]`. An index outside 0 ... N - 1 gives zeros. */
export function gather<T extends Meta>(b: Backend<T>, x: T, indices: T): T {
  if (x.shape.length === 0) throw argumentError('gather: x is a scalar; it needs a first axis to choose from.');
  if (b.native.gather) return b.native.gather(x, indices);
  const rest = x.shape.slice(1);
  const chosen = oneHot(b, b.reshape(indices, [sizeOf(indices.shape)]), x.shape[0]);
  return b.reshape(b.matmul(chosen, b.reshape(x, [x.shape[0], sizeOf(rest)])), [...indices.shape, ...rest]);
}

/** Running sum along `axis`: element i is the sum of elements 0 ... i. */
export function cumulativeSum<T extends Meta>(b: Backend<T>, x: T, axis = -1): T {
  const a = resolveAxis('cumulativeSum', axis, x.shape.length);
  if (b.native.cumulativeSum) return b.native.cumulativeSum(x, a);
  const n = x.shape[a];
  const index = range(b, n);
  const lower = b.sub(1, b.gt(b.reshape(index, [1, n]), b.reshape(index, [n, 1])));
  const order = [a, ...x.shape.keys()].filter((axis, i) => i === 0 || axis !== a);
  const moved = b.permute(x, order);
  const summed = b.reshape(b.matmul(lower, b.reshape(moved, [n, sizeOf(x.shape) / n])), moved.shape);
  return b.permute(
    summed,
    order.map((_, i) => order.indexOf(i)),
  );
}

/** `x W + bias`: `[..., inputs] x [inputs, outputs] -> [..., outputs]`, any leading axes. */
export function linear<T extends Meta>(b: Backend<T>, x: T, weight: T, bias?: T): T {
  const inputs = x.shape[x.shape.length - 1];
  if (weight.shape.length !== 2 || weight.shape[0] !== inputs) {
    throw argumentError(
      `linear: weight must be [${inputs}, outputs] for inputs of shape [${x.shape.join(', ')}], but is [${weight.shape.join(', ')}].`,
    );
  }
  const lead = x.shape.slice(0, -1);
  const flat = x.shape.length === 2 ? x : b.reshape(x, [sizeOf(lead), inputs]);
  const product = b.matmul(flat, weight);
  const y = bias === undefined ? product : b.add(product, bias);
  return x.shape.length === 2 ? y : b.reshape(y, [...lead, weight.shape[1]]);
}
