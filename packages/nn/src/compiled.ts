/**
 * Compiled runs: a network's step, traced once for all batch sizes and run over time by the backend's compiled program instead of step by step. It
 * stands in for the loop of `run` as one operation with a derivative, so losses, constraints and optimisers around it do not change.
 */

import { overTime, store } from '@snn/compile';
import {
  argumentError,
  type Backend,
  type Executable,
  type GradientStrategy,
  isTensor,
  sameShape,
  type TensorMeta,
  type Tree,
  treeLeaves,
  unsupportedError,
  zeros,
} from '@snn/core';
import type { UsedParameters } from './layer.ts';
import { type TracedNetwork, withTensors } from './trace-network.ts';

/** What a compiled run is for. */
export interface CompiledOptions {
  /** Shape of the inputs, `[T, B, ...]`. */
  readonly shape: readonly number[];
  readonly training: boolean;
  /** Whether a gradient will flow through the spike counts (regularisers). */
  readonly countGradient: boolean;
  /** How gradients go back through time. Default `store()`. */
  readonly gradient?: GradientStrategy;
}

/** A network, or a part of one, compiled for one shape of inputs. */
export interface CompiledNetwork<T extends TensorMeta> {
  readonly options: CompiledOptions;
  readonly executable: Executable<T>;
  /** Shapes of the spikes that are counted, by the layer's path. */
  readonly counted: { readonly [path: string]: readonly number[] };
  /** The run whose values the executable holds: gradients of an earlier one run it again. */
  latest: object | null;
}

/**
 * A network whose parts are compiled, by their paths: it as a whole (the path is empty), or, for a training pass with layers that need the whole
 * sequence, what goes step by step between them.
 */
export interface CompiledParts<T extends TensorMeta> {
  readonly parts: ReadonlyMap<string, CompiledNetwork<T>>;
}

/** Tensors of a tree, in order; numbers stay where they are. */
export const tensorsOf = <T extends TensorMeta>(tree: unknown): T[] =>
  treeLeaves<T | number>(tree).flatMap(({ value }) => (isTensor(value) ? [value as T] : []));

/**
 * Compile a traced network for inputs of one shape.
 *
 * @throws an `unsupported` error when the backend has no `compile`, when a layer's step cannot be traced (it reads or branches on a tensor),
 *   when memory runs out, or when gradients that flow through spike counts are to be truncated.
 */
export async function compileNetwork<T extends TensorMeta>(
  b: Backend<T>,
  { step, counted }: TracedNetwork,
  options: CompiledOptions,
): Promise<CompiledNetwork<T>> {
  if (!b.compile) throw argumentError(`compileNetwork: backend '${b.name}' has no compile; run step by step.`);
  const [steps, batch] = options.shape;
  const { gradient = store(), countGradient } = options;
  if (gradient.kind === 'truncated' && countGradient) {
    throw unsupportedError(
      'compileNetwork: a compiled run carries spike counts as states, whose gradients truncation would cut; regularisers with truncated gradients run step by step',
    );
  }
  const shapes = Object.fromEntries(Object.entries(counted).map(([path, shape]) => [path, [batch, ...shape]]));
  return { options, counted: shapes, executable: await b.compile(step.at(batch), steps, gradient), latest: null };
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
