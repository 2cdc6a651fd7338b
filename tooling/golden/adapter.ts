// What an adapter is: how our neurons and functions are called so that they do what the origin of a golden file did. One file per origin in
// adapters/; index.ts there lists them all by the model's name in the golden files.

import { at, type Backend, full, linear, type Operand, type TensorMeta } from '@snn/core';
import { type FunctionEntry, type Named, type StepFile, type Stored, tensorOf } from './file.ts';

/** The tensors of a step file. Those with a gradient in the file are variables; scalar parameters without one are numbers. */
export interface Given<T> {
  readonly inputs: Named<T>;
  readonly weights: Named<T>;
  readonly params: Named<Operand<T>>;
  /** traceTorch only: the parameters after their constraints, by the names without `raw_`. */
  readonly activatedParams: Named<T>;
  readonly initialState: Named<T>;
}

/** What one step gives: the output and every state variable, by the names of the file. A state may hold more than the file compares. */
export interface Stepped<T> {
  readonly out: T;
  readonly state: Named<T>;
}

/** A neuron set up with parameters, weights and initial state. */
export interface Running<T> {
  readonly initial: Named<T>;
  /** One step from the inputs of that step. */
  step(state: Named<T>, inputs: Named<T>): Stepped<T>;
}

/** Sets up the model of a step file. Throws when the file's config asks for what is not built. */
export type StepAdapter = <T extends TensorMeta>(b: Backend<T>, file: StepFile, given: Given<T>) => Running<T>;

/**
 * Evaluates one entry of a function file: outputs by the names of the file, from inputs as tensors (variables, where a gradient is asked for).
 */
export type FunctionAdapter = <T extends TensorMeta>(b: Backend<T>, entry: FunctionEntry, inputs: Named<T>) => Named<T>;

/** The adapters of one family of files, by model. */
export interface Adapters {
  readonly steps?: Named<StepAdapter>;
  readonly functions?: Named<FunctionAdapter>;
}

/** A stored tensor on a backend. Null, the file's NaN or infinity, becomes NaN. */
export const load = <T extends TensorMeta>(b: Backend<T>, x: Stored): T => {
  const { data, shape } = tensorOf(x);
  return b.fromData(
    data.map((value) => value ?? Number.NaN),
    shape,
  );
};

/** `x W^T`: weights lie in the files as `[out, in]`, as the origins keep them. The gradient comes out in that layout, too. */
export const transposedLinear = <T extends TensorMeta>(b: Backend<T>, x: T, weight: T, bias?: T): T =>
  linear(b, x, b.permute(weight, [1, 0]), bias);

/** The state variable `name` at the beginning, zeros where the file has none, stretched over the batch. */
export function initial<T extends TensorMeta>(b: Backend<T>, { shapes }: StepFile, given: Given<T>, name: string): T {
  const shape = [shapes.B, shapes.size];
  const value = given.initialState[name];
  return value === undefined ? full(b, shape, 0) : b.broadcast(value, shape);
}

/** A parameter of the file, which must be there. */
export function parameter<T>(given: Given<T>, name: string): Operand<T> {
  const value = given.params[name];
  if (value === undefined) throw new Error(`the file has no parameter '${name}'.`);
  return value;
}

/** The inputs of step `t`. */
export const inputsAt = <T extends TensorMeta>(b: Backend<T>, inputs: Named<T>, t: number): Named<T> =>
  Object.fromEntries(Object.entries(inputs).map(([name, x]) => [name, at(b, x, t)]));

/** One of the words that a config may have; throws for others, so that no file passes by being misread. */
export function choose<X>(what: string, value: unknown, words: Named<X>): X {
  const word = String(value);
  if (!(word in words)) throw new Error(`${what} '${word}' is not built; there are ${Object.keys(words).join(', ')}.`);
  return words[word];
}

/** Refuses arguments that an adapter does not read, so that no entry passes by being misread. */
export function only({ function: name, args }: FunctionEntry, known: readonly string[]): void {
  const other = Object.keys(args).find((key) => !known.includes(key));
  if (other !== undefined) throw new Error(`${name}: the argument '${other}' is not read.`);
}
