/**
 * Trees: nested records and arrays with tensors (or any other values) at the leaves; parameters, states and gradients are trees. `null` is an
 * empty subtree: the state of a stateless layer. Functions here name the path of what is wrong, as in `layers[2].state.v`.
 */
import { argumentError } from './errors.ts';
import type { TensorMeta } from './types.ts';

/** A nested structure with leaves of type `L`. */
export type Tree<L> = L | null | readonly Tree<L>[] | { readonly [name: string]: Tree<L> };

/** The same structure with every tensor replaced by `U`. */
export type MapTree<X, U> = X extends TensorMeta
  ? U
  : X extends null | undefined | number | string | boolean
    ? X
    : { readonly [K in keyof X]: MapTree<X[K], U> };

/** Whether a value is a tensor handle of any backend: it has a shape and a dtype. */
export const isTensor = (x: unknown): x is TensorMeta =>
  typeof x === 'object' && x !== null && Array.isArray((x as TensorMeta).shape) && 'dtype' in x;

/** Whether a value is a leaf: neither null nor a list nor a plain record. */
const isLeaf = (x: unknown): boolean => {
  if (typeof x !== 'object' || x === null) return x !== null && x !== undefined;
  if (Array.isArray(x)) return false;
  if (isTensor(x)) return true;
  const prototype = Object.getPrototypeOf(x);
  return prototype !== Object.prototype && prototype !== null;
};

/**
 * Apply `f(leaf, path)` to each leaf; structure and key order are kept.
 *
 * `X` is the tree's own type; give the result's with the second type argument.
 */
export function treeMap<Y = unknown, X = unknown>(tree: X, f: (leaf: never, path: string) => unknown, path = ''): Y {
  const g = f as (leaf: unknown, path: string) => unknown;
  if (tree === null || tree === undefined) return tree as unknown as Y;
  if (isLeaf(tree)) return g(tree, path) as Y;
  if (Array.isArray(tree)) return tree.map((child, i) => treeMap(child, f, `${path}[${i}]`)) as Y;
  const result: Record<string, unknown> = {};
  for (const [name, child] of Object.entries(tree)) result[name] = treeMap(child, f, path ? `${path}.${name}` : name);
  return result as Y;
}

/** A leaf and where it stands. */
export interface Leaf<L> {
  readonly path: string;
  readonly value: L;
}

/** All leaves in order, with their paths. */
export function treeLeaves<L = unknown>(tree: unknown): Leaf<L>[] {
  const leaves: Leaf<L>[] = [];
  treeMap(tree, (value: L, path: string) => leaves.push({ path, value }));
  return leaves;
}

/** Leaves and a function that puts new ones in their places. */
export interface Flattened<L> {
  readonly leaves: readonly L[];
  /** @throws an `argument` error when the number of leaves differs. */
  unflatten<Y = unknown>(leaves: readonly unknown[]): Y;
}

/** Take a tree apart into its leaves. */
export function treeFlatten<L = unknown>(tree: unknown): Flattened<L> {
  const leaves = treeLeaves<L>(tree).map((leaf) => leaf.value);
  return {
    leaves,
    unflatten<Y>(values: readonly unknown[]): Y {
      if (values.length !== leaves.length)
        throw argumentError(`unflatten: the tree has ${leaves.length} leaves, but ${values.length} came.`);
      let next = 0;
      return treeMap<Y>(tree, () => values[next++]);
    },
  };
}

/**
 * Apply `f(a, b, path)` to the leaves of two trees of one structure.
 *
 * @throws an `argument` error that names the path where the structures differ.
 */
export function treeZip<Y = unknown>(a: unknown, b: unknown, f: (a: never, b: never, path: string) => unknown): Y {
  const other = treeLeaves(b);
  let next = 0;
  const result = treeMap<Y>(a, (leaf: unknown, path: string) => {
    const match = other[next++];
    if (match?.path !== path)
      throw argumentError(
        `treeZip: the first tree has '${path}' where the second has ${match ? `'${match.path}'` : 'nothing'}; they need one structure.`,
      );
    return (f as (a: unknown, b: unknown, path: string) => unknown)(leaf, match.value, path);
  });
  if (next < other.length)
    throw argumentError(`treeZip: the second tree has '${other[next].path}', which the first lacks; they need one structure.`);
  return result;
}
