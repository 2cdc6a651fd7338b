/** Gradients of functions over trees of tensors: `vjp`, `valueAndGrad`, `grad`. */
import { argumentError, type Backend, isTensor, type MapTree, type TensorMeta, treeFlatten, treeMap, zeros } from '@snn/core';
import { autodiff, temporaries, type Var } from './autodiff.ts';

/** Arguments as a differentiated function sees them: each tensor is a `Var`. */
export type Vars<T extends TensorMeta, A extends readonly unknown[]> = { readonly [K in keyof A]: MapTree<A[K], Var<T>> };

/** Result of `vjp`. */
export interface Vjp<T extends TensorMeta, X, Y> {
  /** What the function returned, as handles of the inner backend. */
  readonly output: Y;
  /** Gradients with respect to `inputs` (zeros where there is no dependence) from one cotangent per tensor of the output. */
  pullback(cotangents: readonly T[]): X;
}

const unwrap = <Y>(tree: unknown): Y => treeMap<Y>(tree, (leaf: Var<TensorMeta>) => (isTensor(leaf) ? leaf.value : leaf));

/**
 * Run `f(b', inputs)` and return its output with the function that pulls cotangents back.
 *
 * @param inputs a tree of float32 tensors; the output may be any tree.
 * @throws a `dtype` error when an input is not float32, an `argument` error when the number of cotangents is not that of the output's tensors.
 */
export function vjp<T extends TensorMeta, X, Y>(
  b: Backend<T>,
  f: (b: Backend<Var<T>>, inputs: MapTree<X, Var<T>>) => Y,
  inputs: X,
): Vjp<T, X, MapTree<Y, T>> {
  const ad = autodiff(b);
  const { leaves, unflatten } = treeFlatten<T>(inputs);
  const variables = leaves.map((x) => ad.variable(x));
  const output = f(ad, unflatten(variables));
  const outputs = treeFlatten<unknown>(output).leaves.filter(isTensor) as Var<T>[];
  return {
    output: unwrap(output),
    pullback(cotangents: readonly T[]): X {
      if (cotangents.length !== outputs.length) {
        throw argumentError(
          `pullback: the function returned ${outputs.length} tensors, but ${cotangents.length} cotangents came; give one for each.`,
        );
      }
      return unflatten(ad.backward(outputs, cotangents, variables).map((g, i) => g ?? zeros(b, leaves[i].shape)));
    },
  };
}

/** A function to differentiate: it returns a scalar loss, or `[loss, auxiliary]` where the auxiliary tree is passed through. */
export type LossFunction<T extends TensorMeta, P, A extends readonly unknown[], X> = (
  b: Backend<Var<T>>,
  parameters: MapTree<P, Var<T>>,
  ...rest: Vars<T, A>
) => Var<T> | readonly [Var<T>, X];

/**
 * `[loss, gradient, auxiliary]`: the value of `f(b', parameters, ...rest)` and its gradient with respect to `parameters`, a tree like it. The
 * other arguments are constants. All that was made on the way is released; the results belong to the caller.
 *
 * @throws a `dtype` error when a parameter is not float32, an `argument` error when the loss is not a scalar.
 */
export function valueAndGrad<T extends TensorMeta, P, A extends readonly unknown[], X = undefined>(
  b: Backend<T>,
  f: LossFunction<T, P, A, X>,
  parameters: P,
  ...rest: A
): readonly [T, P, MapTree<X, T>] {
  const scope = temporaries(b);
  try {
    const ad = autodiff(scope);
    const { leaves, unflatten } = treeFlatten<T>(parameters);
    const variables = leaves.map((x) => ad.variable(x));
    const constants = treeMap<Vars<T, A>>(rest, (x: T) => (isTensor(x) ? ad.constant(x as T) : x));
    const result = f(ad, unflatten(variables), ...constants);
    const [loss, auxiliary] = (Array.isArray(result) ? result : [result, undefined]) as [Var<T>, X];
    if (loss.shape.length > 0)
      throw argumentError(`valueAndGrad: the loss must be a scalar, but has shape [${loss.shape}]; sum or average it.`);
    const gradients = ad.backward([loss], [scope.fromData([1], [])], variables).map((g, i) => g ?? zeros(scope, leaves[i].shape));
    // handles of their own: a loss or auxiliary may be a parameter or an input itself, which stays its owner's
    const fresh = (x: T): T => (isTensor(x) ? scope.reshape(x, x.shape) : x);
    return scope.keep([fresh(loss.value), unflatten<P>(gradients), treeMap<MapTree<X, T>>(unwrap(auxiliary), fresh)] as const);
  } finally {
    scope.release();
  }
}

/** The gradient of `f(b', parameters, ...rest)`: `valueAndGrad` without the value. */
export function grad<T extends TensorMeta, P, A extends readonly unknown[]>(
  b: Backend<T>,
  f: (b: Backend<Var<T>>, parameters: MapTree<P, Var<T>>, ...rest: Vars<T, A>) => Var<T>,
  parameters: P,
  ...rest: A
): P {
  const [loss, gradient] = valueAndGrad<T, P, A>(b, f, parameters, ...rest);
  b.dispose(loss);
  return gradient;
}
