/** Check derivatives against finite differences, in one random direction: the cost does not grow with the number of parameters. */
import {
  arena,
  argumentError,
  type Backend,
  type Key,
  type MapTree,
  normal,
  randomKey,
  sizeOf,
  split,
  type TensorMeta,
  treeFlatten,
} from '@snn/core';
import type { Var } from './autodiff.ts';
import { grad } from './grad.ts';

/** Both sides of the comparison. */
export interface GradcheckResult {
  /** <gradient, direction>. */
  readonly derivative: number;
  /** (f(x + h d) - f(x - h d)) / 2h. */
  readonly difference: number;
  /** |derivative - difference| / max(1, |difference|). */
  readonly error: number;
  readonly tolerance: number;
  readonly ok: boolean;
}

/**
 * Compare the gradient of `f` at `inputs` with a central difference along a random direction of length about 1.
 *
 * With relative rounding error e of the backend (`supports.relativeError`), the step h = e^(1/3) balances the truncation error O(h^2) against
 * the rounding error O(e / h); both are then of the order e^(2/3), and the tolerance is 50 times that: 7e-10 in float64, 8e-4 in float32.
 * `f` must be smooth near `inputs`, and of size about 1. Only for backends with `readSync`.
 */
export function gradcheck<T extends TensorMeta, P>(
  b: Backend<T>,
  f: <U extends TensorMeta>(b: Backend<U>, inputs: MapTree<P, U>) => U,
  inputs: P,
  options: { readonly seed?: number } = {},
): GradcheckResult {
  if (!b.readSync)
    throw argumentError(`gradcheck: backend '${b.name}' has no readSync; check the function on one that has, such as the CPU backend.`);
  const read = (x: T): ArrayLike<number> => (b.readSync as NonNullable<typeof b.readSync>)(x);
  const { leaves, unflatten } = treeFlatten<T>(inputs);
  const keys: readonly Key[] = split(randomKey(options.seed ?? 0), leaves.length);
  const total = leaves.reduce((n, x) => n + sizeOf(x.shape), 0);
  const directions = leaves.map((x, i) => normal(keys[i], sizeOf(x.shape)).map((d) => d / Math.sqrt(total)));

  const h = Math.cbrt(b.supports.relativeError);
  const scope = arena(b);
  const moved = (step: number): number => {
    const at = leaves.map((x, k) =>
      scope.fromData(
        Float64Array.from(read(x), (v, i) => v + step * directions[k][i]),
        x.shape,
      ),
    );
    return read(f(scope, unflatten<MapTree<P, T>>(at)))[0];
  };
  let difference = 0;
  let derivative = 0;
  try {
    difference = (moved(h) - moved(-h)) / (2 * h);
    const gradient = grad<T, P, []>(scope, (ad, p) => f<Var<T>>(ad, p), inputs);
    treeFlatten<T>(gradient).leaves.forEach((g, k) => {
      const values = read(g);
      for (let i = 0; i < values.length; i++) derivative += values[i] * directions[k][i];
    });
  } finally {
    scope.release();
  }
  const error = Math.abs(derivative - difference) / Math.max(1, Math.abs(difference));
  const tolerance = 50 * b.supports.relativeError ** (2 / 3);
  return { derivative, difference, error, tolerance, ok: error <= tolerance };
}
