/** Trees of tensors, as learning rules handle them. */
import { autodiff, type Var } from '@snn/autodiff';
import { type Backend, isTensor, type TensorMeta, type Tree, treeFlatten, treeLeaves, zeros } from '@snn/core';
import { type Layer, prepare, type UsedParameters } from '@snn/nn';

/** Tensors of a tree, in order; numbers are left out. */
export const tensorsOf = <T extends TensorMeta>(tree: unknown): readonly T[] =>
  treeLeaves<T | number>(tree).flatMap(({ value }) => (isTensor(value) ? [value as T] : []));

/** A tree like `tree` with other tensors in place of its own. */
export function withTensors<X>(tree: unknown, tensors: readonly unknown[]): X {
  const { leaves, unflatten } = treeFlatten<unknown>(tree);
  let next = 0;
  return unflatten<X>(leaves.map((leaf) => (isTensor(leaf) ? tensors[next++] : leaf)));
}

/** Release the tensors of `old` that are not in `kept`. */
export function replace<T extends TensorMeta>(b: Backend<T>, old: unknown, kept: unknown): void {
  const stay = new Set<T>(tensorsOf<T>(kept));
  for (const x of tensorsOf<T>(old)) if (!stay.has(x)) b.dispose(x);
}

/** What the steps of a network use, and the way back to what is trained. */
export interface Prepared<T> {
  /** Tensors and numbers, as `network.step` takes them. */
  readonly used: UsedParameters<T>;
  /** Gradients of the raw parameters, a tree like them, from those of the tensors in `used`, in order; null is zero. */
  toRaw(gradients: readonly (T | null)[]): Tree<T>;
}

/** Apply the constraints of raw parameters. The values live as long as what was made through `b`. */
export function prepared<T extends TensorMeta>(b: Backend<T>, network: Layer, raw: Tree<T>): Prepared<T> {
  const ad = autodiff(b);
  const { leaves, unflatten } = treeFlatten<T>(raw);
  const variables = leaves.map((x) => ad.variable(x));
  const used = prepare(ad, network, unflatten<Tree<Var<T>>>(variables));
  const outputs = tensorsOf<Var<T>>(used);
  return {
    used: withTensors<UsedParameters<T>>(
      used,
      outputs.map(({ value }) => value),
    ),
    toRaw(gradients) {
      const given = outputs.flatMap((output, i) => (gradients[i] ? [{ output, gradient: gradients[i] as T }] : []));
      const found = ad.backward(
        given.map(({ output }) => output),
        given.map(({ gradient }) => gradient),
        variables,
      );
      return unflatten(found.map((g, i) => g ?? zeros(b, leaves[i].shape)));
    },
  };
}

/** The sum of two gradients where either may be none. */
export const addTo = <T extends TensorMeta>(b: Backend<T>, sum: T | null, x: T | null): T | null =>
  sum === null || x === null ? (sum ?? x) : b.add(sum, x);
