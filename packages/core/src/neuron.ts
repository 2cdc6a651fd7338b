/** What a neuron model is: types only. A model is its step; the rest of the record says what its parameters and states are called and mean. */
import type { Backend, Operand, TensorMeta } from './types.ts';

/**
 * How the raw value that is trained maps to the value that is used: `none` (itself), `positive` (softplus), `unit` (sigmoid, to 0 ... 1),
 * `clamp` (limited to 0 ... 1; the gradient passes inside), `arcsinh` (any number; the larger, the slower it moves).
 */
export type Constraint = 'none' | 'positive' | 'unit' | 'clamp' | 'arcsinh';

/** One parameter of a neuron model. */
export interface ParameterSpec {
  readonly default: number;
  /** `s`, `Hz`, `1` (dimensionless), ... */
  readonly unit: string;
  /** Applied when the parameter is learnable. */
  readonly constraint: Constraint;
  readonly description: string;
}

/** Named parameters: numbers, or tensors that broadcast against `[B, ...N]` (scalar or per neuron). */
export type Parameters<P extends string, T> = { readonly [K in P]: Operand<T> };

/** Named state variables, each `[B, ...N]`. */
export type State<S extends string, T> = { readonly [K in S]: T };

/** The result of one step: what the neuron sends out, `[B, ...N]`, and its next state. */
export type StepResult<S, T> = readonly [T, S];

/**
 * A neuron model. `step` is pure: a function of the backend it is given, its parameters (tensors), its state and its input; `options` are
 * static (surrogate, reset, order) and never tensors.
 */
export interface NeuronModel<P extends string, S extends string, O extends object> {
  readonly name: string;
  readonly parameters: { readonly [K in P]: ParameterSpec };
  readonly states: readonly S[];
  /** Default options. */
  readonly options: O;
  /** Whether spikes may be negative: their sizes are then what is counted. Default false. */
  readonly signed?: boolean;
  /**
   * Refuse what makes no sense before the first step; layers call it once. Values of tensors are not read.
   *
   * @param state with `input`: also that each state variable has the shape of the input and that no parameter is larger.
   * @throws an `argument` or `shape` error that names the model and what is wrong.
   */
  check?<T extends TensorMeta>(parameters: Parameters<P, T>, options: O, state?: State<S, T>, input?: T): void;
  /** The state before the first step, for outputs of `shape` (`[B, ...N]`). */
  initialState<T extends TensorMeta>(b: Backend<T>, parameters: Parameters<P, T>, shape: readonly number[], options: O): State<S, T>;
  /** One step of time. */
  step<T extends TensorMeta>(
    b: Backend<T>,
    parameters: Parameters<P, T>,
    state: State<S, T>,
    input: T,
    options: O,
  ): StepResult<State<S, T>, T>;
}
