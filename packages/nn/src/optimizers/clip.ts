/** Gradient clipping, as a part of `chain`. */
import { argumentError, type Backend, square, sumAll, type TensorMeta, type Tree, treeLeaves, treeMap } from '@snn/core';
import type { Optimizer } from './optimizer.ts';

/**
 * Scale all gradients together so that their joint Euclidean norm is at most `limit`.
 *
 * @throws an `argument` error when the limit is not above 0.
 */
export function clipByNorm(limit: number): Optimizer {
  if (!(limit > 0)) throw argumentError(`clipByNorm: the limit must be above 0, but is ${limit}.`);
  return {
    name: 'clipByNorm',
    numbers: () => [],
    init: () => null,
    update<T extends TensorMeta>(b: Backend<T>, gradients: Tree<T>): readonly [Tree<T>, null] {
      const squares = treeLeaves<T>(gradients).map(({ value }) => sumAll(b, square(b, value)));
      if (squares.length === 0) return [gradients, null];
      const norm = b.sqrt(squares.reduce((total, x) => b.add(total, x)));
      // never above 1, and finite for a norm of 0
      const factor = b.div(limit, b.max(norm, limit));
      return [treeMap<Tree<T>>(gradients, (g: T) => b.mul(g, factor)), null];
    },
  };
}
