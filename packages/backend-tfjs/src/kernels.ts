/**
 * Running tfjs kernels by name, without `tidy`: what an operation makes on its way is recorded and disposed, what it gives is not. Kernels are
 * called by name and not by `tf.add`, which would check and convert once more what `defineBackend` has checked.
 */
import { type DType, type Operand, sameShape } from '@snn/core';
import type { Handle, Tf, TfTensor } from './tf.ts';

/** What an operation is written with. Everything that it gives is a temporary, except for what the operation returns. */
export interface Kernels<X extends TfTensor> {
  /** Run a kernel. */
  run(name: string, inputs: Readonly<Record<string, X>> | readonly X[], attributes?: object): X;
  /** A tensor, or a number as a scalar tensor, as float32. */
  floats(x: Operand<X>): X;
  /** `shape` filled with one number, as float32. */
  fill(shape: readonly number[], value: number): X;
  /** `x` repeated to `shape`; `x` itself if it has that shape. */
  broadcast(x: X, shape: readonly number[]): X;
  /** Axis `i` of the result is axis `axes[i]` of `x`. */
  permute(x: X, axes: readonly number[]): X;
  reshape(x: X, shape: readonly number[]): X;
  cast(x: X, dtype: DType): X;
}

/** Runs an operation and disposes its temporaries, also when it throws. */
export type Compute<X extends TfTensor> = (operation: (k: Kernels<X>) => X) => Handle<X>;

/** The runner of operations on `tf`. */
export function computeOn<X extends TfTensor>(tf: Tf<X>): Compute<X> {
  return (operation) => {
    const made: X[] = [];
    const own = (x: X): X => {
      made.push(x);
      return x;
    };
    const kernels: Kernels<X> = {
      run: (name, inputs, attributes) => own(tf.engine().runKernel(name, inputs, attributes) as X),
      floats(x) {
        if (typeof x === 'number') return own(tf.tensor(Float32Array.of(x), [], 'float32'));
        return x.dtype === 'float32' ? x : kernels.cast(x, 'float32');
      },
      fill: (shape, value) => kernels.run('Fill', {}, { shape: [...shape], value, dtype: 'float32' }),
      broadcast(x, shape) {
        if (sameShape(x.shape, shape)) return x;
        // arithmetic repeats faster than Tile does: 0.7 against 99 ms for [16, 256] to [100, 16, 256] on WebAssembly
        if (x.dtype === 'float32') return kernels.run('Multiply', { a: x, b: kernels.fill(shape, 1) });
        const padded = [...new Array<number>(shape.length - x.shape.length).fill(1), ...x.shape];
        return kernels.run('Tile', { x: kernels.reshape(x, padded) }, { reps: shape.map((size, axis) => size / padded[axis]) });
      },
      permute: (x, axes) => kernels.run('Transpose', { x }, { perm: [...axes] }),
      reshape: (x, shape) => kernels.run('Reshape', { x }, { shape: [...shape] }),
      cast: (x, dtype) => kernels.run('Cast', { x }, { dtype }),
    };
    let result: X | null = null;
    try {
      result = operation(kernels);
      return result as Handle<X>;
    } finally {
      for (const x of made) if (x !== result) x.dispose();
    }
  };
}
