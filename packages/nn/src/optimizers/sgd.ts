/**
 * Stochastic gradient descent with momentum, as torch computes it:
 *
 *   v = mu v + g            v = 0 before the first step
 *   p = p - rate v          nesterov: p = p - rate (g + mu v)
 */
import { argumentError, type Backend, checkNames, type Operand, type TensorMeta, type Tree, treeMap, treeZip } from '@snn/core';
import { checkRange, type Optimizer, rateAt, type Schedule, zerosLike } from './optimizer.ts';

/** Options of `sgd`. */
export interface SgdOptions {
  /** mu, 0 up to 1. Default 0. */
  readonly momentum?: number;
  /** Look ahead along the momentum. Default false. */
  readonly nesterov?: boolean;
}

/** Stochastic gradient descent. */
export function sgd(rate: Schedule, options: SgdOptions = {}): Optimizer {
  checkNames('sgd', options, ['momentum', 'nesterov']);
  const { momentum = 0, nesterov = false } = options;
  checkRange('sgd: momentum', momentum, 0, 1);
  if (nesterov && momentum === 0) throw argumentError('sgd: nesterov needs a momentum above 0.');
  const numbers = (step: number): readonly number[] => [-rateAt('sgd', rate, step)];
  return {
    name: 'sgd',
    numbers,
    init: (b, parameters) => (momentum === 0 ? null : zerosLike(b, parameters)),
    update<T extends TensorMeta>(
      b: Backend<T>,
      gradients: Tree<T>,
      state: Tree<T>,
      _parameters: Tree<T>,
      step: number,
      [by]: readonly Operand<T>[] = numbers(step),
    ): readonly [Tree<T>, Tree<T>] {
      if (momentum === 0) return [treeMap<Tree<T>>(gradients, (g: T) => b.mul(g, by)), null];
      const velocity = treeZip<Tree<T>>(state, gradients, (v: T, g: T) => b.add(b.mul(v, momentum), g));
      const direction = nesterov ? treeZip<Tree<T>>(gradients, velocity, (g: T, v: T) => b.add(g, b.mul(v, momentum))) : velocity;
      return [treeMap<Tree<T>>(direction, (v: T) => b.mul(v, by)), velocity];
    },
  };
}
