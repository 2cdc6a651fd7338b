// Runs one golden file on one backend and compares outputs, states and gradients.

import { autodiff, type Var } from '@snn/autodiff';
import { arena, type Backend, type Executable, full, type Operand, sizeOf, type TensorMeta } from '@snn/core';
import { type FunctionAdapter, type Given, load, type StepAdapter } from './adapter.ts';
import { type Computed, compareGradient, compareValue, type Errors, largestOf, pairs, type Tolerances } from './compare.ts';
import type { FunctionEntry, FunctionFile, Named, StepFile, Stored, StoredTensor } from './file.ts';
import { type Compile, compiled, flat, unrolled } from './trajectory.ts';

/** What a run found. */
export interface RunReport {
  readonly errors: Errors;
  /** What is out of tolerance, in words. */
  readonly problems: readonly string[];
}

const mapValues = <X, Y>(record: Named<X>, f: (value: X, name: string) => Y): Record<string, Y> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, f(value, name)]));

/** The values of many tensors, read as one: a device answers a question much more slowly than it joins what is asked for. */
async function readAll<T extends TensorMeta>(b: Backend<T>, tensors: readonly T[]): Promise<readonly Computed[]> {
  if (tensors.length === 0) return [];
  const data = await b.read(flat(b, tensors));
  let start = 0;
  return tensors.map(({ shape }) => {
    start += sizeOf(shape);
    return { shape, data: data.subarray(start - sizeOf(shape), start) };
  });
}

/** Gradients in their order; null stays null. */
async function readGradients<T extends TensorMeta>(b: Backend<T>, gradients: readonly (T | null)[]): Promise<readonly (Computed | null)[]> {
  const present = gradients.filter((g) => g !== null);
  const values = await readAll(b, present);
  return gradients.map((g) => (g === null ? null : values[present.indexOf(g)]));
}

/** Step `t` of a stored tensor `[T, ...]`. */
function stepOf({ shape: [steps, ...rest], data }: StoredTensor, t: number): StoredTensor {
  const size = data.length / steps;
  return { shape: rest, data: data.slice(t * size, (t + 1) * size) };
}

/** Whether the file's gradients are the gradients of its forward pass; see vectors/README.md. */
const hasTrueGradients = ({ model, config }: StepFile): boolean => config.sparse !== true && !model.includes('adjoint');

/** Run a step file: step by step, or compiled if `compile` is given. Leaves nothing on the backend. */
export async function runSteps<T extends TensorMeta>(
  b: Backend<T>,
  file: StepFile,
  adapter: StepAdapter,
  tolerances: Tolerances,
  compile: Compile<T> | null = null,
): Promise<RunReport> {
  const scope = arena(b);
  const executables: Executable<T>[] = [];
  const kept: Compile<T> | null =
    compile &&
    (async (step, steps) => {
      const executable = await compile(step, steps);
      executables.push(executable);
      return executable;
    });
  try {
    return await compareSteps(scope, file, adapter, tolerances, kept);
  } finally {
    for (const executable of executables) executable.dispose();
    scope.release();
  }
}

