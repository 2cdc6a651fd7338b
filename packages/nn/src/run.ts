/**
 * Running a network over time: a loop of pure steps with the state going in and coming out. No hidden state: a sequence that is run in chunks,
 * each with the state of the one before, gives the same bits as in one run.
 */
import { segmentsOf, store } from '@snn/compile';
import {
  argumentError,
  at,
  type Backend,
  type GradientStrategy,
  type Key,
  shapeError,
  stack,
  stopGradient,
  type TensorMeta,
  type Tree,
  treeFlatten,
  treeLeaves,
  treeMap,
  unsupportedError,
} from '@snn/core';
import { type CompiledParts, runCompiled } from './compiled.ts';
import { type Context, type Layer, type OverSteps, prepare, type Recorder, show } from './layer.ts';

/** Options of `run`. */
export interface RunOptions<T> {
  /** State after the previous chunk, as `run` returned it. Default: each layer's initial state. */
  readonly state?: Tree<T>;
  /** Whether dropout is active. Default false. */
  readonly training?: boolean;
  /** Randomness of this pass. Needed for dropout while training. Default null. */
  readonly key?: Key | null;
  /** Called with what layers send and receive. */
  readonly record?: Recorder<T>;
  /**
   * A compiled form of the network for inputs of this shape (`model.compiled`), which runs in place of the loop. `record` then gets the spikes of
   * each layer once, summed over time, and nothing of kind `synapses`.
   */
  readonly compiled?: CompiledParts<TensorMeta> | null;
  /**
   * How gradients go back through time when the steps run one by one; a compiled run does what it was compiled for. With `truncated(k)` the state
   * that enters steps k, 2k, ... lets no gradient through. Default `store()`.
   */
  readonly gradient?: GradientStrategy;
  /** Whether the states after every step are returned; they are then run one by one. Default false. */
  readonly recordStates?: boolean;
}

/** What `run` returns. */
export interface RunResult<T> {
  /** Outputs of the last layer, `[T, B, ...]`. */
  readonly outputs: T;
  /** State after the last step: the `state` of the next chunk. */
  readonly state: Tree<T>;
  /** With `recordStates`: the state after every step, each tensor `[T, B, ...]`. */
  readonly states?: Tree<T>;
}

/**
 * Run `network` over `inputs` `[T, B, ...]` with raw parameters, as made by `network.init`.
 *
 * @throws a `shape` error when inputs have no time and batch axes, do not fit the first layer, or a given state belongs to another batch size; an
 *   `unsupported` error for `checkpoint` without a compiled network.
 */
export function run<T extends TensorMeta>(
  b: Backend<T>,
  network: Layer,
  parameters: Tree<T>,
  inputs: T,
  options: RunOptions<T> = {},
): RunResult<T> {
  const { training = false, key = null, record, compiled, gradient = store(), recordStates = false } = options;
  if (compiled && recordStates)
    throw argumentError('run: a compiled run keeps the last state only; for recordStates leave `compiled` away.');
  if (inputs.shape.length < 2)
    throw shapeError(`run: inputs must be [T, B, ...] with time first, but came as ${show(inputs.shape)}; add the missing axes.`);
  const [steps, batch, ...rest] = inputs.shape;
  network.outputShape(rest);
  const context: Context<T> = { training, key, path: '', ...(record ? { record } : {}) };
  const used = prepare(b, network, parameters);
  if (options.state !== undefined) checkState(options.state, batch);
  const state = options.state === undefined ? network.initialState(b, used, [batch, ...rest], context) : options.state;
  if (!compiled && gradient.kind === 'checkpoint') {
    throw unsupportedError(
      'run: checkpoint(k) runs segments again, which only a compiled network can; here steps run one by one (`model.executedBy` says why). Use store() or truncated(k), or a backend that compiles.',
    );
  }
  if (recordStates && training && network.sequence) {
    throw unsupportedError(
      'run: a network that normalises over time has no state of the whole network after a step of training; use it with training: false.',
    );
  }
  const cuts = new Set(segmentsOf(gradient, steps).map(({ from }) => from));
  const states: Tree<T>[] = [];
  const overSteps: OverSteps<T> = (part, first, sequence, within) => {
    const program = compiled?.parts.get(part.path);
    if (program) {
      const { outputs, state: final, counts } = runCompiled(b, program, part.parameters, first, sequence);
      for (const [path, count] of Object.entries(counts)) record?.('spikes', path, count);
      return [outputs, final];
    }
    if (compiled)
      throw argumentError(
        `run: the compiled form has no part '${part.path}'; it was made for ${training ? 'use' : 'training'}, or for another network.`,
      );
    const outputs: T[] = [];
    let last = first;
    for (let t = 0; t < steps; t++) {
      if (t > 0 && cuts.has(t)) last = treeMap<Tree<T>>(last, (x: T | number) => (typeof x === 'number' ? x : stopGradient(b, x)));
      const [output, next] = part.layer.step(b, part.parameters, last, at(b, sequence, t), within);
      outputs.push(output);
      last = next;
      if (recordStates) states.push(last);
    }
    return [stack(b, outputs), last];
  };
  const [outputs, last] =
    training && network.sequence
      ? network.sequence(b, used, state, inputs, context, overSteps)
      : overSteps({ layer: network, parameters: used, path: '' }, state, inputs, context);
  return { outputs, state: last, ...(recordStates ? { states: stackTrees(b, states) } : {}) };
}

/** Trees of one structure as one tree whose tensors are stacked along a new first axis. */
function stackTrees<T extends TensorMeta>(b: Backend<T>, trees: readonly Tree<T>[]): Tree<T> {
  const leaves = trees.map((tree) => treeFlatten<T>(tree).leaves);
  let next = 0;
  return treeMap<Tree<T>>(trees[0], () => {
    const i = next++;
    return stack(
      b,
      leaves.map((of) => of[i]),
    );
  });
}

/** What `stepOnce` returns. */
export interface StepOnceResult<T> {
  /** Output of the last layer, `[B, ...]`. */
  readonly output: T;
  readonly state: Tree<T>;
}

/**
 * One step of `network` over an input without time axis, `[B, ...]`: norse's cells. Call it with the state of the step before, and without one for
 * the first step.
 *
 * @throws what `run` throws.
 */
export function stepOnce<T extends TensorMeta>(
  b: Backend<T>,
  network: Layer,
  parameters: Tree<T>,
  input: T,
  options: Omit<RunOptions<T>, 'compiled' | 'recordStates'> = {},
): StepOnceResult<T> {
  if (input.shape.length < 1) throw shapeError('stepOnce: the input must be [B, ...], but is a scalar.');
  const { outputs, state } = run(b, network, parameters, b.reshape(input, [1, ...input.shape]), options);
  return { output: at(b, outputs, 0), state };
}

function checkState<T extends TensorMeta>(state: Tree<T>, batch: number): void {
  for (const { path, value } of treeLeaves<T>(state)) {
    if (value.shape[0] !== batch)
      throw shapeError(
        `run: state.${path} has shape ${show(value.shape)}, but the inputs have a batch of ${batch}; a state belongs to its batch. Start a new sequence without \`state\`.`,
      );
  }
}
