/**
 * A step as a program, and its derivative as part of the same program: one step of backpropagation through time. Names of parameters and states
 * are kept, for messages and for `explain`.
 */
import { autodiff, type Var } from '@snn/autodiff';
import {
  argumentError,
  type Backend,
  isTensor,
  type Program,
  type StepProgram,
  sameShape,
  type TensorMeta,
  treeFlatten,
  treeLeaves,
} from '@snn/core';
import { mergeCommon } from './passes/merge-common.ts';
import { removeDeadCode } from './passes/remove-dead-code.ts';
import { simplify } from './passes/simplify.ts';
import { type Sym, tracer } from './tracer.ts';

/** A pure step over trees of tensors, as neurons and layers have them. `P` and `S` are the trees with handles `T`. */
export type Step = <T extends TensorMeta>(b: Backend<T>, parameters: never, state: never, input: T) => readonly [T, unknown];

/**
 * Trace `step` and its derivative; the step is run once.
 *
 * @param parameters a tree of tensors of any backend (only shapes and dtypes are looked at); `state`: as it is before a step; `input`: of one step.
 * @throws an `argument` error when the next state has another structure, shape or dtype than the state; an `unsupported` error when the step
 *   reads or branches on a tensor.
 */
export function traceStep(name: string, step: Step, parameters: unknown, state: unknown, input: TensorMeta): StepProgram {
  const b = tracer();
  const ad = autodiff(b);
  const enter = ({ shape, dtype }: TensorMeta): Var<Sym> => {
    const symbol = b.input(shape, dtype);
    return dtype === 'float32' ? ad.variable(symbol) : ad.constant(symbol);
  };
  const given = (tree: unknown): Var<Sym>[] =>
    treeLeaves(tree).map(({ value, path }) => {
      if (!isTensor(value)) throw argumentError(`${name}: '${path}' is not a tensor; give numbers to the step as options.`);
      return enter(value);
    });
  const p = given(parameters);
  const s = given(state);
  const x = enter(input);
  const run = step as (b: unknown, parameters: unknown, state: unknown, input: Var<Sym>) => readonly [Var<Sym>, unknown];
  const [output, next] = run(ad, treeFlatten(parameters).unflatten(p), treeFlatten(state).unflatten(s), x);

  const stateNames = treeLeaves(state).map(({ path }) => path);
  const after = treeLeaves<Var<Sym>>(next);
  checkState(name, stateNames, s, after);
  const nextStates = after.map(({ value }) => value);
  const cotangents = [output, ...nextStates].map(({ shape, dtype }) => b.input(shape, dtype));
  const gradients = ad.backward([output, ...nextStates], cotangents, [...p, ...s, x]);

  const results = [output, ...nextStates].map(({ value }) => value);
  const program = optimise(b.program([...results, ...gradients.filter((g) => g !== null)]));
  // passes keep the order of a program's inputs and outputs, and nothing else
  const inputs = [...program.inputs];
  const outputs = [...program.outputs];
  return {
    name,
    program,
    parameterNames: treeLeaves(parameters).map(({ path }) => path),
    stateNames,
    parameters: inputs.splice(0, p.length),
    states: inputs.splice(0, s.length),
    input: inputs.splice(0, 1)[0],
    outputCotangent: inputs.splice(0, 1)[0],
    nextStateCotangents: inputs,
    output: outputs.splice(0, 1)[0],
    nextStates: outputs.splice(0, s.length),
    ...cotangentNodes(gradients, outputs, p.length),
  };
}

/** Where the gradients came to stand: `nodes` has one for each that is not null. */
function cotangentNodes(
  gradients: readonly (Sym | null)[],
  nodes: readonly number[],
  parameters: number,
): Pick<StepProgram, 'parameterCotangents' | 'stateCotangents' | 'inputCotangent'> {
  let next = 0;
  const all = gradients.map((g) => (g === null ? null : nodes[next++]));
  return { parameterCotangents: all.slice(0, parameters), stateCotangents: all.slice(parameters, -1), inputCotangent: all[all.length - 1] };
}

/** What is done to every traced step. */
const optimise = (program: Program): Program => removeDeadCode(mergeCommon(simplify(program)));

function checkState(
  name: string,
  names: readonly string[],
  before: readonly TensorMeta[],
  after: readonly { path: string; value: TensorMeta }[],
): void {
  names.forEach((path, i) => {
    const found = after[i];
    if (found?.path !== path) {
      throw argumentError(
        `${name}: the step got a state with '${path}', but returns ${found ? `'${found.path}'` : 'nothing'} in its place; it must keep the structure.`,
      );
    }
    const { shape, dtype } = before[i];
    if (!sameShape(found.value.shape, shape) || found.value.dtype !== dtype) {
      throw argumentError(
        `${name}: state '${path}' is ${dtype} [${shape}] before the step and ${found.value.dtype} [${found.value.shape}] after it; it must not change.`,
      );
    }
  });
  if (after.length > names.length)
    throw argumentError(
      `${name}: the step returns state '${after[names.length].path}', which it did not get; add it to the initial state.`,
    );
}
