/**
 * Compiled runs: a network's step, traced once for a batch shape and run over time by the backend's compiled program instead of step by step. It
 * stands in for the loop of `run` as one operation with a derivative, so losses, constraints and optimisers around it do not change.
 */

import { traceStep } from '@snn/compile';
import {
  argumentError,
  type Backend,
  type CustomOp,
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
  unsupportedError,
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
  const parts: Shapes = [];
  const packed = b.customGrad(overTime(compiled, parameters.length, parts), ...parameters, ...states, ...counts, inputs);
  const [outputs, ...final] = unpack(b, packed, parts);
  return {
    outputs,
    state: withTensors(state, final.slice(0, states.length)),
    counts: Object.fromEntries(paths.map((path, i) => [path, final[states.length + i]])),
  };
}

/** Shapes of the tensors that one vector holds. */
type Shapes = (readonly number[])[];

/** Tensors one after the other as one vector: an operation has one result. They are released. */
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

/** The run over time as an operation with a derivative: parameters, states and inputs to outputs and last states, packed. */
function overTime(compiled: CompiledNetwork<TensorMeta>, parameterCount: number, parts: Shapes): CustomOp {
  // handles are those of the backend that compiled: decorators pass their inner ones down to it
  const executableOf = <T extends TensorMeta>(): Executable<T> => compiled.executable as unknown as Executable<T>;
  const token = {};
  const forward = <T extends TensorMeta>(given: readonly T[]): readonly T[] => {
    const { outputs, states } = executableOf<T>().run(
      given.slice(0, parameterCount),
      given.slice(parameterCount, -1),
      given[given.length - 1],
    );
    compiled.latest = token;
    return [outputs, ...states];
  };
  return {
    name: 'overTime',
    forward: (b, ...given) => pack(b, forward(given), parts),
    vjp(b, g, inputs, _output, needed) {
      const wantInputs = needed[needed.length - 1];
      const shapes: Shapes = [];
      const pull: CustomOp = {
        name: 'overTime backwards',
        forward(base, cotangents, ...given) {
          if (compiled.latest !== token) for (const x of forward(given)) base.dispose(x);
          const [h, ...rest] = unpack(base, cotangents, parts);
          const gradients = executableOf<typeof h>().pullback(h, rest, wantInputs);
          return pack(base, [...gradients.parameters, ...gradients.states, ...(gradients.inputs ? [gradients.inputs] : [])], shapes);
        },
        vjp() {
          throw unsupportedError('compiled networks have no second derivative; make the model with `compile: false` for it.');
        },
      };
      const gradients = unpack(b, b.customGrad(pull, g, ...inputs), shapes);
      return wantInputs ? gradients : [...gradients, null];
    },
  };
}
