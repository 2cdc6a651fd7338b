/**
 * What a layer is: types and the few functions that every layer shares. A layer is plain data and pure functions; it holds no tensors, so one
 * layer object may be used in any number of models and on any backend.
 */
import { type Backend, type Key, type Operand, shapeError, type TensorMeta, type Tree } from '@snn/core';

/**
 * What is reported to a recorder.
 *
 *   spikes        what a neuron layer sends out; of neurons with negative spikes, its size
 *   activations   what an activation without spikes sends out (`relu`)
 *   synapses      the input that a synaptic layer multiplies with its weights
 *   measured      the next value of a raw parameter that is measured, not trained; the path is that of the parameter, as in `layers[1].mean`
 */
export type RecordKind = 'spikes' | 'activations' | 'synapses' | 'measured';

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

/** A part of a network that goes through a sequence step by step. */
export interface Part<T> {
  readonly layer: Layer;
  readonly parameters: UsedParameters<T>;
  /** What names it: the path of its first layer; empty for the whole network. */
  readonly path: string;
}

/** Goes through a sequence `inputs` `[T, B, ...]` with a part: outputs `[T, B, ...]` and the state after the last step. */
export type OverSteps<T> = (part: Part<T>, state: Tree<T>, inputs: T, context: Context<T>) => readonly [T, Tree<T>];

/** A layer with its raw parameters. */
export interface LayerWithParameters<T> {
  readonly layer: Layer;
  readonly parameters: Tree<T>;
}

/** What a normalisation is once it is no longer trained: x scale + shift, then `rest`. */
export interface Folded<T> {
  /** One number per output, `[C]` or `[C, 1, 1]`; null: nothing can go into the weights before it. */
  readonly affine: { readonly scale: T; readonly shift: T } | null;
  /** What stays in the network; null: nothing. */
  readonly rest: LayerWithParameters<T> | null;
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
  /** The layer within a loop, which stands at the loop's own path; its raw parameters are `inner` of the loop's. */
  readonly inner?: Layer;
  /** Whether the container is its children in a row and nothing else, with parameters `{ layers: [...] }`. Default false. */
  readonly inRow?: boolean;
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
  /**
   * All steps at once, while training: `inputs` `[T, B, ...]` to outputs `[T, B, ...]` and the state after the last step. Only of layers whose output in
   * one step depends on other steps, and of what contains them; `step` is what they do when the network is used.
   */
  sequence?<T extends TensorMeta>(
    b: Backend<T>,
    parameters: UsedParameters<T>,
    state: Tree<T>,
    inputs: T,
    context: Context<T>,
    overSteps: OverSteps<T>,
  ): readonly [T, Tree<T>];
  /** What a normalisation is for inference; see `fold`. Only of normalisations. */
  folded?<T extends TensorMeta>(b: Backend<T>, raw: Tree<T>): Folded<T>;
  /** This layer with every output y replaced by y scale + shift, both `[C]` or `[C, 1, 1]`. Only of layers with synapses that take it into their weights. */
  rescaled?<T extends TensorMeta>(b: Backend<T>, raw: Tree<T>, scale: T, shift: T): LayerWithParameters<T>;
  /** Multiply-adds of each output, `[B, ...]`, for `input` of one step when those with a zero input or weight are skipped. Only of layers with synapses. */
  operations?<T extends TensorMeta>(b: Backend<T>, parameters: UsedParameters<T>, input: T): T;
  /**
   * Multiply-adds per step for an input of shape `inputShape` (without batch) when none is skipped; null where that depends on a shape that is not known.
   * Only of layers with synapses.
   */
  denseOperations?(inputShape: readonly number[] | null): number | null;
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

/** Path of child `index` of the container at `path`, as in `layers[1].layers[0]`. */
export const childPath = (path: string, index: number): string => `${path ? `${path}.` : ''}layers[${index}]`;
