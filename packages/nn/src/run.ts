/**
 * Running a network over time: a loop of pure steps with the state going in and coming out. No hidden state: a sequence that is run in chunks,
 * each with the state of the one before, gives the same bits as in one run.
 */
import { at, type Backend, type Key, shapeError, stack, type TensorMeta, type Tree, treeLeaves } from '@snn/core';
import { type CompiledNetwork, runCompiled } from './compiled.ts';
import { type Context, type Layer, prepare, type Recorder, show } from './layer.ts';

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
  readonly compiled?: CompiledNetwork<TensorMeta> | null;
}

/** What `run` returns. */
export interface RunResult<T> {
  /** Outputs of the last layer, `[T, B, ...]`. */
  readonly outputs: T;
  /** State after the last step: the `state` of the next chunk. */
  readonly state: Tree<T>;
}

/**
 * Run `network` over `inputs` `[T, B, ...]` with raw parameters, as made by `network.init`.
 *
 * @throws a `shape` error when inputs have no time and batch axes, do not fit the first layer, or a given state belongs to another batch size.
 */
export function run<T extends TensorMeta>(
  b: Backend<T>,
  network: Layer,
  parameters: Tree<T>,
  inputs: T,
  options: RunOptions<T> = {},
): RunResult<T> {
  const { training = false, key = null, record, compiled } = options;
  if (inputs.shape.length < 2)
    throw shapeError(`run: inputs must be [T, B, ...] with time first, but came as ${show(inputs.shape)}; add the missing axes.`);
  const [steps, batch, ...rest] = inputs.shape;
  network.outputShape(rest);
  const context: Context<T> = { training, key, path: '', ...(record ? { record } : {}) };
  const used = prepare(b, network, parameters);
  if (options.state !== undefined) checkState(options.state, batch);
  let state = options.state === undefined ? network.initialState(b, used, [batch, ...rest], context) : options.state;
  if (compiled) {
    const { outputs, state: final, counts } = runCompiled(b, compiled, used, state, inputs);
    for (const [path, count] of Object.entries(counts)) record?.('spikes', path, count);
    return { outputs, state: final };
  }
  const outputs: T[] = [];
  for (let t = 0; t < steps; t++) {
    const [output, next] = network.step(b, used, state, at(b, inputs, t), context);
    outputs.push(output);
    state = next;
  }
  return { outputs: stack(b, outputs), state };
}

function checkState<T extends TensorMeta>(state: Tree<T>, batch: number): void {
  for (const { path, value } of treeLeaves<T>(state)) {
    if (value.shape[0] !== batch)
      throw shapeError(
        `run: state.${path} has shape ${show(value.shape)}, but the inputs have a batch of ${batch}; a state belongs to its batch. Start a new sequence without \`state\`.`,
      );
  }
}
