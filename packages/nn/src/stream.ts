/** Streams: a model that hears one step at a time, as a sensor gives it, without allocating anything. */
import { none } from '@snn/compile';
import {
  argumentError,
  type Backend,
  shapeError,
  sizeOf,
  type TensorMeta,
  type Tree,
  treeLeaves,
  unsupportedError,
  zeros,
} from '@snn/core';
import { type CompiledNetwork, compileNetwork, tensorsOf } from './compiled.ts';
import { type Layer, prepare, show } from './layer.ts';
import { scoped } from './scoped.ts';
import { traceNetwork } from './trace-network.ts';

/** Options of `model.stream`. */
export interface StreamOptions {
  /** Shape of the input of one step, `[B, ...]`, as in `[1, 128]`. */
  readonly shape: readonly number[];
}

/** A model that runs step by step. Its weights are those that the model had when the stream was made. */
export interface Stream {
  /** Input of the next step, `[B, ...]` row-major: write here, then call `step`. */
  readonly input: Float32Array;
  /** Output of the last step, `[B, ...]` row-major; the next step overwrites it. */
  readonly output: Float32Array;
  /** Shape of `output`. */
  readonly shape: readonly number[];
  /** What runs the steps. */
  readonly executedBy: string;
  /** One step with what is in `input`; gives `output`. */
  step(): Float32Array;
  /**
   * One step in which only these elements of the input are 1 and the others 0: the indices of the inputs that spike. Gives `output`.
   *
   * @throws an `argument` error for an index that is no whole number from 0 to the size of the input.
   */
  spikes(indices: ArrayLike<number>): Float32Array;
  /** Begin a new sequence: the states become what they were at first. */
  reset(): void;
  /** Release what the stream holds. */
  dispose(): void;
}

/**
 * Make a stream of a network.
 *
 * @throws a `shape` error when `shape` does not fit the network; an `unsupported` error when the backend has no programs that stream.
 */
export async function makeStream<T extends TensorMeta>(
  b: Backend<T>,
  network: Layer,
  parameters: Tree<T>,
  { shape }: StreamOptions,
): Promise<Stream> {
  if (shape.length < 1) throw shapeError(`stream: shape must be [B, ...], the input of one step, but is ${show(shape)}.`);
  const [batch, ...row] = shape;
  network.outputShape(row);
  if (!b.compile)
    throw unsupportedError(`stream: backend '${b.name}' does not compile; call \`model.step\` instead, or use the CPU backend.`);
  const traced = traceNetwork(b, network, parameters, { input: row, training: false, countGradient: false });
  const compiled: CompiledNetwork<T> = await compileNetwork(b, traced, {
    shape: [1, ...shape],
    training: false,
    countGradient: false,
    gradient: none(),
  });
  const { executable, counted } = compiled;
  const missing = `stream: '${executable.executedBy}' does not stream${executable.fallbackReason ? ` (${executable.fallbackReason})` : ''}; call \`model.step\` instead.`;
  if (!executable.stream) throw unsupportedError(missing);
  // the parameters and first states that the stream goes on from; they are its own
  const used = scoped(b, (scope) => prepare(scope, network, parameters));
  const own = new Set(tensorsOf<T>(parameters));
  const context = { training: false, key: null, path: '' };
  const begin = (): ReturnType<NonNullable<typeof executable.stream>> => {
    const states = scoped(b, (scope) => [
      ...tensorsOf<T>(network.initialState(scope, used, [batch, ...row], context)),
      ...Object.values(counted).map((size) => zeros(scope, size)),
    ]);
    const made = (executable.stream as NonNullable<typeof executable.stream>)(tensorsOf<T>(used), states);
    for (const x of states) if (!own.has(x)) b.dispose(x);
    return made;
  };
  let steps = begin();
  let marked: number[] = [];
  const size = sizeOf(shape);
  return {
    get input() {
      return steps.input;
    },
    get output() {
      return steps.output;
    },
    shape: [batch, ...(network.outputShape(row) ?? [])],
    executedBy: executable.executedBy,
    step() {
      // what was written by hand is cleared by the next `spikes`
      marked.length = 0;
      steps.step();
      return steps.output;
    },
    spikes(indices) {
      const { input } = steps;
      for (let i = 0; i < indices.length; i++) {
        const index = indices[i];
        if (!(Number.isInteger(index) && index >= 0 && index < size))
          throw argumentError(`spikes: index ${index} is not one of the ${size} inputs of ${show(shape)}, 0 to ${size - 1}.`);
      }
      if (marked.length === 0) input.fill(0);
      else for (let i = 0; i < marked.length; i++) input[marked[i]] = 0;
      marked.length = indices.length;
      for (let i = 0; i < indices.length; i++) {
        marked[i] = indices[i];
        input[indices[i]] = 1;
      }
      steps.step();
      return steps.output;
    },
    reset() {
      marked = [];
      steps = begin();
    },
    dispose() {
      executable.dispose();
      for (const { value } of treeLeaves<T | number>(used)) if (typeof value !== 'number' && !own.has(value as T)) b.dispose(value as T);
    },
  };
}
