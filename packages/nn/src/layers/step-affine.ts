/**
 * A scale and a shift of their own for every step of a sequence: y[t] = x[t] scale[t] + shift[t]. What `fold` leaves of normalisations whose numbers
 * differ from step to step. After the last of its steps, those of the last step are used.
 */
import { type Backend, gather, min, type TensorMeta, type Tree, zeros } from '@snn/core';
import { type Context, expectShape, type Layer } from '../layer.ts';

/** x scale + shift: for all steps, `[C]` or for images `[C, 1, 1]`, or with the steps first. */
export type Affine<T> = { readonly scale: T; readonly shift: T };

/** The number of the step, `[B]`. */
export type Counted<T> = { readonly step: T };

/** One step with the numbers of step `state.step`. */
export function affineStep<T extends TensorMeta>(
  b: Backend<T>,
  { scale, shift }: Affine<T>,
  { step }: Counted<T>,
  input: T,
): readonly [T, Counted<T>] {
  const now = min(b, step, Math.max(scale.shape[0], shift.shape[0]) - 1);
  return [b.add(b.mul(input, gather(b, scale, now)), gather(b, shift, now)), { step: b.add(step, 1) }];
}

/**
 * A layer of parameters `scale` and `shift`, both `[T, C]` or `[T, 1]` (images `[T, C, 1, 1]`, `[T, 1, 1, 1]`): inputs `[B, ...shape]` to outputs
 * of that shape. It starts as the identity for `steps` steps.
 */
export function stepAffine(shape: readonly number[], steps: number): Layer {
  const numbers = [steps, ...shape.map(() => 1)];
  return {
    name: 'stepAffine',
    outputShape(input, path) {
      expectShape('stepAffine', path, shape, input);
      return shape;
    },
    init: <T extends TensorMeta>(b: Backend<T>): Affine<T> => ({
      scale: b.broadcast(b.fromData([1], []), numbers),
      shift: zeros(b, numbers),
    }),
    initialState: <T extends TensorMeta>(b: Backend<T>, _used: unknown, [batch]: readonly number[]): Counted<T> => ({
      step: zeros(b, [batch]),
    }),
    step<T extends TensorMeta>(b: Backend<T>, used: Affine<T>, state: Tree<T>, input: T, context: Context<T>): readonly [T, Tree<T>] {
      expectShape('stepAffine', context.path, shape, input.shape.slice(1));
      return affineStep(b, used, state as Counted<T>, input);
    },
  };
}
