/**
 * A network's step as a program for any batch size: traced once per shape of an input and purpose, whatever the batch and the number of steps.
 * It is `network.step` with the spikes of each layer summed on the way, for metrics and regularisers.
 */
import { type RelativeStep, relativeStep, traceStep } from '@snn/compile';
import {
  type Backend,
  isTensor,
  randomKey,
  sizeOf,
  stopGradient,
  type TensorMeta,
  type Tree,
  treeFlatten,
  treeLeaves,
  treeMap,
} from '@snn/core';
import { type Context, type Layer, prepare, type UsedParameters } from './layer.ts';
import { scoped } from './scoped.ts';

/** What a traced step is for. */
export interface TraceOptions {
  /** Shape of one sample's input of one step, without time and batch. */
  readonly input: readonly number[];
  readonly training: boolean;
  /** Whether a gradient will flow through the spike counts (regularisers). */
  readonly countGradient: boolean;
  /** Where the network stands in a larger one. Default: it is the outermost. */
  readonly path?: string;
}

/** A traced network. */
export interface TracedNetwork {
  /** Programs by batch size: parameters, then states and spike counts, in the order of their paths. */
  readonly step: RelativeStep;
  /** Shapes of the spikes that are counted, without batch, by the layer's path. */
  readonly counted: { readonly [path: string]: readonly number[] };
}

/** A tree like `tree` with other tensors in place of its own. */
export function withTensors<X>(tree: X, tensors: readonly unknown[]): X {
  const { leaves, unflatten } = treeFlatten<unknown>(tree);
  let next = 0;
  return unflatten<X>(leaves.map((leaf) => (isTensor(leaf) ? tensors[next++] : leaf)));
}

/** A tree with what is known of its tensors in their place. */
const bare = (tree: unknown): unknown =>
  treeMap(tree, (leaf: unknown) => (isTensor(leaf) ? { shape: leaf.shape, dtype: leaf.dtype } : leaf));

/** Tensors of a tree as a record by path, for the names in messages. */
const named = (tree: unknown): Record<string, TensorMeta> =>
  Object.fromEntries(treeLeaves<TensorMeta | number>(tree).flatMap(({ path, value }) => (isTensor(value) ? [[path, value]] : [])));

/**
 * Trace `network`. Nothing is computed but the constraints of the parameters and one step of one sample, for the shapes of states and spikes.
 *
 * @throws an `unsupported` error, now or from `step.at`, when a layer's step cannot be traced: it reads or branches on a tensor.
 */
export function traceNetwork<T extends TensorMeta>(
  b: Backend<T>,
  network: Layer,
  parameters: Tree<T>,
  { input, training, countGradient, path: place = '' }: TraceOptions,
): TracedNetwork {
  return scoped(b, (scope) => {
    const values = prepare(scope, network, parameters);
    const row = [1, ...input];
    const first = network.initialState(scope, values, row, { training, key: randomKey(0), path: place });
    const counts = countedShapes(scope, network, values, first, row, training, place);
    // the tensors themselves must not be held on to
    const [used, state] = [bare(values), bare(first)];
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
        { training, key: null, path: place, record },
      );
      return [output, { state: named(after) as Record<string, U>, counts: next }] as const;
    };
    // every state and every layer's spikes have the batch first
    const batched = (metas: Record<string, TensorMeta>, batch: number): Record<string, TensorMeta> =>
      Object.fromEntries(Object.entries(metas).map(([path, { shape, dtype }]) => [path, { shape: [batch, ...shape.slice(1)], dtype }]));
    const step = relativeStep((batch) =>
      traceStep(
        'network',
        traced,
        named(used),
        { state: batched(named(state), batch), counts: batched(counts, batch) },
        { shape: [batch, ...input], dtype: 'float32' },
      ),
    );
    return { step, counted: Object.fromEntries(Object.entries(counts).map(([path, { shape }]) => [path, shape.slice(1)])) };
  });
}

/** Shapes of the spikes of each layer that reports them, found by running one step on zeros. */
function countedShapes<T extends TensorMeta>(
  b: Backend<T>,
  network: Layer,
  used: UsedParameters<T>,
  state: Tree<T>,
  row: readonly number[],
  training: boolean,
  place: string,
): Record<string, TensorMeta> {
  const shapes: Record<string, TensorMeta> = {};
  network.step(b, used, state, b.fromData(new Float32Array(sizeOf(row)), row), {
    training,
    key: null,
    path: place,
    record(kind, path, { shape, dtype }) {
      if (kind === 'spikes') shapes[path] = { shape, dtype };
    },
  });
  return shapes;
}
