/**
 * The backend: each operation of the contract as one or a few kernels of tfjs, on whatever device is active. Handles are `tf.Tensor`s themselves.
 * Neither tfjs' derivatives nor its `tidy` are used: gradients are `@snn/autodiff`'s business, memory an arena's.
 */
import { scheduled } from '@snn/compile';
import {
  argumentError,
  type Backend,
  broadcastShapes,
  callOp,
  type DType,
  defineBackend,
  disposedError,
  dtypeError,
  isTensor,
  mapOps,
  type NativeOps,
  type Operand,
  type Ops,
  sizeOf,
  type TypedArray,
  unsupportedError,
} from '@snn/core';
import { supportsOf } from './devices.ts';
import { computeOn } from './kernels.ts';
import { nativeOps } from './native.ts';
import type { Handle, Tf, TfTensor } from './tf.ts';
import { maxOnWasm, sliceOnWasm } from './wasm.ts';

/** A backend whose tensors are `tf.Tensor`s; `X` is that class. */
export interface TfjsBackend<X extends TfTensor> extends Backend<Handle<X>> {
  /** The device of tfjs that it runs on, as in `wasm`. */
  readonly device: string;
  /**
   * A tensor that was made elsewhere, as a handle: the same object, not a copy. It stays its owner's: no arena disposes it.
   *
   * @throws an `argument` error when it is no tensor of tfjs, a `disposed` error when it is no longer alive, a `dtype` error when it holds
   *   strings or complex numbers.
   */
  fromTensor(x: X): Handle<X>;
}

const ARRAYS = { float32: Float32Array, int32: Int32Array, bool: Uint8Array } as const;
const isDType = (dtype: string): dtype is DType => dtype in ARRAYS;

/** Data as tfjs takes it: a copy, since its CPU device keeps the array that it is given. */
function arrayOf(data: ArrayLike<number>, dtype: DType): Float32Array | Int32Array | Uint8Array {
  if (dtype === 'bool') return Uint8Array.from(data, (x) => (x ? 1 : 0));
  const array = ARRAYS[dtype].from(data);
  const broken = dtype === 'int32' ? array.findIndex((x, i) => x !== data[i]) : -1;
  if (broken >= 0) throw dtypeError(`fromData: ${data[broken]} at index ${broken} is not a whole number of 32 bits, which int32 needs.`);
  return array;
}

/**
 * A backend on the device that is active in `tf` now, as `await tf.setBackend('wasm')` made it.
 *
 * @param tf the module: `import * as tf from '@tensorflow/tfjs-core'`, with a device registered and ready.
 * @throws an `unsupported` error when no device is active. Its operations throw one when another device has become active, since what the
 *   manifest says would not be true there.
 */
