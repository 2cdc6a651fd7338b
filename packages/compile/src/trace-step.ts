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
import { type Sym, type Tracer, tracer } from './tracer.ts';
import { describe, isOfTrace, pairOf, watch } from './watch.ts';

/** A pure step over trees of tensors, as neurons and layers have them. `P` and `S` are the trees with handles `T`. */
export type Step = <T extends TensorMeta>(b: Backend<T>, parameters: never, state: never, input: T) => readonly [T, unknown];

/**
 * Trace `step` and its derivative; the step is run once.
 *
 * @param parameters a tree of tensors of any backend (only shapes and dtypes are looked at); `state`: as it is before a step; `input`: of one step.
 * @throws an `argument` error when the step returns something else than an output and a state, or when the next state has another structure, shape or
 *   dtype than the state; an `unsupported` error when the step reads a tensor, branches on one or prints it; what an operation throws for wrong
 *   arguments. Each names the step and the operation; the original error is its `cause`. What cannot be noticed: `if (x)`, `x ? 1 : 0` and
 *   `x === y`, which JavaScript answers for any object without asking it.
 */
export function traceStep(name: string, step: Step, parameters: unknown, state: unknown, input: TensorMeta): StepProgram {
  const b = tracer();
  const ad = autodiff(b);
  const watched = watch(ad);
  const enter = ({ shape, dtype }: TensorMeta, what: string): Var<Sym> => {
    const symbol = b.input(shape, dtype);
    return watched.mark(dtype === 'float32' ? ad.variable(symbol) : ad.constant(symbol), what);
  };
  const given = (kind: string, tree: unknown): Var<Sym>[] =>
    treeLeaves(tree).map(({ value, path }) => {
      if (!isTensor(value)) throw argumentError(`${name}: '${path}' is not a tensor; give numbers to the step as options.`);
      return enter(value, `${kind} '${path}'`);
    });
  const p = given('parameter', parameters);
  const s = given('state', state);
  const x = enter(input, 'the input');
  const run = step as (b: unknown, parameters: unknown, state: unknown, input: Var<Sym>) => unknown;
  const returned = watched.named(name, () => run(watched.b, treeFlatten(parameters).unflatten(p), treeFlatten(state).unflatten(s), x));
  const [output, next] = pairOf(name, returned);

  const stateNames = treeLeaves(state).map(({ path }) => path);
  const nextStates = checkState(b, name, stateNames, s, treeLeaves(next));
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

/** The states after a step; throws unless they are what was there before it. */
function checkState(
  b: Tracer,
  name: string,
  names: readonly string[],
  before: readonly TensorMeta[],
  after: readonly { readonly path: string; readonly value: unknown }[],
): readonly Var<Sym>[] {
  names.forEach((path, i) => {
    const found = after[i];
    if (found?.path !== path) {
      throw argumentError(
        `${name}: the step got a state with '${path}', but returns ${found ? `'${found.path}'` : 'nothing'} in its place; it must keep the structure.`,
      );
    }
    const { shape, dtype } = before[i];
    const { value } = found;
    if (!isOfTrace(value))
      throw argumentError(
        `${name}: state '${path}' is ${describe(value)} after the step; it must come of operations of the backend that the step got.`,
      );
    if (!sameShape(value.shape, shape) || value.dtype !== dtype) {
      const { op } = b.program([value.value]).nodes[value.value.node];
      throw argumentError(
        `${name}: state '${path}' is ${dtype} [${shape}] before the step and ${value.dtype} [${value.shape}] after it, as '${op}' made it; it must not change.`,
      );
    }
  });
  if (after.length > names.length)
    throw argumentError(
      `${name}: the step returns state '${after[names.length].path}', which it did not get; add it to the initial state.`,
    );
  return after.map(({ value }) => value as Var<Sym>);
}
