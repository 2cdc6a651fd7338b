/**
 * How `fit` applies an optimiser: as one compiled program where the backend compiles, else operation by operation, which it says. The bits are the
 * same, since a compiled step takes the same roundings in the same order.
 *
 * The program is a step in time of its own kind: parameters, memory and gradients are its states, the numbers that change from step to step are
 * its parameters, and it runs for one step of time.
 */
import { type Tracer, tracer } from '@snn/compile';
import {
  type Arena,
  type Backend,
  type Executable,
  type StepProgram,
  type TensorMeta,
  type Tree,
  treeFlatten,
  treeLeaves,
} from '@snn/core';
import { applyUpdates, type Optimizer } from './optimizer.ts';

/** Applies an optimiser to parameters of fixed shapes. */
export interface Updater<T extends TensorMeta> {
  /** What runs it: the backend's executor, or operation by operation and why. */
  readonly executedBy: string;
  /** New parameters and the optimiser's next state, in `scope`. */
  update(scope: Arena<T>, gradients: Tree<T>, state: Tree<T>, parameters: Tree<T>, step: number): readonly [Tree<T>, Tree<T>];
  dispose(): void;
}

/** Trees of one update; as a tree by itself, its leaves are the program's states in order. */
interface Given<X> {
  readonly parameters: Tree<X>;
  readonly memory: Tree<X>;
  readonly gradients: Tree<X>;
}

type Symbols = ReturnType<Tracer['input']>;

/** The update as a program. `numbers`: how many of them there are. */
function trace<T extends TensorMeta>(optimizer: Optimizer, parameters: Tree<T>, memory: Tree<T>, numbers: number): StepProgram {
  const b = tracer();
  const before: Given<T> = { parameters, memory, gradients: parameters };
  const leaves = treeLeaves<T>(before);
  const scalars = Array.from({ length: numbers }, () => b.input([]));
  const states = leaves.map(({ value }) => b.input(value.shape, value.dtype));
  const input = b.input([]);
  const cotangents = [input, ...states].map(({ shape, dtype }) => b.input(shape, dtype));
  const given = treeFlatten(before).unflatten<Given<Symbols>>(states);
  const [updates, next] = optimizer.update(b, given.gradients, given.memory, given.parameters, 0, scalars);
  const after: Given<Symbols> = { parameters: applyUpdates(b, given.parameters, updates), memory: next, gradients: given.gradients };
  const nextStates = treeLeaves<Symbols>(after).map(({ value }) => value);
  const numbered = (list: readonly Symbols[]): readonly number[] => list.map(({ node }) => node);
  const [outputCotangent, ...nextStateCotangents] = numbered(cotangents);
  return {
    name: optimizer.name,
    program: b.program([input, ...nextStates]),
    parameterNames: scalars.map((_, i) => `numbers[${i}]`),
    stateNames: leaves.map(({ path }) => path),
    parameters: numbered(scalars),
    states: numbered(states),
    input: input.node,
    output: input.node,
    nextStates: numbered(nextStates),
    outputCotangent,
    nextStateCotangents,
    parameterCotangents: scalars.map(() => null),
    stateCotangents: states.map(() => null),
    inputCotangent: null,
  };
}

/** Prepare `optimizer` for parameters and memory of these shapes. */
export async function updaterOf<T extends TensorMeta>(
  b: Backend<T>,
  optimizer: Optimizer,
  parameters: Tree<T>,
  memory: Tree<T>,
): Promise<Updater<T>> {
  let executable: Executable<T> | null = null;
  let reason: string | null = null;
  const dispose = (): void => {
    executable?.dispose();
    executable = null;
  };
  /** What cannot be compiled or has no room runs operation by operation, and says why; other errors would appear there, too. */
  const giveUp = (error: unknown): void => {
    if ((error as { code?: string }).code !== 'unsupported') throw error;
    reason = (error as Error).message;
    dispose();
  };
  const numbers = optimizer.numbers?.bind(optimizer);
  if (!b.compile) reason = `backend '${b.name}' has no compile`;
  else if (!numbers) reason = `optimiser '${optimizer.name}' has no numbers`;
  else {
    try {
      executable = await b.compile(trace(optimizer, parameters, memory, numbers(0).length), 1);
    } catch (error) {
      giveUp(error);
    }
  }
  const compiled = (scope: Arena<T>, run: Executable<T>, given: Given<T>, scalars: readonly number[]): Given<T> => {
    const input = scope.fromData([0], [1]);
    const { leaves, unflatten } = treeFlatten<T>(given);
    const { outputs, states } = run.run(
      scalars.map((x) => scope.fromData([x], [])),
      leaves,
      input,
    );
    // what an executable gives belongs to nobody yet: a view that the scope owns
    const owned = states.map((x) => scope.reshape(x, x.shape));
    for (const x of [outputs, ...states]) b.dispose(x);
    return unflatten<Given<T>>(owned);
  };
  return {
    get executedBy() {
      if (!executable) return `operation by operation (${reason})`;
      return executable.fallbackReason ? `${executable.executedBy} (${executable.fallbackReason})` : executable.executedBy;
    },
    update(scope, gradients, state, from, step) {
      if (executable && numbers) {
        try {
          const after = compiled(scope, executable, { parameters: from, memory: state, gradients }, numbers(step));
          return [after.parameters, after.memory];
        } catch (error) {
          giveUp(error);
        }
      }
      const [updates, next] = optimizer.update(scope, gradients, state, from, step);
      return [applyUpdates(scope, from, updates), next];
    },
    dispose,
  };
}