export function tfjs<X extends TfTensor>(tf: Tf<X>): TfjsBackend<X> {
  type T = Handle<X>;
  const device = tf.getBackend();
  if (!device)
    throw unsupportedError(
      "tfjs: no device is active; import one, as '@tensorflow/tfjs-backend-wasm', and wait: await tf.setBackend('wasm'); await tf.ready().",
    );
  const supports = supportsOf(device);
  const compute = computeOn(tf);
  const onWasm = device === 'wasm';

  const checkHandle = (op: string, x: unknown): void => {
    const { dataId, dtype, isDisposed, shape } = x as X;
    if (dataId === undefined)
      throw argumentError(
        `${op}: a tensor of shape [${shape}] is not a tf.Tensor but belongs to another backend; read it there and give the data to fromData.`,
      );
    if (isDisposed) throw disposedError(`${op}: a tensor of shape [${shape}] was disposed by tfjs; take it out of tf.tidy with tf.keep.`);
    if (!isDType(dtype)) throw dtypeError(`${op}: a tensor of shape [${shape}] holds ${dtype}; this backend takes ${supports.dtypes}.`);
  };
  const checkDevice = (op: string): void => {
    const active = tf.getBackend();
    if (active !== device)
      throw unsupportedError(
        `${op}: this backend was made for the device '${device}', but tfjs is on '${active}' now; go back with tf.setBackend('${device}'), or make a backend for '${active}'.`,
      );
  };
  const check = (op: string, inputs: readonly unknown[]): void => {
    checkDevice(op);
    for (const x of inputs) if (isTensor(x)) checkHandle(op, x);
  };

  const shapeOf = (x: Operand<T>): readonly number[] => (typeof x === 'number' ? [] : x.shape);
  const binary =
    (kernel: string) =>
    (a: Operand<T>, b: Operand<T>): T =>
      compute((k) => k.run(kernel, { a: k.floats(a), b: k.floats(b) }));
  const unary =
    (kernel: string) =>
    (x: T): T =>
      compute((k) => k.run(kernel, { x: k.floats(x) }));

  const operations: Ops<T> = {
    add: binary('Add'),
    sub: binary('Sub'),
    mul: binary('Multiply'),
    div: binary('RealDiv'),
    max: onWasm ? maxOnWasm(compute) : binary('Maximum'),
    gt: (a, b) => compute((k) => k.cast(k.run('Greater', { a: k.floats(a), b: k.floats(b) }), 'float32')),
    where: (condition, a, b) =>
      compute((k) => {
        const shape = [condition.shape, shapeOf(a), shapeOf(b)].reduce((x, y) => broadcastShapes('where', x, y));
        // not a cast to bool, which makes 0 of 0.5 on some devices
        const chosen = k.run('NotEqual', { a: k.floats(condition), b: k.floats(0) });
        const branch = (x: Operand<T>): X => (typeof x === 'number' ? k.fill(shape, x) : k.broadcast(k.floats(x), shape));
        return k.run('Select', { condition: k.broadcast(chosen, shape), t: branch(a), e: branch(b) });
      }),
    exp: unary('Exp'),
    log: unary('Log'),
    sqrt: unary('Sqrt'),
    floor: unary('Floor'),
    sum: (x, axes) =>
      compute((k) => {
        const floats = k.floats(x);
        const rest = x.shape.slice(axes.length);
        // over leading axes a product with ones is several times faster than the kernel, which transposes first
        if (axes.length === 0 || rest.length === 0 || axes.some((axis, i) => axis !== i))
          return k.run('Sum', { x: floats }, { axis: [...axes], keepDims: true });
        const columns = sizeOf(rest);
        const rows = sizeOf(x.shape) / columns;
        const b = k.reshape(floats, [rows, columns]);
        const total = k.run('BatchMatMul', { a: k.fill([1, rows], 1), b }, { transposeA: false, transposeB: false });
        return k.reshape(total, [...axes.map(() => 1), ...rest]);
      }),
    reduceMax: (x, axes) => compute((k) => k.run('Max', { x: k.floats(x) }, { reductionIndices: [...axes], keepDims: true })),
    matmul: (a, b) => compute((k) => k.run('BatchMatMul', { a: k.floats(a), b: k.floats(b) }, { transposeA: false, transposeB: false })),
    // shares the data, which tfjs keeps as long as anyone does
    reshape: (x, shape) => compute((k) => k.reshape(x, shape)),
    permute: (x, axes) => compute((k) => k.permute(x, axes)),
    // one more reshape, since `x` that has the shape already would be `x` itself
    broadcast: (x, shape) => compute((k) => k.reshape(k.broadcast(x, shape), shape)),
    slice: onWasm
      ? sliceOnWasm(tf, compute)
      : (x, begin, size) => compute((k) => k.run('Slice', { x }, { begin: [...begin], size: [...size] })),
    concat: (parts, axis) => compute((k) => k.run('Concat', parts, { axis })),
  };
  const native: Record<string, unknown> = {};
  for (const [op, f] of Object.entries(nativeOps(tf, compute, device)))
    native[op] = (...inputs: unknown[]): T => {
      check(op, inputs);
      return (f as (...inputs: unknown[]) => T)(...inputs);
    };

  const numbers = (x: T, data: ArrayLike<number> | readonly string[]): TypedArray => ARRAYS[x.dtype].from(data as ArrayLike<number>);
  const backend: Backend<T> = defineBackend<T>({
    name: `tfjs-${device}`,
    supports,
    native: native as Partial<NativeOps<T>>,
    ...mapOps<T>((op) => (inputs, attributes) => {
      check(op, inputs);
      return callOp(operations, op, inputs, attributes);
    }),
    fromData(data, shape, dtype = 'float32') {
      checkDevice('fromData');
      return tf.tensor(arrayOf(data, dtype), [...shape], dtype) as T;
    },
    async read(x) {
      check('read', [x]);
      return numbers(x, await x.data());
    },
    ...(supports.syncRead && {
      readSync(x: T): TypedArray {
        check('readSync', [x]);
        return numbers(x, x.dataSync());
      },
    }),
    dispose: (x) => x.dispose(),
    memory() {
      const { numTensors, numBytes } = tf.memory();
      return { tensors: numTensors, bytes: numBytes };
    },
    compile: async (step, _steps, gradient) => scheduled(backend, step, 'tfjs runs kernels of its own only', gradient),
  });
  return {
    ...backend,
    device,
    fromTensor(x) {
      checkHandle('fromTensor', x);
      return x as T;
    },
  };
}
