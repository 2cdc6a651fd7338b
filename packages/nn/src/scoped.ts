/** Memory of one computation: its temporaries go, its result stays. */
import { type Arena, arena, type Backend, type TensorMeta } from '@snn/core';

/** `f` with an arena around it; the tensors of its result, a tree, belong to the caller. */
export function scoped<T extends TensorMeta, X>(b: Backend<T>, f: (scope: Arena<T>) => X): X {
  const scope = arena(b);
  try {
    return scope.keep(f(scope));
  } finally {
    scope.release();
  }
}
