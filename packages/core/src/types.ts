/**
 * The contract: what a backend is. Types only; `define-backend.ts` turns an implementation of it into a backend.
 *
 * A neuron model is a pure function of a `Backend`, so it can be run (a concrete backend), differentiated (`@snn/autodiff`), traced (a tracer)
 * or scoped (`arena`) without being changed. Third parties write the primitives and nothing else.
 */

import type { Key } from './random.ts';

/** Element types. `float32` is what is computed with; `int32` and `bool` are storage for labels, indices and masks. */
export type DType = 'float32' | 'int32' | 'bool';

/** What is known of a tensor without reading it. A `tf.Tensor` fits. */
export interface TensorMeta {
  /** Sizes of the axes, each at least 1; `[]` is a scalar. */
  readonly shape: readonly number[];
  readonly dtype: DType;
}

/** A tensor or a plain number. The backend rounds numbers to its own precision (float32) before it computes with them. */
export type Operand<T> = T | number;

/** What `read` gives: `Float32Array` for float32 (`Float64Array` from a backend of higher precision), `Int32Array`, `Uint8Array` for bool. */
export type TypedArray = Float32Array | Float64Array | Int32Array | Uint8Array;

/**
 * The pure operations. Inputs are never changed nor consumed; each call returns a new handle.
 *
 * Arithmetic (everything but the movement operations) converts its operands to float32 and returns float32. Movement operations (`reshape`,
 * `permute`, `broadcast`, `slice`, `concat`) keep the dtype. Two-operand arithmetic broadcasts as NumPy does.
 */
export interface Ops<T extends TensorMeta> {
  add(a: Operand<T>, b: Operand<T>): T;
  sub(a: Operand<T>, b: Operand<T>): T;
  mul(a: Operand<T>, b: Operand<T>): T;
  div(a: Operand<T>, b: Operand<T>): T;
  /** Larger of the two, NaN if either is NaN, +0 over -0. */
  max(a: Operand<T>, b: Operand<T>): T;
  /** 1 where `a > b`, else 0 (also for NaN), as float32. */
  gt(a: Operand<T>, b: Operand<T>): T;
  /** `a` where `condition` is not 0, else `b`. */
  where(condition: T, a: Operand<T>, b: Operand<T>): T;
  /** e^x. */
  exp(x: T): T;
  /** Natural logarithm; -Infinity at 0, NaN below. */
  log(x: T): T;
  sqrt(x: T): T;
  floor(x: T): T;
  /** Sum over `axes`, which stay with size 1. Adds in ascending (row-major) index order, starting from 0. */
  sum(x: T, axes: readonly number[]): T;
  /** Largest over `axes`, which stay with size 1. NaN if any is NaN. */
  reduceMax(x: T, axes: readonly number[]): T;
  /**
   * `[..., M, K] x [..., K, N] -> [..., M, N]` with equal leading axes. Adds over K in ascending order, starting from 0, without fused
   * multiply-add. Whether 0 times a non-finite number counts as 0 or NaN is the backend's choice: spike-sparse kernels skip zeros of `a`.
   */
  matmul(a: T, b: T): T;
  reshape(x: T, shape: readonly number[]): T;
  /** Axis `i` of the result is axis `axes[i]` of `x`. */
  permute(x: T, axes: readonly number[]): T;
  /** Repeat axes of size 1 (and missing leading axes) to `shape`. */
  broadcast(x: T, shape: readonly number[]): T;
  /** The box that starts at `begin` and has shape `size`. */
  slice(x: T, begin: readonly number[], size: readonly number[]): T;
  concat(parts: readonly T[], axis: number): T;
}

/** The pure operations and the three that touch memory: all a backend must have. */
export interface Primitives<T extends TensorMeta> extends Ops<T> {
  /** A tensor holding a copy of `data` (row-major). Default dtype float32. Throws when the length does not fit the shape. */
  fromData(data: ArrayLike<number>, shape: readonly number[], dtype?: DType): T;
  /** The only place where results are awaited. The array is the caller's own. */
  read(x: T): Promise<TypedArray>;
  /** Release the memory of `x`. Twice is harmless; any other use afterwards throws. */
  dispose(x: T): void;
}

