/**
 * What a run costs, as NeuroBench defines it (Yik et al., The NeuroBench framework, Nature Communications 16, 2025; definitions as in its harness):
 *
 *   activationSparsity   zeros / numbers that neurons and activations send, over all layers, steps and samples
 *   synapticOperations   multiply-adds of synapses with an input and a weight that are not 0, per sample over all steps, without biases:
 *                        accumulates (AC) in steps in which all inputs of a layer, of all samples, are -1, 0 or 1, else multiply-accumulates (MAC);
 *                        dense: when none is skipped
 *   membraneUpdates      membranes (states named `v`) that a step changed, per sample; the first step counts all
 *
 * Counts are exact: they are added up on the host, in double precision.
 */
import { abs, arena, at, type Backend, shapeError, sizeOf, type TensorMeta, type Tree, treeLeaves, unsupportedError } from '@snn/core';
import { type Context, type Layer, prepare, show, title, type UsedParameters } from './layer.ts';
import { nonZero } from './layers/check.ts';
import type { Model, Values } from './model.ts';
import { layersWithin } from './placed-parameters.ts';

/** Per sample. */
export interface SynapticOperations {
  readonly effectiveMacs: number;
  readonly effectiveAcs: number;
  readonly dense: number;
}

/** What a run costs, in all and by the path of a layer (the layer's name for a network of one). */
export interface Workload {
  /** 0.97 for 3 % spikes. Null where nothing sends spikes or activations. */
  readonly activationSparsity: number | null;
  readonly activationSparsityOf: { readonly [path: string]: number };
  readonly synapticOperations: SynapticOperations;
  readonly synapticOperationsOf: { readonly [path: string]: SynapticOperations };
  readonly membraneUpdates: number;
  readonly membraneUpdatesOf: { readonly [path: string]: number };
  /** Spikes of all neurons per sample. */
  readonly spikesPerSample: number;
}

/** What one layer did in one step, while it is still on the backend. */
interface Pending<T> {
  readonly kind: 'spikes' | 'activations' | 'synapses' | 'membranes';
  readonly path: string;
  /** Numbers to add up. */
  readonly counts: T;
  /** How many numbers there were. */
  readonly size: number;
  /** Largest |x| (|x| - 1) of inputs that are not 0: 0 if all are -1, 0 or 1. */
  readonly graded: T | null;
  readonly dense: number;
}

/** Sums of one layer over steps and samples. */
interface Sums {
  count: number;
  size: number;
  macs: number;
  acs: number;
  dense: number;
}

/** Counts that are few enough to read: the last axis is added up, whose sums stay below 2^24. */
const shortened = <T extends TensorMeta>(b: Backend<T>, x: T): T => (x.shape.length > 2 ? b.sum(x, [x.shape.length - 1]) : x);

/**
 * Run `model` over `inputs` `[T, B, ...]` step by step and count what it does.
 *
 * @throws a `shape` error when inputs have no time and batch axes or do not fit the network; an `unsupported` error for layers with synapses that do
 *   not say what these cost.
 */
