// Runs a step over time and reads what came out: shared by the tests.

import type { Backend, State, StepResult, TensorMeta, TypedArray } from '@snn/core';

export type Readable<T extends TensorMeta> = Backend<T> & { readSync(x: T): TypedArray };

/** Output and states per step. */
export type Trace<N extends string> = Readonly<Record<N | 'out', readonly (readonly number[])[]>>;

/** What a run came to. */
export interface Ended<N extends string, T> {
  readonly trace: Trace<N>;
  readonly state: State<N, T>;
}

/** Run `step` over `inputs`, one array of numbers per step, each of `shape`. */
export function run<T extends TensorMeta, N extends string>(
  b: Readable<T>,
  shape: readonly number[],
  inputs: readonly (readonly number[])[],
  start: State<N, T>,
  step: (state: State<N, T>, x: T, last: T | null) => StepResult<State<N, T>, T>,
): Ended<N, T> {
  const trace: Record<string, number[][]> = { out: [] };
  let state = start;
  let last: T | null = null;
  for (const x of inputs) {
    [last, state] = step(state, b.fromData(x, shape), last);
    trace.out.push([...b.readSync(last)]);
    for (const [name, value] of Object.entries(state) as [N, T][]) (trace[name] ??= []).push([...b.readSync(value)]);
  }
  return { trace: trace as unknown as Trace<N>, state };
}
