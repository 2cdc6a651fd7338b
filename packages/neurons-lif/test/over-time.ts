// Runs a step over time and reads what came out: shared by the tests.

import type { Backend, State, StepResult, TensorMeta, TypedArray } from '@snn/core';

export type Readable<T extends TensorMeta> = Backend<T> & { readSync(x: T): TypedArray };

/** Output and states per step. */
export interface Trace {
  readonly out: readonly number[][];
  readonly [state: string]: readonly number[][];
}

/** What a trace ends with, too. */
export interface Ended<S> {
  readonly trace: Trace;
  readonly state: S;
}

/** Run `step` over `inputs`, one array of numbers per step, each of `shape`. */
export function runFrom<T extends TensorMeta, N extends string>(
  b: Readable<T>,
  shape: readonly number[],
  inputs: readonly (readonly number[])[],
  start: State<N, T>,
  step: (state: State<N, T>, x: T, last: T | null) => StepResult<State<N, T>, T>,
): Ended<State<N, T>> {
  const trace: Record<string, number[][]> = { out: [] };
  let state = start;
  let last: T | null = null;
  for (const x of inputs) {
    [last, state] = step(state, b.fromData(x, shape), last);
    trace.out.push([...b.readSync(last)]);
    for (const [name, value] of Object.entries(state) as [N, T][]) (trace[name] ??= []).push([...b.readSync(value)]);
  }
  return { trace: trace as unknown as Trace, state };
}

/** The same for one neuron: numbers instead of arrays. */
export function runOne<T extends TensorMeta, N extends string>(
  b: Readable<T>,
  inputs: readonly number[],
  start: State<N, T>,
  step: (state: State<N, T>, x: T, last: T | null) => StepResult<State<N, T>, T>,
): Readonly<Record<N | 'out', number[]>> {
  const { trace } = runFrom(
    b,
    [1, 1],
    inputs.map((x) => [x]),
    start,
    step,
  );
  return Object.fromEntries(Object.entries(trace).map(([name, rows]) => [name, rows.map(([x]) => x)])) as Record<N | 'out', number[]>;
}
