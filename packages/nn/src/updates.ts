/** The optimiser's updates from one batch: one, or more under rules that learn while a sequence runs. */
import { type Arena, type TensorMeta, type Tree, treeLeaves } from '@snn/core';
import type { Updater } from './optimizers/updater.ts';
import { scoped } from './scoped.ts';

/** Where the updates have come to. */
export interface Updates<T> {
  readonly parameters: Tree<T>;
  readonly memory: Tree<T>;
  /** A scalar: 0 if all parameters were always finite, else NaN; null before the first update. */
  readonly broken: T | null;
  readonly count: number;
  /** Apply gradients; returns the new parameters. Those from before stay until the next update, so that a rule can compare them. */
  update(gradients: Tree<T>): Tree<T>;
}

/**
 * Begin to update `parameters` and the optimiser's `memory`, which stay their owner's. What is made belongs to `scope`.
 *
 * @param step number of updates that came before.
 */
export function updatesOf<T extends TensorMeta>(
  scope: Arena<T>,
  updater: Updater<T>,
  parameters: Tree<T>,
  memory: Tree<T>,
  step: number,
): Updates<T> {
  const handles = (...trees: readonly Tree<T>[]): readonly T[] => trees.flatMap((tree) => treeLeaves<T>(tree).map(({ value }) => value));
  const given = new Set(handles(parameters, memory));
  let now: { readonly parameters: Tree<T>; readonly memory: Tree<T>; readonly broken: T | null } = { parameters, memory, broken: null };
  let before: Tree<T> = parameters;
  let count = 0;
  return {
    get parameters() {
      return now.parameters;
    },
    get memory() {
      return now.memory;
    },
    get broken() {
      return now.broken;
    },
    get count() {
      return count;
    },
    update(gradients) {
      const last = now;
      now = scoped(scope, (inner) => {
        const made = updater.update(inner, gradients, last.memory, last.parameters, step + count);
        return { ...made, broken: last.broken === null ? made.broken : inner.add(last.broken, made.broken) };
      });
      count++;
      const kept = new Set([...given, ...handles(last.parameters, now.parameters, now.memory)]);
      for (const x of handles(before, last.memory, last.broken)) if (!kept.has(x)) scope.dispose(x);
      before = last.parameters;
      return now.parameters;
    },
  };
}
