/** A model: a network with its parameters on one backend. It owns the parameters' tensors; everything else about it is pure. */
import { none, type Trace } from '@snn/compile';
import {
  arena,
  argumentError,
  type Backend,
  checkNames,
  dataError,
  randomKey,
  sameShape,
  stream,
  type TensorMeta,
  type Tree,
  treeLeaves,
  treeMap,
} from '@snn/core';
import { type CompiledNetwork, type CompiledOptions, type CompiledParts, compileNetwork } from './compiled.ts';
import { type Layer, show } from './layer.ts';
import { type PlacedPart, partsOf } from './parts.ts';
import { type RunOptions, type RunResult, run, type StepOnceResult, stepOnce } from './run.ts';
import { readSafetensors, type StoredTensor, writeSafetensors } from './safetensors.ts';
import { scoped } from './scoped.ts';
import { makeStream, type Stream, type StreamOptions } from './stream.ts';
import { type SummaryOptions, summary } from './summary.ts';
import { type TracedNetwork, type TraceOptions, traceNetwork } from './trace-network.ts';

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
  /** What runs the network: the backend's executor, or step by step and why. Known after the first run. */
  readonly executedBy: string;
  /**
   * Which programs came of tracing the network so far: one for each shape of a sample and purpose (training or not, penalised spikes or not),
   * whatever the batch size and the number of steps. A network that computes with its batch size has one for each, and a reason.
   */
  readonly traces: readonly Trace[];
  /**
   * `f` with the network compiled for inputs of one shape, or with null where it runs step by step, which `executedBy` explains. A program that
   * runs out of memory on the way is given up, and `f` is run again with null. The model keeps the last few programs.
   */
  withCompiled<R>(options: CompiledOptions, f: (compiled: CompiledParts<T> | null) => R): Promise<R>;
  /** Outputs `[T, B, ...]` for inputs `[T, B, ...]`, from host to host. */
  predict(inputs: Values): Promise<{ readonly data: Float32Array; readonly shape: readonly number[] }>;
  /** Run over tensors, with the state in and out; the results belong to the caller (`disposeTree`). See `run`. */
  run(inputs: T, options?: RunOptions<T>): RunResult<T>;
  /** One step over an input `[B, ...]` without time axis. See `stepOnce`. */
  step(input: T, state?: Tree<T>): StepOnceResult<T>;
  /**
   * The network as a stream: one step at a time, from inputs or from indices of spikes, without allocating anything. See `Stream`.
   *
   * @throws an `unsupported` error when the backend has no programs that stream.
   */
  stream(options: StreamOptions): Promise<Stream>;
  /** The network as a table: layer, output, trained parameters, state per sample. */
  summary(options?: SummaryOptions): string;
  /** The raw parameters as safetensors; names are their paths, as in `layers[0].weight`. */
  save(): Promise<Uint8Array>;
  /**
   * Take the parameters from a file that `save` made for the same network. On error nothing changes.
   *
   * @throws a `data` error for malformed bytes, or one that names what is missing, unexpected or of another shape.
   */
  load(bytes: Uint8Array): void;
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
  /**
   * Whether runs over time are compiled where the backend can. Default true. On the CPU what a network sends out has the same bits
   * either way; gradients of weights are summed in another order, so training differs in rounding.
   */
  readonly compile?: boolean;
}

/** A tree like `like` with the tensors of a file. */
function parametersFrom<T extends TensorMeta>(b: Backend<T>, like: Tree<T>, bytes: Uint8Array): Tree<T> {
  const { tensors } = readSafetensors(bytes);
  const wanted = new Map(treeLeaves<T>(like).map(({ path, value }) => [path, value.shape]));
  const missing = [...wanted.keys()].filter((path) => !tensors.has(path));
  const unexpected = [...tensors.keys()].filter((path) => !wanted.has(path));
  if (missing.length + unexpected.length > 0) {
    const lists = Object.entries({ missing, unexpected }).filter(([, names]) => names.length > 0);
    throw dataError(
      `load: the file is not of this network: ${lists.map(([what, names]) => `${what} ${names.map((name) => `'${name}'`).join(', ')}`).join('; ')}.`,
    );
  }
  for (const [path, { dtype, shape }] of tensors) {
    const expected = wanted.get(path) as readonly number[];
    if (dtype !== 'float32' || !sameShape(shape, expected))
      throw dataError(`load: '${path}' is ${dtype} ${show(shape)} in the file, but float32 ${show(expected)} in the network.`);
  }
  return treeMap<Tree<T>>(like, (x: T, path: string) => b.fromData((tensors.get(path) as StoredTensor).data, x.shape));
}

/** Release all tensors of a tree. */
export const disposeTree = <T extends TensorMeta>(b: Backend<T>, tree: Tree<T>): void => {
  for (const { value } of treeLeaves<T>(tree)) b.dispose(value);
};

/** Compiled programs that a model keeps: training, testing and their smaller last batches. */
const KEPT_PROGRAMS = 4;

/** The compiled forms of a network, by the shape of their inputs. */
interface CompiledPrograms<T extends TensorMeta> {
  executedBy(): string;
  traces(): readonly Trace[];
  use<R>(parameters: Tree<T>, options: CompiledOptions, f: (compiled: CompiledParts<T> | null) => R): Promise<R>;
  dispose(): void;
}

