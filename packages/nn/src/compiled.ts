/**
 * Compiled runs: a network's step, traced once for a batch shape and run over time by the backend's compiled program instead of step by step. It
 * stands in for the loop of `run` as one operation with a derivative, so losses, constraints and optimisers around it do not change.
 */

import { overTime, traceStep } from '@snn/compile';
import {
  argumentError,
  type Backend,
  type Executable,
  isTensor,
  randomKey,
  sameShape,
  sizeOf,
  stopGradient,
  type TensorMeta,
  type Tree,
  treeFlatten,
  treeLeaves,
  zeros,
} from '@snn/core';
import { type Context, type Layer, prepare, type UsedParameters } from './layer.ts';
import { scoped } from './scoped.ts';

/** What a compiled run is for. */
export interface CompiledOptions {
  /** Shape of the inputs, `[T, B, ...]`. */
  readonly shape: readonly number[];
  readonly training: boolean;
  /** Whether a gradient will flow through the spike counts (regularisers). */
  readonly countGradient: boolean;
}

/** A network compiled for one shape of inputs. */
export interface CompiledNetwork<T extends TensorMeta> {
  readonly options: CompiledOptions;
  readonly executable: Executable<T>;
  /** Shapes of the spikes that are counted, by the layer's path. */
  readonly counted: { readonly [path: string]: readonly number[] };
  /** The run whose values the executable holds: gradients of an earlier one run it again. */
  latest: object | null;
}

/** Tensors of a tree, in order; numbers stay where they are. */
const tensorsOf = <T extends TensorMeta>(tree: unknown): T[] =>
  treeLeaves<T | number>(tree).flatMap(({ value }) => (isTensor(value) ? [value as T] : []));

/** A tree like `tree` with other tensors in place of its own. */
function withTensors<X>(tree: X, tensors: readonly unknown[]): X {
  const { leaves, unflatten } = treeFlatten<unknown>(tree);
  let next = 0;
  return unflatten<X>(leaves.map((leaf) => (isTensor(leaf) ? tensors[next++] : leaf)));
}

/** Tensors of a tree as a record by path, for the names in messages. */
const named = (tree: unknown): Record<string, TensorMeta> =>
  Object.fromEntries(treeLeaves<TensorMeta | number>(tree).flatMap(({ path, value }) => (isTensor(value) ? [[path, value]] : [])));

/**
 * Compile `network` for inputs of one shape.
 *
 * @throws an `unsupported` error when the backend has no `compile`, when a layer's step cannot be traced (it reads or branches on a tensor), or
 *   when memory runs out.
 */
export async function compileNetwork<T extends TensorMeta>(
  b: Backend<T>,
  network: Layer,
  parameters: Tree<T>,
  options: CompiledOptions,
): Promise<CompiledNetwork<T>> {
  if (!b.compile) throw argumentError(`compileNetwork: backend '${b.name}' has no compile; run step by step.`);
  const { shape, training, countGradient } = options;
  const [steps, ...row] = shape;
  const counted: Record<string, readonly number[]> = {};
  const step = scoped(b, (scope) => {
    const used = prepare(scope, network, parameters);
    const state = network.initialState(scope, used, row, { training, key: randomKey(0), path: '' });
    const counts = countedShapes(scope, network, used, state, row, training);
    for (const [path, count] of Object.entries(counts)) counted[path] = count.shape;
    const traced = <U extends TensorMeta>(
      t: Backend<U>,
      p: Record<string, U>,
      s: { state: Record<string, U>; counts: Record<string, U> },
      x: U,
    ) => {
      const next: Record<string, U> = { ...s.counts };
      const record: Context<U>['record'] = (kind, path, z) => {
        if (kind === 'spikes') next[path] = t.add(next[path], countGradient ? z : stopGradient(t, z));
      };
      const [output, after] = network.step(
        t,
        withTensors(used, Object.values(p)) as unknown as UsedParameters<U>,
        withTensors(state, Object.values(s.state)) as unknown as Tree<U>,
        x,
        { training, key: null, path: '', record },
      );
      return [output, { state: named(after) as Record<string, U>, counts: next }] as const;
    };
    return traceStep('network', traced as never, named(used), { state: named(state), counts }, { shape: row, dtype: 'float32' });
  });
  return { options, counted, executable: await b.compile(step, steps), latest: null };
}

/** Shapes of the spikes of each layer that reports them, found by running one step on zeros. */
function countedShapes<T extends TensorMeta>(
  b: Backend<T>,
  network: Layer,
  used: UsedParameters<T>,
  state: Tree<T>,
  row: readonly number[],
  training: boolean,
): Record<string, TensorMeta> {
  const shapes: Record<string, TensorMeta> = {};
  network.step(b, used, state, b.fromData(new Float32Array(sizeOf(row)), row), {
    training,
    key: null,
    path: '',
    record(kind, path, { shape, dtype }) {
      if (kind === 'spikes') shapes[path] = { shape, dtype };
    },
  });
  return shapes;
}

/** What a compiled run gives. */
export interface CompiledResult<T> {
  readonly outputs: T;
  readonly state: Tree<T>;
  /** Spikes of each layer, summed over time, `[B, ...N]`, by path. */
  readonly counts: { readonly [path: string]: T };
}

/** Run a compiled network from `state` (its initial state when a sequence begins). */
export function runCompiled<T extends TensorMeta>(
  b: Backend<T>,
  compiled: CompiledNetwork<TensorMeta>,
  used: UsedParameters<T>,
  state: Tree<T>,
  inputs: T,
): CompiledResult<T> {
  const { counted, options } = compiled;
  if (!sameShape(inputs.shape, options.shape)) {
    throw argumentError(`runCompiled: the network was compiled for inputs [${options.shape}], but [${inputs.shape}] came.`);
  }
  const parameters = tensorsOf<T>(used);
  const states = tensorsOf<T>(state);
  const paths = Object.keys(counted);
  const counts = paths.map((path) => zeros(b, counted[path]));
  const { outputs, states: final } = overTime(b, compiled, parameters, [...states, ...counts], inputs);
  return {
    outputs,
    state: withTensors(state, final.slice(0, states.length)),
    counts: Object.fromEntries(paths.map((path, i) => [path, final[states.length + i]])),
  };
}
