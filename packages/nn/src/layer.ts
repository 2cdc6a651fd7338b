/**
 * What a layer is: types and the few functions that every layer shares. A layer is plain data and pure functions; it holds no tensors, so one
 * layer object may be used in any number of models and on any backend.
 */
import { type Backend, type Key, type Operand, shapeError, type TensorMeta, type Tree } from '@snn/core';

/** What is reported to a recorder: the spikes that a neuron layer sends out, or the input that a synaptic layer multiplies with its weights. */
export type RecordKind = 'spikes' | 'synapses';

/** Called by layers with what they send or receive in each step. */
export type Recorder<T> = (kind: RecordKind, path: string, x: T) => void;

/** What a layer is told besides its parameters, its state and its input. */
export interface Context<T> {
  /** Whether the network is being trained (dropout is active) or used. */
  readonly training: boolean;
  /** Source of randomness of this forward pass; null where none is needed. Each child of a container gets a key of its own. */
  readonly key: Key | null;
  /** Where the layer stands in the network, as in `layers[2]`; empty for the outermost one. */
  readonly path: string;
  readonly record?: Recorder<T>;
  /** What the placeholders around this layer hold, by the placeholder. */
  readonly placeholders?: ReadonlyMap<object, PlaceholderAccess<T>>;
}

/** A placeholder during one step. */
export interface PlaceholderAccess<T> {
  /** What was sent one step earlier, `[B, ...]`. */
  readonly previous: T;
  /** Keep what is sent now for the next step. */
  readonly send: (output: T) => void;
}

/** Parameters as a step uses them: tensors, or numbers where they are fixed. */
export type UsedParameters<T> = Tree<Operand<T>>;

/**
 * A layer of a network. All methods are generic in the handle `T` of the backend; parameters and states are trees of tensors. Shapes written
 * `[B, ...]` have the batch first; time is not a layer's business, `run` loops over it.
 */
export interface Layer {
  readonly name: string;
  /** Layers of a container, in order. */
  readonly children?: readonly Layer[];
  /**
   * Shape of one output without batch axis from the shape of one input without batch axis; null where it is not known.
   *
   * @throws a `shape` error when the layer cannot take such an input.
   */
  outputShape(inputShape: readonly number[] | null, path?: string): readonly number[] | null;
  /** The raw values that are trained, as float32 tensors; null without parameters. */
  init<T extends TensorMeta>(b: Backend<T>, key: Key): Tree<T>;
  /** What `step` uses, from the raw values: constraints and masks are applied here, once per run instead of once per step. Default: unchanged. */
  prepare?<T extends TensorMeta>(b: Backend<T>, raw: Tree<T>): UsedParameters<T>;
  /** The state before the first step for inputs of `inputShape` (`[B, ...]`); every tensor of it has the batch first; null when stateless. */
  initialState<T extends TensorMeta>(
    b: Backend<T>,
    parameters: UsedParameters<T>,
    inputShape: readonly number[],
    context: Context<T>,
  ): Tree<T>;
  /** One step of time: `input` `[B, ...]` to the output `[B, ...]` and the next state. Pure. */
  step<T extends TensorMeta>(
    b: Backend<T>,
    parameters: UsedParameters<T>,
    state: Tree<T>,
    input: T,
    context: Context<T>,
  ): readonly [T, Tree<T>];
  /** Multiply-adds that `input` (of one step) needs when those with a zero input are skipped, as a scalar. Only of layers with synapses. */
  operations?<T extends TensorMeta>(b: Backend<T>, input: T): T;
  /** Multiply-adds per input of shape `inputShape` (without batch) when none is skipped. Only of layers with synapses. */
  denseOperations?(inputShape: readonly number[]): number;
}

/** A stateless layer without parameters, from a function of one step's input. */
export type StepFunction = <T extends TensorMeta>(b: Backend<T>, input: T, context: Context<T>) => T;

/** Make a layer of a function: no parameters, no state. */
export function stateless(name: string, outputShape: Layer['outputShape'], f: StepFunction): Layer {
  return {
    name,
    outputShape,
    init: () => null,
    initialState: () => null,
    step: (b, _parameters, state, input, context) => [f(b, input, context), state],
  };
}

/** What `layer.step` uses, from the raw values. */
export const prepare = <T extends TensorMeta>(b: Backend<T>, layer: Layer, raw: Tree<T>): UsedParameters<T> =>
  layer.prepare ? layer.prepare(b, raw) : raw;

/** How a layer is called in messages: `layers[2] (lif)`. */
export const title = (name: string, path: string | undefined): string => (path ? `${path} (${name})` : name);

/** Shapes as in messages. */
export const show = (shape: readonly number[]): string => `[${shape.join(', ')}]`;

/**
 * Throw unless one input has the shape that a layer was made for.
 *
 * @throws a `shape` error that names the layer.
 */
export function expectShape(name: string, path: string | undefined, expected: readonly number[], actual: readonly number[] | null): void {
  if (actual === null || (actual.length === expected.length && actual.every((n, i) => n === expected[i]))) return;
  throw shapeError(
    `${title(name, path)}: takes inputs of shape [B, ${expected.join(', ')}], but [B, ${actual.join(', ')}] came; change its size or the layer before it.`,
  );
}

/** A layer and where it stands. */
export interface PlacedLayer {
  readonly path: string;
  readonly layer: Layer;
}

/** All layers of a network that have no children, in order, with their paths. */
export function leafLayers(layer: Layer, path = ''): readonly PlacedLayer[] {
  if (!layer.children) return [{ path, layer }];
  return layer.children.flatMap((child, i) => leafLayers(child, childPath(path, i)));
}

/** Path of child `index` of the container at `path`, as in `layers[1].layers[0]`. */
export const childPath = (path: string, index: number): string => `${path ? `${path}.` : ''}layers[${index}]`;
