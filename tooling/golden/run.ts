// Runs one golden file on one backend and compares outputs, states and gradients.

import { autodiff, type Var } from '@snn/autodiff';
import { type Backend, full, type Operand, type TensorMeta } from '@snn/core';
import { type FunctionAdapter, type Given, load, type StepAdapter } from './adapter.ts';
import { type Computed, compareGradient, compareValue, type Errors, largestOf, pairs, type Tolerances } from './compare.ts';
import type { FunctionFile, Named, StepFile, Stored, StoredTensor } from './file.ts';
import { type Compile, compiled, unrolled } from './trajectory.ts';

/** A backend that can be read at once. */
export type Readable<T extends TensorMeta> = Backend<T> & Required<Pick<Backend<T>, 'readSync'>>;

/** What a run found. */
export interface RunReport {
  readonly errors: Errors;
  /** What is out of tolerance, in words. */
  readonly problems: readonly string[];
}

const mapValues = <X, Y>(record: Named<X>, f: (value: X, name: string) => Y): Record<string, Y> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, f(value, name)]));

/** Step `t` of a stored tensor `[T, ...]`. */
function stepOf({ shape: [steps, ...rest], data }: StoredTensor, t: number): StoredTensor {
  const size = data.length / steps;
  return { shape: rest, data: data.slice(t * size, (t + 1) * size) };
}

/** Whether the file's gradients are the gradients of its forward pass; see vectors/README.md. */
const hasTrueGradients = ({ model, config }: StepFile): boolean => config.sparse !== true && !model.includes('adjoint');

/** Run a step file: step by step, or compiled if `compile` is given. */
export async function runSteps<T extends TensorMeta>(
  b: Readable<T>,
  file: StepFile,
  adapter: StepAdapter,
  tolerances: Tolerances,
  compile: Compile<T> | null = null,
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
  const read = (x: Var<T>): Computed => ({ shape: x.shape, data: b.readSync(x.value) });

  const trajectory = compile ? await compiled(ad, file, adapter, given, compile) : unrolled(ad, file, adapter, given);
  const { state } = trajectory[trajectory.length - 1];
  const outs = trajectory.map(({ out }) => out);
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
  const floor = tolerances.gradientFloor * Math.max(0, ...wanted.map(({ stored }) => largestOf(stored)));
  compared.forEach(({ what, stored }, n) => {
    const g = gradients[n];
    const computed = g === null ? null : { shape: g.shape, data: b.readSync(g) };
    errors.gradient = Math.max(errors.gradient, compareGradient(what, computed, stored, tolerances.gradient, floor, problems));
  });
  return { errors, problems };
}

/** Run a function file. */
export function runFunctions<T extends TensorMeta>(
  b: Readable<T>,
  file: FunctionFile,
  adapter: FunctionAdapter,
  tolerances: Tolerances,
  gradientTolerance32: number,
): RunReport {
  const errors: Errors = { out: 0, state: 0, gradient: 0 };
  const problems: string[] = [];
  file.entries.forEach((entry, index) => {
    const what = `entry ${index} (${entry.function})`;
    const ad = autodiff(b);
    const differentiated = entry.gradients ? (entry.gradientOf ?? []) : [];
    const inputs = mapValues(entry.inputs, (x, name) =>
      differentiated.includes(name) ? ad.variable(load(b, x)) : ad.constant(load(b, x)),
    );
    const outputs = adapter(ad, entry, inputs);
    for (const [name, value, stored] of pairs(what, outputs, entry.outputs, problems)) {
      const computed = { shape: value.shape, data: b.readSync(value.value) };
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
    differentiated.forEach((name, n) => {
      const g = gradients[n];
      const computed = g === null ? null : { shape: g.shape, data: b.readSync(g) };
      const stored = entry.gradients?.[name] ?? null;
      const tolerance = entry.gradientInFloat32Only ? gradientTolerance32 : tolerances.gradient;
      errors.gradient = Math.max(
        errors.gradient,
        compareGradient(`${what}: gradient of ${name}`, computed, stored, tolerance, 0, problems),
      );
    });
  });
  return { errors, problems };
}
