/**
 * A compiled run over time as one operation with a derivative, so that what is around it (constraints of parameters, losses, other networks)
 * is differentiated as usual: `overTime(autodiff(b), ...)` gives gradients through an executable of `b`.
 */
import { type Backend, type CustomOp, type Executable, sizeOf, type TensorMeta, unsupportedError } from '@snn/core';

/** An executable and the run whose values it holds: gradients of an earlier run repeat it. */
export interface RunningExecutable {
  readonly executable: Executable<TensorMeta>;
  latest: object | null;
}

/** Outputs of all steps `[T, ...]` and the states after the last. */
export interface OverTime<T> {
  readonly outputs: T;
  readonly states: readonly T[];
}

/**
 * Run an executable over handles of `b`, which is the backend that compiled it or a decorator of it.
 *
 * @throws a `shape` error when something has another size than the step was compiled for.
 */
export function overTime<T extends TensorMeta>(
  b: Backend<T>,
  running: RunningExecutable,
  parameters: readonly T[],
  states: readonly T[],
  inputs: T,
): OverTime<T> {
  const shapes: Shapes = [];
  const packed = b.customGrad(operation(running, parameters.length, shapes), ...parameters, ...states, inputs);
  const [outputs, ...final] = unpack(b, packed, shapes);
  return { outputs, states: final };
}

/** Shapes of the tensors that one vector holds. */
type Shapes = (readonly number[])[];

/** Tensors one after the other as one vector, since an operation has one result. They are released. */
function pack<T extends TensorMeta>(b: Backend<T>, tensors: readonly T[], shapes: Shapes): T {
  shapes.splice(0, shapes.length, ...tensors.map(({ shape }) => shape));
  const packed = b.concat(
    tensors.map((x) => b.reshape(x, [sizeOf(x.shape)])),
    0,
  );
  for (const x of tensors) b.dispose(x);
  return packed;
}

/** The tensors that `pack` put together. */
function unpack<T extends TensorMeta>(b: Backend<T>, packed: T, shapes: Shapes): T[] {
  let start = 0;
  return shapes.map((shape) => {
    const size = sizeOf(shape);
    start += size;
    return b.reshape(b.slice(packed, [start - size], [size]), shape);
  });
}

/** Parameters, states and inputs to outputs and last states, packed. */
function operation(running: RunningExecutable, parameterCount: number, shapes: Shapes): CustomOp {
  // handles are those of the backend that compiled: decorators pass their inner ones down to it
  const executableOf = <T extends TensorMeta>(): Executable<T> => running.executable as unknown as Executable<T>;
  const token = {};
  const forward = <T extends TensorMeta>(given: readonly T[]): readonly T[] => {
    const { outputs, states } = executableOf<T>().run(
      given.slice(0, parameterCount),
      given.slice(parameterCount, -1),
      given[given.length - 1],
    );
    running.latest = token;
    return [outputs, ...states];
  };
  return {
    name: 'overTime',
    forward: (b, ...given) => pack(b, forward(given), shapes),
    vjp(b, g, inputs, _output, needed) {
      const wantInputs = needed[needed.length - 1];
      const gradientShapes: Shapes = [];
      const pull: CustomOp = {
        name: 'overTime backwards',
        forward(base, cotangents, ...given) {
          if (running.latest !== token) for (const x of forward(given)) base.dispose(x);
          const [h, ...rest] = unpack(base, cotangents, shapes);
          const { parameters, states, inputs: x } = executableOf<typeof h>().pullback(h, rest, wantInputs);
          return pack(base, [...parameters, ...states, ...(x ? [x] : [])], gradientShapes);
        },
        vjp() {
          throw unsupportedError('overTime: a compiled run has no second derivative; run step by step for it.');
        },
      };
      const gradients = unpack(b, b.customGrad(pull, g, ...inputs), gradientShapes);
      return wantInputs ? gradients : [...gradients, null];
    },
  };
}
