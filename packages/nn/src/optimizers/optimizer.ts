/**
 * What an optimiser is: a pure pair of functions, as in optax. `update` turns gradients into updates, which `applyUpdates` adds to the
 * parameters. What needs memory keeps it in a state tree; the number of the step is an argument, so that schedules are plain functions of it.
 */
import { argumentError, type Backend, type Operand, type TensorMeta, type Tree, treeMap, treeZip, zeros } from '@snn/core';

/** A learning rate: a number, or a function of the number of the step (0 for the first). */
export type Schedule = number | ((step: number) => number);

/** An optimiser, or a part of one for `chain`. */
export interface Optimizer {
  readonly name: string;
  /** State before the first step. */
  init<T extends TensorMeta>(b: Backend<T>, parameters: Tree<T>): Tree<T>;
  /**
   * The numbers of an update that change from step to step, such as rates. An optimiser that has them is compiled, once for all steps: its
   * `update` must take them from its last argument when that is there, and make no other use of the number of the step.
   */
  numbers?(step: number): readonly number[];
  /**
   * Updates, to be added to the parameters, and the next state.
   *
   * @param step number of the step, 0 for the first.
   * @param numbers what `numbers` gives for this step, as scalars. Default: just that.
   */
  update<T extends TensorMeta>(
    b: Backend<T>,
    gradients: Tree<T>,
    state: Tree<T>,
    parameters: Tree<T>,
    step: number,
    numbers?: readonly Operand<T>[],
  ): readonly [Tree<T>, Tree<T>];
}

/** Parameters plus updates, as a new tree. */
export const applyUpdates = <T extends TensorMeta>(b: Backend<T>, parameters: Tree<T>, updates: Tree<T>): Tree<T> =>
  treeZip<Tree<T>>(parameters, updates, (p: T, u: T) => b.add(p, u));

/** Parts one after the other: the updates of each are the gradients of the next, as in `chain(clipByNorm(1), adam(1e-3))`. */
export function chain(...parts: readonly Optimizer[]): Optimizer {
  if (parts.length === 0) throw argumentError('chain: needs at least one optimiser.');
  const numbersOf = parts.map((part) => part.numbers?.bind(part)).filter((numbers) => numbers !== undefined);
  return {
    name: parts.map((part) => part.name).join(', '),
    ...(numbersOf.length === parts.length && { numbers: (step: number) => numbersOf.flatMap((numbers) => numbers(step)) }),
    init: (b, parameters) => parts.map((part) => part.init(b, parameters)),
    update<T extends TensorMeta>(
      b: Backend<T>,
      gradients: Tree<T>,
      states: readonly Tree<T>[],
      parameters: Tree<T>,
      step: number,
      numbers?: readonly Operand<T>[],
    ): readonly [Tree<T>, Tree<T>] {
      let updates = gradients;
      let taken = 0;
      const next = parts.map((part, i) => {
        const own = numbers?.slice(taken, (taken += numbersOf[i](step).length));
        const [after, state] = part.update(b, updates, states[i], parameters, step, own);
        updates = after;
        return state;
      });
      return [updates, next];
    },
  };
}

/**
 * The learning rate at a step.
 *
 * @throws an `argument` error when it is not a finite number of at least 0.
 */
export function rateAt(name: string, schedule: Schedule, step: number): number {
  const rate = typeof schedule === 'number' ? schedule : schedule(step);
  if (!(Number.isFinite(rate) && rate >= 0))
    throw argumentError(`${name}: the learning rate must be a finite number of at least 0, but is ${rate} at step ${step}.`);
  return rate;
}

/**
 * Throw unless `low <= value < high`.
 *
 * @throws an `argument` error that names the option.
 */
export function checkRange(what: string, value: number, low: number, high: number): void {
  if (!(value >= low && value < high)) throw argumentError(`${what}: must be from ${low} up to, not including, ${high}, but is ${value}.`);
}

/** A tree of zeros like `tree`. */
export const zerosLike = <T extends TensorMeta>(b: Backend<T>, tree: Tree<T>): Tree<T> =>
  treeMap<Tree<T>>(tree, (x: T) => zeros(b, x.shape));