/** Optional fast paths with the same result as the derived operation of the same name. Never needed for correctness; decorators drop them. */
export interface NativeOps<T extends TensorMeta> {
  sigmoid(x: T): T;
  tanh(x: T): T;
  softplus(x: T): T;
  relu(x: T): T;
  abs(x: T): T;
  round(x: T): T;
  softmax(x: T, axis: number): T;
  logSoftmax(x: T, axis: number): T;
  argmax(x: T, axis: number): T;
  oneHot(indices: T, classes: number): T;
  gather(x: T, indices: T): T;
  cumulativeSum(x: T, axis: number): T;
  conv2d(x: T, weight: T, options: Required<Conv2dOptions>): T;
  avgPool2d(x: T, size: number, stride: number): T;
  maxPool2d(x: T, size: number, stride: number): T;
  conv2dInputGradient(g: T, weight: T, size: readonly [rows: number, columns: number], options: Required<Conv2dOptions>): T;
  conv2dWeightGradient(x: T, g: T, size: readonly [rows: number, columns: number], options: Required<Conv2dOptions>): T;
  avgPool2dGradient(g: T, image: readonly [rows: number, columns: number], size: number, stride: number): T;
  maxPool2dGradient(x: T, g: T, size: number, stride: number): T;
  /** `[steps, ...shape of probability]`: step t is the draw of `bernoulli` from `foldIn(key, t)`, bit for bit; see `spikeTrains`. */
  bernoulli(key: Key, probability: T, steps: number): T;
}

/** Geometry of a two-dimensional convolution, the same for both image axes. */
export interface Conv2dOptions {
  /** Step of the window, pixels. Default 1. */
  readonly stride?: number;
  /** Zeros around the image, pixels. Default 0. */
  readonly padding?: number;
  /** Distance of the kernel's taps, pixels. Default 1. */
  readonly dilation?: number;
}

/** What a backend claims of itself: JSON-safe data, whose truth `@snn/backend-conformance` checks. */
export interface Supports {
  /** What `fromData` accepts. float32 is required. */
  readonly dtypes: readonly DType[];
  /** Largest rank of a tensor; at least 6. */
  readonly maxRank: number;
  /** Whether `readSync` exists. */
  readonly syncRead: boolean;
  /** `gc`: undisposed tensors are collected; `manual`: they leak, use an `arena`. */
  readonly memory: 'gc' | 'manual';
  /** + - * / sqrt, sums and dot products round to float32 after each operation, in the contract's order. */
  readonly exactF32: boolean;
  /** NaN and infinities behave as IEEE 754 says. */
  readonly nonFinite: boolean;
  /** Largest relative error of a single operation (`exp` and `log` included) against exact arithmetic. */
  readonly relativeError: number;
  /** Whether there is `compile`. */
  readonly compile: 'none' | 'step';
}

/** Live memory as the backend counts it. */
export interface MemoryInfo {
  /** Tensors made and not yet disposed. */
  readonly tensors: number;
  /** Bytes held for them. */
  readonly bytes: number;
}

/** A function whose derivative is declared, not derived: the only hook that surrogates and `stopGradient` need. */
export interface CustomOp {
  readonly name: string;
  forward<T extends TensorMeta>(b: Backend<T>, ...inputs: readonly T[]): T;
  /** Cotangents of the inputs (null: none) from the cotangent `g` of the output. Those that are not `needed` may be null too. */
  vjp<T extends TensorMeta>(b: Backend<T>, g: T, inputs: readonly T[], output: T, needed: readonly boolean[]): readonly (T | null)[];
}

/** Derived elementwise operations that a program keeps whole, so that a backend with a fast path for one can use it. */
export type DerivedName = 'sigmoid' | 'tanh' | 'softplus' | 'round' | 'abs';

/**
 * Operations on images that a program keeps whole: they depend on neighbouring pixels, so each is a piece of its own. Attributes are those of the
 * functions in order, with `[stride, padding, dilation]` for the options of a convolution.
 */
export type ImageName =
  | 'conv2d'
  | 'conv2dInputGradient'
  | 'conv2dWeightGradient'
  | 'avgPool2d'
  | 'avgPool2dGradient'
  | 'maxPool2d'
  | 'maxPool2dGradient';

/** One operation of a traced program: its operands are numbers or the results of earlier nodes. */
export interface ProgramNode extends TensorMeta {
  readonly op: OpName | DerivedName | ImageName | 'input' | 'constant';
  readonly inputs: readonly (number | { readonly node: number })[];
  readonly attributes: readonly unknown[];
}

