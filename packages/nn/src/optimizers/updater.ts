/**
 * How `fit` applies an optimiser: as one compiled program where the backend compiles, else operation by operation, which it says. The bits are the
 * same, since a compiled step takes the same roundings in the same order.
 *
 * The program is a step in time of its own kind, run for one step: its parameters are the numbers that change from step to step, its states are
 * the network's parameters, the optimiser's memory and the gradients. Where a gradient was, a mark comes back: 0, or NaN where the new parameter
 * is not finite. Input and output need no copy, so the largest gradient and its marks, summed along the first axis, are these.
 */
import { type Sym, tracer } from '@snn/compile';
import {
  type Arena,
  type Backend,
  type Executable,
  type StepProgram,
  sizeOf,
  sumAll,
  type TensorMeta,
  type Tree,
  treeFlatten,
  treeLeaves,
} from '@snn/core';
import { applyUpdates, type Optimizer } from './optimizer.ts';

/** What an update gives, in the scope that it was made in. */
export interface Updated<T> {
  readonly parameters: Tree<T>;
  readonly memory: Tree<T>;
  /** A scalar: 0 if all new parameters are finite, else NaN. */
  readonly broken: T;
}

/** Applies an optimiser to parameters of fixed shapes. */
export interface Updater<T extends TensorMeta> {
  /** What runs it: the backend's executor, or operation by operation and why. */
  readonly executedBy: string;
  update(scope: Arena<T>, gradients: Tree<T>, memory: Tree<T>, parameters: Tree<T>, step: number): Updated<T>;
  dispose(): void;
}

/**
 * Marks summed along the first axis, if they have more than one: it takes less than half the time of one long sum, and what is summed is 0 or
 * NaN in any order.
 */
const shorter = <T extends TensorMeta>(b: Backend<T>, marks: T): T => (marks.shape.length > 1 ? b.sum(marks, [0]) : marks);

/** A list without its element number `index`. */
const without = <X>(list: readonly X[], index: number): readonly X[] => list.filter((_, i) => i !== index);

/** The update as a program; its input is gradient number `largest`. `numbers`: how many numbers change. */
function trace(
  optimizer: Optimizer,
  parameters: Tree<TensorMeta>,
  memory: Tree<TensorMeta>,
  numbers: number,
  largest: number,
): StepProgram {
  const b = tracer();
  const [of, remembered] = [treeFlatten<TensorMeta>(parameters), treeFlatten<TensorMeta>(memory)];
  const enter = ({ shape, dtype }: TensorMeta): Sym => b.input(shape, dtype);
  const scalars = Array.from({ length: numbers }, () => b.input([]));
  const [p, m, g] = [of.leaves.map(enter), remembered.leaves.map(enter), of.leaves.map(enter)];

  const given: Tree<Sym> = of.unflatten(p);
  const [updates, next] = optimizer.update(b, of.unflatten<Tree<Sym>>(g), remembered.unflatten<Tree<Sym>>(m), given, 0, scalars);
  const symbols = (tree: Tree<Sym>): readonly Sym[] => treeLeaves<Sym>(tree).map(({ value }) => value);
  const moved = symbols(applyUpdates(b, given, updates));
  const marks = moved.map((x) => b.mul(x, 0));
  const output = shorter(b, marks[largest]);
  const nextStates = [...moved, ...symbols(next), ...without(marks, largest)];
  const cotangents = [output, ...nextStates].map(enter);
  const nodes = (list: readonly Sym[]): readonly number[] => list.map(({ node }) => node);
  const [outputCotangent, ...nextStateCotangents] = nodes(cotangents);
  const paths = (what: string, tree: Tree<TensorMeta>): readonly string[] => treeLeaves(tree).map(({ path }) => `${what}.${path}`);
  return {
    name: optimizer.name,
    program: b.program([output, ...nextStates]),
    parameterNames: scalars.map((_, i) => `numbers[${i}]`),
    stateNames: [...paths('parameters', parameters), ...paths('memory', memory), ...without(paths('gradients', parameters), largest)],
    parameters: nodes(scalars),
    states: nodes([...p, ...m, ...without(g, largest)]),
    input: g[largest].node,
    output: output.node,
    nextStates: nodes(nextStates),
    outputCotangent,
    nextStateCotangents,
    parameterCotangents: scalars.map(() => null),
    stateCotangents: nextStates.map(() => null),
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
  const of = treeFlatten<T>(parameters);
  const count = of.leaves.length;
  const sizes = of.leaves.map(({ shape }) => sizeOf(shape));
  const largest = sizes.indexOf(Math.max(...sizes));
  const numbers = optimizer.numbers?.bind(optimizer);
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
  if (count === 0) reason = 'there are no parameters';
  else if (!b.compile) reason = `backend '${b.name}' has no compile`;
  else if (!numbers) reason = `optimiser '${optimizer.name}' has no numbers`;
  else {
    try {
      executable = await b.compile(trace(optimizer, parameters, memory, numbers(0).length, largest), 1);
    } catch (error) {
      giveUp(error);
    }
  }

  /** A scalar that is 0 if all `marks` are. */
  const total = (scope: Arena<T>, marks: readonly T[]): T =>
    marks.map((x) => sumAll(scope, shorter(scope, x))).reduce((sum, x) => scope.add(sum, x), scope.fromData([0], []));

  const compiled = (
    run: Executable<T>,
    scope: Arena<T>,
    gradients: readonly T[],
    before: Tree<T>,
    from: readonly T[],
    scalars: readonly number[],
  ): Updated<T> => {
    const { leaves, unflatten } = treeFlatten<T>(before);
    const { outputs, states } = run.run(
      scalars.map((x) => scope.fromData([x], [])),
      [...from, ...leaves, ...without(gradients, largest)],
      scope.reshape(gradients[largest], [1, ...gradients[largest].shape]),
    );
    // what an executable gives belongs to nobody yet: views that the scope owns
    const mark = scope.reshape(outputs, outputs.shape);
    const owned = states.map((x) => scope.reshape(x, x.shape));
    for (const x of [outputs, ...states]) b.dispose(x);
    return {
      parameters: of.unflatten<Tree<T>>(owned.slice(0, count)),
      memory: unflatten<Tree<T>>(owned.slice(count, count + leaves.length)),
      broken: total(scope, [mark, ...owned.slice(count + leaves.length)]),
    };
  };
  return {
    get executedBy() {
      if (!executable) return `operation by operation (${reason})`;
      return executable.fallbackReason ? `${executable.executedBy} (${executable.fallbackReason})` : executable.executedBy;
    },
    update(scope, gradients, before, from, step) {
      const list = (tree: Tree<T>): readonly T[] => treeLeaves<T>(tree).map(({ value }) => value);
      if (executable && numbers) {
        try {
          return compiled(executable, scope, list(gradients), before, list(from), numbers(step));
        } catch (error) {
          giveUp(error);
        }
      }
      const [updates, next] = optimizer.update(scope, gradients, before, from, step);
      const moved = applyUpdates(scope, from, updates);
      return {
        parameters: moved,
        memory: next,
        broken: total(
          scope,
          list(moved).map((x) => scope.mul(x, 0)),
        ),
      };
    },
    dispose,
  };
}
