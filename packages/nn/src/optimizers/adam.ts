/**
 * Adam and its relatives, as torch computes them; n = step + 1:
 *
 *   m = b1 m + (1 - b1) g,   c1 = 1 - b1^n
 *   adam, adamW   v = b2 v + (1 - b2) g^2,        p = p - rate / c1  m / (sqrt(v) / sqrt(1 - b2^n) + epsilon)
 *   adamW         p = p - rate decay p  before that
 *   adamax        u = max(b2 u, |g| + epsilon),   p = p - rate / c1  m / u
 *
 * Kingma, Ba: Adam (ICLR 2015); Loshchilov, Hutter: Decoupled weight decay regularization (ICLR 2019).
 */
import { abs, type Backend, checkNames, type Operand, square, type TensorMeta, type Tree, treeZip } from '@snn/core';
import { checkRange, type Optimizer, rateAt, type Schedule, zerosLike } from './optimizer.ts';

/** Options of `adam` and `adamax`. */
export interface AdamOptions {
  /** Decay of the mean gradient, 0 up to 1. Default 0.9. */
  readonly beta1?: number;
  /** Decay of the size of the gradient, 0 up to 1. Default 0.999. */
  readonly beta2?: number;
  /** Keeps the division finite. Default 1e-8. */
  readonly epsilon?: number;
}

/** Options of `adamW`. */
export interface AdamWOptions extends AdamOptions {
  /** Share of each parameter that is taken away per step, times the rate. Default 0.01. */
  readonly decay?: number;
}

type Moments<T> = { readonly mean: Tree<T>; readonly size: Tree<T> };

/** How the second moment is kept, and what the first is divided by. */
interface Size {
  next<T extends TensorMeta>(b: Backend<T>, size: T, g: T): T;
  /** `root` is sqrt(1 - beta2^n). */
  denominator<T extends TensorMeta>(b: Backend<T>, size: T, root: Operand<T>): T;
}

function moments(name: string, rate: Schedule, beta1: number, beta2: number, size: Size): Optimizer & Required<Pick<Optimizer, 'numbers'>> {
  const numbers = (step: number): readonly number[] => [
    -rateAt(name, rate, step) / (1 - beta1 ** (step + 1)),
    Math.sqrt(1 - beta2 ** (step + 1)),
  ];
  return {
    name,
    numbers,
    init: (b, parameters) => ({ mean: zerosLike(b, parameters), size: zerosLike(b, parameters) }),
    update<T extends TensorMeta>(
      b: Backend<T>,
      gradients: Tree<T>,
      state: Moments<T>,
      _parameters: Tree<T>,
      step: number,
      given: readonly Operand<T>[] = numbers(step),
    ): readonly [Tree<T>, Moments<T>] {
      const [by, root] = given;
      const mean = treeZip<Tree<T>>(state.mean, gradients, (m: T, g: T) => b.add(b.mul(m, beta1), b.mul(g, 1 - beta1)));
      const sizes = treeZip<Tree<T>>(state.size, gradients, (s: T, g: T) => size.next(b, s, g));
      const updates = treeZip<Tree<T>>(mean, sizes, (m: T, s: T) => b.mul(b.div(m, size.denominator(b, s, root)), by));
      return [updates, { mean, size: sizes }];
    },
  };
}

function checked(name: string, options: AdamOptions): Required<AdamOptions> {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = options;
  checkRange(`${name}: beta1`, beta1, 0, 1);
  checkRange(`${name}: beta2`, beta2, 0, 1);
  checkRange(`${name}: epsilon`, epsilon, 0, Number.POSITIVE_INFINITY);
  return { beta1, beta2, epsilon };
}

function named(name: string, rate: Schedule, options: AdamOptions): ReturnType<typeof moments> {
  const { beta1, beta2, epsilon } = checked(name, options);
  return moments(name, rate, beta1, beta2, {
    next: (b, v, g) => b.add(b.mul(v, beta2), b.mul(square(b, g), 1 - beta2)),
    denominator: (b, v, root) => b.add(b.div(b.sqrt(v), root), epsilon),
  });
}

/** Adam. */
export function adam(rate: Schedule = 1e-3, options: AdamOptions = {}): Optimizer {
  checkNames('adam', options, ['beta1', 'beta2', 'epsilon']);
  return named('adam', rate, options);
}

/** Adam with decoupled weight decay. */
export function adamW(rate: Schedule = 1e-3, options: AdamWOptions = {}): Optimizer {
  checkNames('adamW', options, ['beta1', 'beta2', 'epsilon', 'decay']);
  const { decay = 0.01 } = options;
  checkRange('adamW: decay', decay, 0, Number.POSITIVE_INFINITY);
  const inner = named('adamW', rate, options);
  const numbers = (step: number): readonly number[] => [...inner.numbers(step), -rateAt('adamW', rate, step) * decay];
  return {
    ...inner,
    numbers,
    update<T extends TensorMeta>(
      b: Backend<T>,
      gradients: Tree<T>,
      state: Tree<T>,
      parameters: Tree<T>,
      step: number,
      given: readonly Operand<T>[] = numbers(step),
    ) {
      const [updates, next] = inner.update(b, gradients, state, parameters, step, given);
      return [treeZip<Tree<T>>(updates, parameters, (u: T, p: T) => b.add(u, b.mul(p, given[2]))), next] as const;
    },
  };
}

/** Adam with the largest instead of the mean square gradient. */
export function adamax(rate: Schedule = 2e-3, options: AdamOptions = {}): Optimizer {
  checkNames('adamax', options, ['beta1', 'beta2', 'epsilon']);
  const { beta1, beta2, epsilon } = checked('adamax', options);
  return moments('adamax', rate, beta1, beta2, {
    next: (b, u, g) => b.max(b.mul(u, beta2), b.add(abs(b, g), epsilon)),
    denominator: (_, u) => u,
  });
}