async function compareSteps<T extends TensorMeta>(
  b: Backend<T>,
  file: StepFile,
  adapter: StepAdapter,
  tolerances: Tolerances,
  compile: Compile<T> | null,
): Promise<RunReport> {
  const errors: Errors = { out: 0, state: 0, gradient: 0 };
  const problems: string[] = [];
  const ad = autodiff(b);
  const variable = (x: Stored): Var<T> => ad.variable(load(b, x));
  const given: Given<Var<T>> = {
    inputs: mapValues(file.inputs, variable),
    weights: mapValues(file.weights, variable),
    params: mapValues(
      file.params,
      (x, name): Operand<Var<T>> =>
        file.differentiableParams.includes(name) ? variable(x) : typeof x === 'number' ? x : ad.constant(load(b, x)),
    ),
    activatedParams: mapValues(file.activatedParams ?? {}, variable),
    initialState: mapValues(file.initialState, variable),
  };
  const trajectory = compile ? await compiled(ad, file, adapter, given, compile) : unrolled(ad, file, adapter, given);
  const { state } = trajectory[trajectory.length - 1];
  const outs = trajectory.map(({ out }) => out);
  const asked = [...new Set(trajectory.flatMap((stepped) => [stepped.out, ...Object.values(stepped.state)]))];
  const values = await readAll(
    b,
    asked.map(({ value }) => value),
  );
  const computed = new Map(asked.map((x, n) => [x, values[n]]));
  const read = (x: Var<T>): Computed => computed.get(x) as Computed;
  for (const [t, stepped] of trajectory.entries()) {
    const spikes = file.thresholdMargin !== null;
    const out = compareValue(`out at step ${t}`, read(stepped.out), stepOf(file.outputs.out, t), tolerances.value, spikes, problems);
    errors.out = Math.max(errors.out, out);
    for (const [name, value, stored] of pairs('state', stepped.state, file.outputs.states, problems)) {
      const error = compareValue(
        `state ${name} at step ${t}`,
        read(value),
        stepOf(stored as StoredTensor, t),
        tolerances.value,
        false,
        problems,
      );
      errors.state = Math.max(errors.state, error);
    }
  }
  for (const [name, value, stored] of pairs('final state', state, file.outputs.finalState, problems)) {
    errors.state = Math.max(errors.state, compareValue(`final state ${name}`, read(value), stored, tolerances.value, false, problems));
  }

  if (file.gradients === null || !hasTrueGradients(file)) return { errors, problems };
  const { out: outCoefficients, finalState = {} } = file.loss.coefficients;
  const ends: { readonly value: Var<T>; readonly coefficient: Stored }[] = [];
  if (outCoefficients) ends.push(...outs.map((value, t) => ({ value, coefficient: stepOf(outCoefficients, t) })));
  for (const [, value, coefficient] of pairs('final state', state, finalState, problems)) ends.push({ value, coefficient });

  const wanted = Object.entries(file.gradients).flatMap(([group, gradients]) =>
    Object.entries(gradients).map(([name, stored]) => ({
      what: `gradient of ${group}.${name}`,
      stored,
      x: given[group as keyof Given<Var<T>>]?.[name],
    })),
  );
  const variables: Var<T>[] = [];
  const compared: typeof wanted = [];
  for (const gradient of wanted) {
    const { x, what } = gradient;
    if (x === undefined || typeof x === 'number') problems.push(`${what} was not computed`);
    else {
      variables.push(x);
      compared.push(gradient);
    }
  }
  const gradients = ad.backward(
    ends.map(({ value }) => value),
    ends.map(({ coefficient }) => load(b, coefficient)),
    variables,
  );
  const pulled = await readGradients(b, gradients);
  const floor = tolerances.gradientFloor * Math.max(0, ...wanted.map(({ stored }) => largestOf(stored)));
  compared.forEach(({ what, stored }, n) => {
    errors.gradient = Math.max(errors.gradient, compareGradient(what, pulled[n], stored, tolerances.gradient, floor, problems));
  });
  return { errors, problems };
}

/** Run a function file. Leaves nothing on the backend. */
export async function runFunctions<T extends TensorMeta>(
  b: Backend<T>,
  file: FunctionFile,
  adapter: FunctionAdapter,
  tolerances: Tolerances,
  gradientTolerance32: number,
): Promise<RunReport> {
  const errors: Errors = { out: 0, state: 0, gradient: 0 };
  const problems: string[] = [];
  for (const [index, entry] of file.entries.entries()) {
    const scope = arena(b);
    try {
      await compareEntry(scope, `entry ${index} (${entry.function})`, entry, adapter, tolerances, gradientTolerance32, errors, problems);
    } finally {
      scope.release();
    }
  }
  return { errors, problems };
}

async function compareEntry<T extends TensorMeta>(
  b: Backend<T>,
  what: string,
  entry: FunctionEntry,
  adapter: FunctionAdapter,
  tolerances: Tolerances,
  gradientTolerance32: number,
  errors: Errors,
  problems: string[],
): Promise<void> {
  const ad = autodiff(b);
  const differentiated = entry.gradients ? (entry.gradientOf ?? []) : [];
  const inputs = mapValues(entry.inputs, (x, name) => (differentiated.includes(name) ? ad.variable(load(b, x)) : ad.constant(load(b, x))));
  const outputs = adapter(ad, entry, inputs);
  for (const [name, { shape, value }, stored] of pairs(what, outputs, entry.outputs, problems)) {
    const computed = { shape, data: await b.read(value) };
    errors.out = Math.max(errors.out, compareValue(`${what}: ${name}`, computed, stored, tolerances.value, false, problems));
  }
  if (!entry.gradients || !outputs.out) return;
  const { out } = outputs;
  const coefficient = entry.coefficient === undefined ? full(b, out.shape, 1) : b.reshape(load(b, entry.coefficient), out.shape);
  const gradients = ad.backward(
    [out],
    [coefficient],
    differentiated.map((name) => inputs[name]),
  );
  const pulled = await readGradients(b, gradients);
  differentiated.forEach((name, n) => {
    const stored = entry.gradients?.[name] ?? null;
    const tolerance = entry.gradientInFloat32Only ? gradientTolerance32 : tolerances.gradient;
    errors.gradient = Math.max(errors.gradient, compareGradient(`${what}: gradient of ${name}`, pulled[n], stored, tolerance, 0, problems));
  });
}
