/** A model: a network with its parameters on one backend. It owns the parameters' tensors; everything else about it is pure. */
import { arena, argumentError, type Backend, randomKey, stream, type TensorMeta, type Tree, treeLeaves } from '@snn/core';
import type { Layer } from './layer.ts';
import { type RunOptions, type RunResult, run } from './run.ts';
import { scoped } from './scoped.ts';

/** Numbers on the host with their shape, row-major. */
export interface Values {
  readonly data: ArrayLike<number>;
  readonly shape: readonly number[];
}

/** A network with parameters. Make it with `createModel`. */
export interface Model<T extends TensorMeta = TensorMeta> {
  readonly network: Layer;
  readonly backend: Backend<T>;
  readonly seed: number;
  /** The raw values that are trained; they belong to the model. */
  readonly parameters: Tree<T>;
  /** Outputs `[T, B, ...]` for inputs `[T, B, ...]`, from host to host. */
  predict(inputs: Values): Promise<{ readonly data: Float32Array; readonly shape: readonly number[] }>;
  /** Run over tensors, with the state in and out; the results belong to the caller (`disposeTree`). See `run`. */
  run(inputs: T, options?: RunOptions<T>): RunResult<T>;
  /** Take over new parameters of the same structure and release the old ones. */
  replace(parameters: Tree<T>): void;
  /** Release the parameters. */
  dispose(): void;
}

/** Options of `createModel`. */
export interface ModelOptions<T extends TensorMeta> {
  /** Where the model lives. */
  readonly backend: Backend<T>;
  /** Seed of the initial parameters and the default seed of `fit`: a whole number from 0. Default 0. */
  readonly seed?: number;
}

/** Release all tensors of a tree. */
export const disposeTree = <T extends TensorMeta>(b: Backend<T>, tree: Tree<T>): void => {
  for (const { value } of treeLeaves<T>(tree)) b.dispose(value);
};

/**
 * Draw the initial parameters of a network.
 *
 * @throws a `shape` error that names the layers when sizes in the network do not fit together.
 */
export async function createModel<T extends TensorMeta>(network: Layer, options: ModelOptions<T>): Promise<Model<T>> {
  const { backend, seed = 0 } = options;
  if (typeof backend?.fromData !== 'function')
    throw argumentError('createModel: needs a backend, as in createModel(net, { backend: await cpu() }).');
  network.outputShape(null);
  let parameters = scoped(backend, (scope) => network.init(scope, stream(randomKey(seed), 'parameters')));
  const model: Model<T> = {
    network,
    backend,
    seed,
    get parameters() {
      return parameters;
    },
    async predict(inputs) {
      const scope = arena(backend);
      try {
        const { outputs } = run(scope, network, parameters, scope.fromData(inputs.data, inputs.shape));
        return { data: Float32Array.from(await scope.read(outputs)), shape: outputs.shape };
      } finally {
        scope.release();
      }
    },
    run: (inputs, runOptions) => scoped(backend, (scope) => run(scope, network, parameters, inputs, runOptions)),
    replace(next) {
      const kept = new Set(treeLeaves<T>(next).map(({ value }) => value));
      for (const { value } of treeLeaves<T>(parameters)) if (!kept.has(value)) backend.dispose(value);
      parameters = next;
    },
    dispose: () => disposeTree(backend, parameters),
  };
  return model;
}
