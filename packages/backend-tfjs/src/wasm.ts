/**
 * What the WebAssembly device of tfjs 4.22 does slowly or wrongly, done in another way. Times are of `[100, 16, 256]` numbers on one core, Node 24.
 */
import type { Operand, TensorMeta } from '@snn/core';
import type { Compute } from './kernels.ts';
import type { Handle, Tf, TfTensor } from './tf.ts';

/** The device, as far as it is used. */
interface WasmDevice {
  /** Elements from `start` up to, not including, `end`. */
  readSync(data: object, start: number, end: number): Float32Array | Int32Array | Uint8Array;
}

/** Larger of the two. The kernel loses a NaN that is its second operand. */
export const maxOnWasm =
  <X extends TfTensor>(compute: Compute<X>) =>
  (a: Operand<Handle<X>>, b: Operand<Handle<X>>): Handle<X> =>
    compute((k) => {
      const [x, y] = typeof a === 'number' ? [k.floats(b), k.floats(a)] : [k.floats(a), k.floats(b)];
      const top = k.run('Maximum', { a: x, b: y });
      if ([a, b].some((operand) => typeof operand === 'number' && !Number.isNaN(operand))) return top;
      const lost = k.broadcast(k.run('NotEqual', { a: y, b: y }), top.shape);
      return k.run('Select', { condition: lost, t: k.broadcast(y, top.shape), e: top });
    });

/** Whether a box is one run of elements: all of each axis behind the first that it takes more than one of. */
function isRun(shape: readonly number[], size: readonly number[]): boolean {
  const first = size.findIndex((n) => n > 1);
  return first < 0 || size.every((n, axis) => axis <= first || n === shape[axis]);
}

/**
 * A box of elements. The kernel copies the whole of `x` before it takes one row out of it (3.6 ms; a loop over time takes T rows of T), so a
 * run of elements is taken out of the device's memory directly (0.05 ms).
 */
export const sliceOnWasm =
  <X extends TfTensor>(tf: Tf<X>, compute: Compute<X>) =>
  (x: Handle<X>, begin: readonly number[], size: readonly number[]): Handle<X> =>
    compute((k) => {
      if (!isRun(x.shape, size)) return k.run('Slice', { x }, { begin: [...begin], size: [...size] });
      const start = begin.reduce((at, index, axis) => at * x.shape[axis] + index, 0);
      const count = size.reduce((n, m) => n * m, 1);
      const values = (tf.backend() as WasmDevice).readSync(x.dataId, start, start + count);
      return tf.tensor(values, [...size], (x as TensorMeta).dtype);
    });
