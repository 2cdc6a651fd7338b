// The outputs and states of a golden file's model at every step: by running its step in a loop, or by tracing it once and running the schedule.

import type { Differentiator, Var } from '@snn/autodiff';
import { overTime, traceStep } from '@snn/compile';
import { at, type Backend, type Executable, isTensor, type Operand, type StepProgram, sizeOf, type TensorMeta } from '@snn/core';
import { type Given, inputsAt, type StepAdapter, type Stepped } from './adapter.ts';
import type { Named, StepFile } from './file.ts';

/** Steps in order. */
export type Trajectory<T> = readonly Stepped<T>[];

/** Makes a traced step executable on a backend. */
export type Compile<T extends TensorMeta> = (step: StepProgram, steps: number) => Promise<Executable<T>>;

/** One step after the other. */
export function unrolled<T extends TensorMeta>(b: Backend<T>, file: StepFile, adapter: StepAdapter, given: Given<T>): Trajectory<T> {
  const running = adapter(b, file, given);
  const steps: Stepped<T>[] = [];
  for (let t = 0; t < file.shapes.T; t++) steps.push(running.step(steps[t - 1]?.state ?? running.initial, inputsAt(b, given.inputs, t)));
  return steps;
}

/** Tensors as one vector. */
export const flat = <T extends TensorMeta>(b: Backend<T>, tensors: readonly T[]): T =>
  b.concat(
    tensors.map((x) => b.reshape(x, [sizeOf(x.shape)])),
    0,
  );

/** The tensors that `flat` put together. */
function apart<T extends TensorMeta>(b: Backend<T>, vector: T, shapes: readonly (readonly number[])[]): T[] {
  let start = 0;
  return shapes.map((shape) => {
    start += sizeOf(shape);
    return b.reshape(b.slice(vector, [start - sizeOf(shape)], [sizeOf(shape)]), shape);
  });
}

/** Parameters, weights and initial states, without what is only a number. */
type Leaves<T> = Record<string, T>;

const leavesOf = <T extends TensorMeta>({ weights, params, activatedParams, initialState }: Given<T>): Leaves<T> =>
  Object.fromEntries(
    Object.entries({ weights, params, activatedParams, initialState }).flatMap(([group, record]) =>
      Object.entries(record as Named<Operand<T>>).flatMap(([name, value]) => (isTensor(value) ? [[`${group}.${name}`, value as T]] : [])),
    ),
  );

/** `given` with other tensors in the places of its own. */
function withLeaves<U>(given: Given<unknown>, leaves: Leaves<U>): Given<U> {
  const replace = (group: keyof Given<unknown>): Record<string, never> =>
    Object.fromEntries(
      Object.entries(given[group] as Named<unknown>).map(([name, value]) => [name, (leaves[`${group}.${name}`] ?? value) as never]),
    );
  return {
    // only their shapes are looked at before the first step
    inputs: given.inputs as Named<never>,
    weights: replace('weights'),
    params: replace('params'),
    activatedParams: replace('activatedParams'),
    initialState: replace('initialState'),
  };
}

/** Traced once and run over time: everything that the file compares is the output of the step. */
export async function compiled<T extends TensorMeta>(
  ad: Differentiator<T>,
  file: StepFile,
  adapter: StepAdapter,
  given: Given<Var<T>>,
  compile: Compile<T>,
): Promise<Trajectory<Var<T>>> {
  const { initial } = adapter(ad, file, given);
  const names = Object.keys(initial);
  const inputNames = Object.keys(given.inputs);
  const inputShapes = inputNames.map((name) => given.inputs[name].shape.slice(1));
  const outputShapes: (readonly number[])[] = [];
  const reportedNames: string[] = [];
  const step = <U extends TensorMeta>(b: Backend<U>, leaves: Leaves<U>, state: Leaves<U>, vector: U) => {
    const inputs = Object.fromEntries(apart(b, vector, inputShapes).map((x, i) => [inputNames[i], x]));
    const { out, state: next } = adapter(b, file, withLeaves(given as Given<unknown>, leaves)).step(state, inputs);
    // what is reported may be more than what is carried on
    const reported = Object.keys(next);
    reportedNames.splice(0, reportedNames.length, ...reported);
    const results = [out, ...reported.map((name) => next[name])];
    outputShapes.splice(0, outputShapes.length, ...results.map(({ shape }) => shape));
    return [flat(b, results), Object.fromEntries(names.map((name) => [name, next[name]]))] as const;
  };
  const leaves = leavesOf(given);
  const { T: steps } = file.shapes;
  const vectors = ad.reshape(
    flat(
      ad,
      Array.from({ length: steps }, (_, t) =>
        flat(
          ad,
          inputNames.map((name) => at(ad, given.inputs[name], t)),
        ),
      ),
    ),
    [steps, inputShapes.reduce((sum, shape) => sum + sizeOf(shape), 0)],
  );
  const program = traceStep(file.model, step as never, leaves, initial, { shape: vectors.shape.slice(1), dtype: 'float32' });
  const running = { executable: (await compile(program, steps)) as unknown as Executable<TensorMeta>, latest: null };
  const { outputs } = overTime(ad, running, Object.values(leaves), Object.values(initial), vectors);
  return Array.from({ length: steps }, (_, t) => {
    const [out, ...states] = apart(ad, at(ad, outputs, t), outputShapes);
    return { out, state: Object.fromEntries(reportedNames.map((name, i) => [name, states[i]])) };
  });
}