export async function workload<T extends TensorMeta>(model: Model<T>, inputs: Values): Promise<Workload> {
  const { backend, network, parameters } = model;
  if (inputs.shape.length < 2) throw shapeError(`workload: inputs must be [T, B, ...] with time first, but came as ${show(inputs.shape)}.`);
  const [steps, batch, ...rest] = inputs.shape;
  network.outputShape(rest);
  const sums: Record<Pending<T>['kind'], Record<string, Sums>> = { spikes: {}, activations: {}, synapses: {}, membranes: {} };
  const scope = arena(backend);
  try {
    const x = scope.fromData(inputs.data, inputs.shape);
    const used = prepare(scope, network, parameters);
    const own = layersWithin<T>(network, parameters)
      .filter(({ layer }) => layer.operations)
      .map(({ layer, parameters: raw, path }) => ({ layer, path, used: prepare(scope, layer, raw) }));
    const context: Context<T> = { training: false, key: null, path: '' };
    let state = network.initialState(scope, used, [batch, ...rest], context);
    for (let t = 0; t < steps; t++) {
      const step = arena(scope);
      try {
        const { pending, next } = observed(step, network, used, own, state, at(step, x, t), t === 0);
        for (const one of pending) await addTo(step, sums[one.kind], one, network.name);
        state = step.keep(next);
      } finally {
        step.release();
      }
    }
  } finally {
    scope.release();
  }
  const sent = Object.entries({ ...sums.activations, ...sums.spikes });
  const total = (of: Readonly<Record<string, Sums>>, key: keyof Sums): number =>
    Object.values(of).reduce((sum, layer) => sum + layer[key], 0);
  const numbers = sent.reduce((sum, [, { size }]) => sum + size, 0);
  const each = <R>(of: readonly (readonly [string, Sums])[], f: (layer: Sums) => R): { readonly [path: string]: R } =>
    Object.fromEntries(of.map(([path, layer]) => [path, f(layer)]));
  return {
    activationSparsity: numbers === 0 ? null : 1 - sent.reduce((sum, [, { count }]) => sum + count, 0) / numbers,
    activationSparsityOf: each(sent, ({ count, size }) => 1 - count / size),
    synapticOperations: {
      effectiveMacs: total(sums.synapses, 'macs') / batch,
      effectiveAcs: total(sums.synapses, 'acs') / batch,
      dense: total(sums.synapses, 'dense') / batch,
    },
    synapticOperationsOf: each(Object.entries(sums.synapses), ({ macs, acs, dense }) => ({
      effectiveMacs: macs / batch,
      effectiveAcs: acs / batch,
      dense: dense / batch,
    })),
    membraneUpdates: total(sums.membranes, 'count') / batch,
    membraneUpdatesOf: each(Object.entries(sums.membranes), ({ count }) => count / batch),
    spikesPerSample: total(sums.spikes, 'count') / batch,
  };
}

/** One step and what is to be counted of it. */
function observed<T extends TensorMeta>(
  b: Backend<T>,
  network: Layer,
  used: UsedParameters<T>,
  own: readonly { readonly layer: Layer; readonly path: string; readonly used: UsedParameters<T> }[],
  state: Tree<T>,
  input: T,
  first: boolean,
): { readonly pending: readonly Pending<T>[]; readonly next: Tree<T> } {
  const pending: Pending<T>[] = [];
  const count = (kind: Pending<T>['kind'], path: string, x: T): void => {
    pending.push({ kind, path, counts: shortened(b, nonZero(b, x)), size: sizeOf(x.shape), graded: null, dense: 0 });
  };
  const [, next] = network.step(b, used, state, input, {
    training: false,
    key: null,
    path: '',
    record(kind, path, x) {
      if (kind === 'spikes' || kind === 'activations') count(kind, path, x);
      if (kind !== 'synapses') return;
      const [found, other] = own.filter((one) => one.path === path);
      if (!found?.layer.operations || other) {
        throw unsupportedError(
          found
            ? `workload: ${title(found.layer.name, path)} and the layer within it both have synapses, which cannot be told apart; put the inner one into a sequential.`
            : `workload: the layer at '${path}' has synapses, but does not say what they cost; give it \`operations\` and \`denseOperations\`.`,
        );
      }
      const size = abs(b, x);
      pending.push({
        kind,
        path,
        counts: shortened(b, found.layer.operations(b, found.used, x)),
        size: 0,
        graded: b.reduceMax(
          nonZero(b, b.mul(size, b.sub(size, 1))),
          x.shape.map((_, axis) => axis),
        ),
        dense: x.shape[0] * (found.layer.denseOperations?.(x.shape.slice(1)) ?? 0),
      });
    },
  });
  const before = new Map(treeLeaves<T>(state).map(({ path, value }) => [path, value]));
  for (const { path, value } of treeLeaves<T>(next)) {
    // a loop's own layer is `inner` in its state, which paths of layers do not say
    const names = path.split('.').filter((name) => name !== 'inner');
    if (names.pop() !== 'v') continue;
    const moved = first ? b.broadcast(b.fromData([1], []), value.shape) : b.sub(value, before.get(path) as T);
    count('membranes', names.join('.'), moved);
  }
  return { pending, next };
}

async function addTo<T extends TensorMeta>(
  b: Backend<T>,
  sums: Record<string, Sums>,
  { path, counts, size, graded, dense }: Pending<T>,
  name: string,
): Promise<void> {
  const key = path || name;
  sums[key] ??= { count: 0, size: 0, macs: 0, acs: 0, dense: 0 };
  const layer = sums[key];
  let count = 0;
  for (const n of await b.read(counts)) count += n;
  layer.count += count;
  layer.size += size;
  layer.dense += dense;
  if (graded === null) return;
  if ((await b.read(graded))[0] === 0) layer.acs += count;
  else layer.macs += count;
}
