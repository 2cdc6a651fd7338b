/**
 * `defineBackend` turns an implementation of the primitives into a backend: it checks every argument once, for all backends, adds
 * `customGrad` (whose temporaries are released at once), and refuses the use of disposed tensors. An implementation may rely on valid, resolved arguments.
 */
import { disposedError, dtypeError, shapeError, unsupportedError } from './errors.ts';
import { callOp, mapOps } from './ops.ts';
import { checkShape, infer, sizeOf } from './shapes.ts';
import type {
  Backend,
  CustomOp,
  DType,
  Executable,
  GradientStrategy,
  MemoryInfo,
  NativeOps,
  Primitives,
  StepProgram,
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
  compile?(step: StepProgram, steps: number, gradient?: GradientStrategy): Promise<Executable<T>>;
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
  const { name, supports, native, readSync } = implementation;
  const disposed = new WeakSet<object>();
  const checkAlive = (op: string, inputs: readonly unknown[]): void => {
    for (const x of inputs)
      if (disposed.has(x as object)) throw disposedError(`${op}: a tensor of shape [${(x as TensorMeta).shape}] was disposed; keep it.`);
  };
  const checkRank = (op: string, shape: readonly number[]): void => {
    if (shape.length > supports.maxRank)
      throw unsupportedError(`${op}: '${name}' takes ranks to ${supports.maxRank}, not ${shape.length}.`);
  };
  // what the forward function of the running customGrad has made so far
  let made: T[] | null = null;
  const log = (x: T): T => {
    made?.push(x);
    return x;
  };

  const fast: Record<string, unknown> = {};
  for (const op in native) {
    fast[op] = (...args: never[]): T => {
      checkAlive(op, args);
      return log((native[op as keyof NativeOps<T>] as (...args: never[]) => T)(...args));
    };
  }
  const ops = mapOps<T>((op) => (inputs, attributes) => {
    const { shape, attributes: resolved } = infer(op, inputs, attributes);
    checkRank(op, shape);
    checkAlive(op, inputs);
    // of numbers alone the first becomes a tensor: an implementation always gets one
    const scalar = inputs.every((x) => typeof x === 'number') && implementation.fromData([inputs[0] as number], [], 'float32');
    const output = callOp(implementation, op, scalar ? [scalar, ...inputs.slice(1)] : inputs, resolved);
    if (scalar) implementation.dispose(scalar);
    return log(output);
  });

  const backend: Backend<T> = {
    ...implementation,
    ...ops,
    spec: 1,
    native: fast as Partial<NativeOps<T>>,
    readSync:
      readSync &&
      ((x: T): TypedArray => {
        checkAlive('readSync', [x]);
        return readSync(x);
      }),
    fromData(data: ArrayLike<number>, shape: readonly number[], dtype: DType = 'float32'): T {
      checkShape('fromData', shape);
      checkRank('fromData', shape);
      if (!supports.dtypes.includes(dtype)) throw dtypeError(`fromData: '${name}' takes ${supports.dtypes}, not ${dtype}.`);
      if (data?.length !== sizeOf(shape))
        throw shapeError(`fromData: shape [${shape}] takes ${sizeOf(shape)} numbers, not ${data?.length}.`);
      return log(implementation.fromData(data, [...shape], dtype));
    },
    // async, so that a disposed tensor is a rejected promise and not a thrown error
    async read(x: T): Promise<TypedArray> {
      checkAlive('read', [x]);
      return implementation.read(x);
    },
    dispose(x: T): void {
      if (disposed.has(x)) return;
      disposed.add(x);
      implementation.dispose(x);
    },
    customGrad(op: CustomOp, ...inputs: readonly T[]): T {
      const outer = made;
      const temporaries: T[] = [];
      made = temporaries;
      let output: T | null = null;
      try {
        output = op.forward(backend, ...inputs);
        return output;
      } finally {
        made = outer;
        for (const x of temporaries) {
          if (x === output) log(x);
          else backend.dispose(x);
        }
      }
    },
  };
  return backend;
}
