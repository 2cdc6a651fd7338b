/**
 * An arena: a backend that remembers what was made through it and releases all of it together. Lexical (it is a value, there is no current
 * arena), so it survives `await` and interleaved jobs. Forgetting to `keep` a result is a loud error at its next use, never a silent leak.
 */
import { callOp, mapOps } from './ops.ts';
import { isTensor, treeMap } from './tree.ts';
import type { Backend, CustomOp, DType, NativeOps, TensorMeta } from './types.ts';

/** A backend whose results belong to it until they are kept. */
export interface Arena<T extends TensorMeta> extends Backend<T> {
  /** Take all tensors of a tree out of the arena: they outlive it. Returns the tree. */
  keep<X>(tree: X): X;
  /** Dispose everything made through the arena and not kept. Twice is harmless. */
  release(): void;
  [Symbol.dispose](): void;
}

/** Scope the memory of `b`: `using a = arena(b)`, or call `release()` in a `finally`. */
export function arena<T extends TensorMeta>(b: Backend<T>): Arena<T> {
  const owned = new Set<T>();
  const own = (x: T): T => {
    owned.add(x);
    return x;
  };
  const native: Record<string, unknown> = {};
  for (const [name, f] of Object.entries(b.native)) native[name] = (...args: unknown[]) => own((f as (...args: unknown[]) => T)(...args));
  const release = (): void => {
    for (const x of owned) b.dispose(x);
    owned.clear();
  };
  const scoped: Arena<T> = {
    ...b,
    ...mapOps<T>((op) => (inputs, attributes) => own(callOp(b, op, inputs, attributes))),
    native: native as Partial<NativeOps<T>>,
    fromData: (data: ArrayLike<number>, shape: readonly number[], dtype?: DType): T => own(b.fromData(data, shape, dtype)),
    dispose(x: T): void {
      owned.delete(x);
      b.dispose(x);
    },
    customGrad(op: CustomOp, ...inputs: readonly T[]): T {
      const output = b.customGrad(op, ...inputs);
      return inputs.includes(output) ? output : own(output);
    },
    keep<X>(tree: X): X {
      treeMap(tree, (leaf: T) => isTensor(leaf) && owned.delete(leaf));
      return tree;
    },
    release,
    [Symbol.dispose]: release,
  };
  return scoped;
}