/** A traced, JSON-safe program. */
export interface Program {
  readonly nodes: readonly ProgramNode[];
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
}

/**
 * A pure step and its derivative as one program, JSON-safe; `@snn/compile` traces them. Numbers are nodes of the program; a cotangent is null
 * where there is no dependence.
 */
export interface StepProgram {
  readonly name: string;
  readonly program: Program;
  /** Paths of the parameters, as in `layers[0].weight`. */
  readonly parameterNames: readonly string[];
  readonly stateNames: readonly string[];
  readonly parameters: readonly number[];
  /** States before the step. */
  readonly states: readonly number[];
  readonly input: number;
  readonly output: number;
  /** States after the step. */
  readonly nextStates: readonly number[];
  /** Cotangents that are given: of the output and of the states after the step. */
  readonly outputCotangent: number;
  readonly nextStateCotangents: readonly number[];
  /** Cotangents that are computed. */
  readonly parameterCotangents: readonly (number | null)[];
  readonly stateCotangents: readonly (number | null)[];
  readonly inputCotangent: number | null;
}

/** Gradients of a run over time; `inputs` `[T, ...]` is null unless asked for. */
export interface StepGradients<T> {
  readonly parameters: readonly T[];
  readonly states: readonly T[];
  readonly inputs: T | null;
}

/**
 * How gradients go back through time. Made by `store`, `checkpoint`, `truncated` and `none` of `@snn/compile`; the segments of `steps` steps are
 * [0, k), [k, 2k), ..., the last may be shorter.
 *
 *   store        keeps what the backward pass needs of every step
 *   checkpoint   keeps the states at the starts of segments and runs each segment again; gradients have the same bits as those of `store`
 *   truncated    no gradient flows through a state from one segment into the one before: cotangents of states are 0 at t = k, 2k, ...;
 *                those of the last states enter the last segment only
 *   none         keeps nothing: for runs whose gradients nobody asks for. Asking for them is refused
 */
export type GradientStrategy =
  | { readonly kind: 'store' }
  | { readonly kind: 'checkpoint'; readonly steps: number }
  | { readonly kind: 'truncated'; readonly steps: number }
  | { readonly kind: 'none' };

/** A run one step at a time that allocates nothing: numbers go in and out through two arrays. */
export interface StepStream {
  /** The next step's input, row-major: write here, then call `step`. */
  readonly input: Float32Array;
  /** The last step's output, row-major; the next step overwrites it. */
  readonly output: Float32Array;
  step(): void;
}

/** A step compiled for a number of steps. Owns its buffers; says what runs. */
export interface Executable<T extends TensorMeta> {
  /** Which executor runs it. */
  readonly executedBy: string;
  /** Why a slower executor was taken, or null. */
  readonly fallbackReason: string | null;
  /** Bytes of memory that it holds. */
  readonly bytes: number;
  /** Outputs `[T, ...]` and last states from parameters, first states and inputs `[T, ...]`. The results belong to the caller. */
  run(parameters: readonly T[], states: readonly T[], inputs: T): { readonly outputs: T; readonly states: readonly T[] };
  /** Gradients of sum <outputs, g> + sum_k <states_k, h_k> at the last run. The results belong to the caller. */
  pullback(g: T, h: readonly T[], wantInputs: boolean): StepGradients<T>;
  /**
   * Present where it is fast: a run step by step from these states, of a program compiled for one step. It lasts until the program runs in another
   * way or is disposed.
   */
  stream?(parameters: readonly T[], states: readonly T[]): StepStream;
  dispose(): void;
}

/** The interface that everything in this project is written against. */
export interface Backend<T extends TensorMeta> extends Primitives<T> {
  /** Version of the contract. Grows by optional members only. */
  readonly spec: 1;
  readonly name: string;
  readonly supports: Supports;
  readonly native: Partial<NativeOps<T>>;
  /** Run `op.forward`; a differentiating decorator uses `op.vjp` for its gradient. */
  customGrad(op: CustomOp, ...inputs: readonly T[]): T;
  /** Present when `supports.syncRead`. */
  readSync?(x: T): TypedArray;
  /** Present when the backend can count. */
  memory?(): MemoryInfo;
  /** Present unless `supports.compile` is `none`. `gradient`: default `store`. */
  compile?(step: StepProgram, steps: number, gradient?: GradientStrategy): Promise<Executable<T>>;
}

/** Names of the pure operations. */
export type OpName = keyof Ops<TensorMeta>;
