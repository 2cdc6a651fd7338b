/**
 * `defineBackend` turns an implementation of the primitives into a backend: it checks every argument once, for all backends, adds
 * `customGrad` (whose temporaries are released at once), and refuses the use of disposed tensors. An implementation may rely on valid, resolved arguments.
 */
import { arena } from './arena.ts';
import { argumentError, disposedError, dtypeError, shapeError, unsupportedError } from './errors.ts';
import { callOp, mapOps } from './ops.ts';
import { checkShape, infer, sizeOf } from './shapes.ts';
import type {
  Backend,
  CustomOp,
  DType,
  Executable,
  MemoryInfo,
  NativeOps,
  Primitives,
  Program,
  Supports,
  TensorMeta,
  TypedArray,
} from './types.ts';

/** What the author of a backend writes. */
export interface BackendImplementation<T extends TensorMeta> extends Primitives<T> {
  readonly name: string;
  readonly supports: Supports;
  readonly native?: Partial<NativeOps<T>>;
  readSync?(x: T): TypedArray;
  memory?(): MemoryInfo;
  compile?(program: Program): Promise<Executable<T>>;
}

/**
 * Make a backend of an implementation.
 *
 * The implementation's operations are called with checked arguments: shapes fit, axes are non-negative and ascending, tensors are alive, and
 * of two operands at least one is a tensor.
 *
 * @throws an `argument`, `shape`, `dtype` or `disposed` error from each operation when its arguments are wrong.
 */
export function defineBackend<T extends TensorMeta>(implementation: BackendImplementation<T>): Backend<T> {
  const { name, supports, native = {}, readSync, memory, compile } = implementation;
  const disposed = new WeakSet<object>();
  const alive = (op: string, x: T): T => {
    if (disposed.has(x))
      throw disposedError(
        `${op}: a tensor of shape [${x.shape.join(', ')}] was used after it had been disposed; \`keep\` it in its arena.`,
      );
    return x;
  };
  const scalar = (x: number): T => implementation.fromData([x], [], 'float32');

  const ops = mapOps<T>((op) => (inputs, attributes) => {
    const { shape, attributes: resolved } = infer(op, inputs, attributes);
    if (shape.length > supports.maxRank)
      throw unsupportedError(`${op}: rank ${shape.length} is above the largest of backend '${name}', ${supports.maxRank}.`);
    for (const x of inputs) if (typeof x !== 'number') alive(op, x);
    const numbersOnly = inputs.every((x) => typeof x === 'number');
    return callOp(implementation, op, numbersOnly ? [scalar(inputs[0] as number), ...inputs.slice(1)] : inputs, resolved);
  });

  const backend: Backend<T> = {
    ...ops,
    spec: 1,
    name,
    supports,
    native,
    fromData(data: ArrayLike<number>, shape: readonly number[], dtype: DType = 'float32'): T {
      checkShape('fromData', shape);
      if (!supports.dtypes.includes(dtype))
        throw dtypeError(`fromData: backend '${name}' takes ${supports.dtypes.join(', ')}, but not '${dtype}'.`);
      if (typeof data?.length !== 'number') throw argumentError('fromData: data must be an array or a typed array.');
      if (data.length !== sizeOf(shape))
        throw shapeError(`fromData: ${data.length} numbers came for shape [${shape.join(', ')}], which holds ${sizeOf(shape)}.`);
      return implementation.fromData(data, [...shape], dtype);
    },
    // async, so that a disposed tensor is a rejected promise and not a thrown error
    read: async (x: T): Promise<TypedArray> => implementation.read(alive('read', x)),
    dispose(x: T): void {
      if (disposed.has(x)) return;
      disposed.add(x);
      implementation.dispose(x);
    },
    customGrad(op: CustomOp, ...inputs: readonly T[]): T {
      const scope = arena(backend);
      try {
        return scope.keep(op.forward(scope, ...inputs));
      } finally {
        scope.release();
      }
    },
  };
  if (readSync) backend.readSync = (x: T): TypedArray => readSync(alive('readSync', x));
  if (memory) backend.memory = memory;
  if (compile) backend.compile = compile;
  return backend;
}