function compiledPrograms<T extends TensorMeta>(b: Backend<T>, network: Layer, wanted: boolean): CompiledPrograms<T> {
  const traced = new Map<string, TracedNetwork>();
  const programs = new Map<string, CompiledParts<T>>();
  let reason = wanted ? (b.compile ? null : `backend '${b.name}' has no compile`) : 'compile: false';
  let executor: string | null = null;
  /** What cannot be compiled or has no room runs step by step, and says why; other errors are the caller's and would appear there, too. */
  const giveUp = (error: unknown): void => {
    if ((error as { code?: string }).code !== 'unsupported') throw error;
    reason = (error as Error).message;
    dispose();
  };
  const dispose = (): void => {
    for (const program of programs.values()) release(program);
    programs.clear();
  };
  const release = ({ parts }: CompiledParts<T>): void => {
    for (const { executable } of parts.values()) executable.dispose();
  };
  const trace = (
    { layer, parameters, place, shape }: PlacedPart<T>,
    { training, countGradient }: CompiledOptions,
    path: string,
  ): TracedNetwork => {
    const wanted: TraceOptions = { input: shape.slice(2), training, countGradient, path: place };
    const key = JSON.stringify([path, wanted]);
    const made = traced.get(key) ?? traceNetwork(b, layer, parameters as Tree<T>, wanted);
    traced.set(key, made);
    return made;
  };
  const get = async (parameters: Tree<T>, options: CompiledOptions): Promise<CompiledParts<T>> => {
    const key = JSON.stringify(options);
    const known = programs.get(key);
    if (known) return known;
    const scope = arena(b);
    const parts = new Map<string, CompiledNetwork<T>>();
    const made: CompiledParts<T> = { parts };
    try {
      for (const part of partsOf(scope, network, parameters, options))
        parts.set(part.path, await compileNetwork(b, trace(part, options, part.path), { ...options, shape: part.shape }));
    } catch (error) {
      release(made);
      throw error;
    } finally {
      scope.release();
    }
    const executors = [...parts.values()].map(({ executable: { executedBy, fallbackReason } }) =>
      fallbackReason ? `${executedBy} (${fallbackReason})` : executedBy,
    );
    const whole = parts.has('') ? '' : `, in ${parts.size} parts between layers that need the whole sequence`;
    executor = `${[...new Set(executors)].join('; ')}${whole}`;
    const [oldest] = programs.keys();
    if (programs.size === KEPT_PROGRAMS) {
      release(programs.get(oldest) as CompiledParts<T>);
      programs.delete(oldest);
    }
    programs.set(key, made);
    return made;
  };
  return {
    traces: () => [...traced.values()].flatMap(({ step }) => step.traces),
    executedBy: () => (reason ? `step by step (${reason})` : (executor ?? 'nothing has run yet')),
    async use(parameters, options, f) {
      if (reason === null && options.shape.length >= 2) {
        try {
          return f(await get(parameters, options));
        } catch (error) {
          giveUp(error);
        }
      }
      return f(null);
    },
    dispose,
  };
}

/**
 * Draw the initial parameters of a network.
 *
 * @throws a `shape` error that names the layers when sizes in the network do not fit together.
 */
export async function createModel<T extends TensorMeta>(network: Layer, options: ModelOptions<T>): Promise<Model<T>> {
  checkNames('createModel', options, ['backend', 'seed', 'compile']);
  const { backend, seed = 0, compile = true } = options;
  if (typeof backend?.fromData !== 'function')
    throw argumentError('createModel: needs a backend, as in createModel(net, { backend: await cpu() }).');
  network.outputShape(null);
  let parameters = scoped(backend, (scope) => network.init(scope, stream(randomKey(seed), 'parameters')));
  const programs = compiledPrograms(backend, network, compile);
  const model: Model<T> = {
    get executedBy() {
      return programs.executedBy();
    },
    get traces() {
      return programs.traces();
    },
    withCompiled: (compiledOptions, f) => programs.use(parameters, compiledOptions, f),
    network,
    backend,
    seed,
    get parameters() {
      return parameters;
    },
    async predict(inputs) {
      const scope = arena(backend);
      try {
        const x = scope.fromData(inputs.data, inputs.shape);
        const { outputs } = await model.withCompiled(
          { shape: inputs.shape, training: false, countGradient: false, gradient: none() },
          (compiled) => run(scope, network, parameters, x, { compiled }),
        );
        return { data: Float32Array.from(await scope.read(outputs)), shape: outputs.shape };
      } finally {
        scope.release();
      }
    },
    run: (inputs, runOptions) => scoped(backend, (scope) => run(scope, network, parameters, inputs, runOptions)),
    step: (input, state) => scoped(backend, (scope) => stepOnce(scope, network, parameters, input, state === undefined ? {} : { state })),
    stream: (streamOptions) => makeStream(backend, network, parameters, streamOptions),
    summary: (summaryOptions) => summary(backend, network, parameters, summaryOptions),
    async save() {
      const tensors = new Map<string, StoredTensor>();
      for (const { path, value } of treeLeaves<T>(parameters))
        tensors.set(path, { dtype: 'float32', shape: value.shape, data: Float32Array.from(await backend.read(value)) });
      return writeSafetensors(tensors);
    },
    load: (bytes) => model.replace(scoped(backend, (scope) => parametersFrom(scope, parameters, bytes))),
    replace(next) {
      const kept = new Set(treeLeaves<T>(next).map(({ value }) => value));
      for (const { value } of treeLeaves<T>(parameters)) if (!kept.has(value)) backend.dispose(value);
      parameters = next;
    },
    dispose() {
      programs.dispose();
      disposeTree(backend, parameters);
    },
  };
  return model;
}
