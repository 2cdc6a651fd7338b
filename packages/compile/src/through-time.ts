/**
 * Running a step over time and back by the operations of any backend, whole or in segments: what a strategy for gradients means. Segments run one
 * after the other with the states handed on; backwards, the cotangents of states and the sums over time are handed on in the same way.
 */
import { arena, type Backend, type GradientStrategy, type StepGradients, type TensorMeta, zeros } from '@snn/core';
import { type Segment, segmentsOf } from './gradient.ts';
import { interpret, type Outcome } from './interpret.ts';
import type { Kernels } from './kernels.ts';
import type { Schedule } from './schedule.ts';
import type { Schedules } from './schedules.ts';

/** What a run over time gives. */
export interface Run<T> {
  /** Outputs of all steps, `[T, ...]`. */
  readonly outputs: T;
  /** States after the last step, in the order of `plan.traced.stateNames`. */
  readonly states: readonly T[];
}

/** A run that can be differentiated. */
export interface DifferentiableRun<T> extends Run<T> {
  /**
   * Gradients of sum <outputs, g> + sum_k <states_k, h_k>; zeros where there is no dependence.
   *
   * @param wantInputs whether the gradient of the inputs is computed. Default true.
   * @param sums gradients of the parameters that this run continues: those of the steps that come after it. The result has the bits of one run
   *   over all steps. Default: from +0.
   */
  pullback(g: T, h: readonly T[], wantInputs?: boolean, sums?: readonly T[] | null): StepGradients<T>;
}

/** What a run is given: parameters, first states and inputs `[T, ...]`. */
export interface Given<T> {
  readonly parameters: readonly T[];
  readonly states: readonly T[];
  readonly inputs: T;
}

/** Run a forward schedule. */
export function runForward<T extends TensorMeta>(
  b: Backend<T>,
  { traced }: Schedules,
  plan: Schedule,
  { parameters, states, inputs }: Given<T>,
  kernels: Kernels<T> | null,
): Run<T> & { readonly outcome: Outcome<T> } {
  const [steps] = inputs.shape;
  const outcome = interpret(b, plan, { fixed: parameters, timed: [inputs], states, steps, reversed: false }, new Set(), kernels);
  const { value, timed } = outcome.value(traced.output);
  return { outcome, outputs: timed ? value : b.broadcast(value, [steps, ...value.shape]), states: outcome.states };
}

/** Run a step over time so that it can be differentiated, by a strategy. */
export function runDifferentiable<T extends TensorMeta>(
  b: Backend<T>,
  schedules: Schedules,
  given: Given<T>,
  gradient: GradientStrategy,
  kernels: Kernels<T> | null,
): DifferentiableRun<T> {
  const { parameters, inputs } = given;
  const segments = segmentsOf(gradient, inputs.shape[0]);
  const repeated = gradient.kind === 'checkpoint';
  // what is run again is forgotten at once
  const within = repeated ? scoped : <R>(base: Backend<T>, f: (b: Backend<T>) => R): R => f(base);
  const givenAt = (base: Backend<T>, segment: Segment, states: readonly T[]): Given<T> => ({
    parameters,
    states,
    inputs: stepsOf(base, inputs, segment),
  });

  const outputs: T[] = [];
  const starts: (readonly T[])[] = [];
  const kept: Outcome<T>[] = [];
  let last = given.states;
  for (const segment of segments) {
    starts.push(last);
    const run = within(b, (base) => {
      const { outcome, ...result } = runForward(
        base,
        schedules,
        repeated ? schedules.forward : schedules.recording,
        givenAt(base, segment, last),
        kernels,
      );
      if (!repeated) kept.push(outcome);
      return result;
    });
    outputs.push(run.outputs);
    last = run.states;
  }
  return {
    outputs: join(b, outputs),
    states: last,
    pullback(g, h, wantInputs = true, before = null) {
      let states = h;
      let sums = before;
      const inputGradients: T[] = [];
      for (const [j, segment] of [...segments.entries()].reverse()) {
        const final = j === segments.length - 1;
        const previous = sums;
        const back = within(b, (base) => {
          const outcome = kept[j] ?? runForward(base, schedules, schedules.recording, givenAt(base, segment, starts[j]), kernels).outcome;
          const cotangents = final || repeated ? states : h.map(({ shape }) => zeros(base, shape));
          const given = { outcome, parameters, g: stepsOf(base, g, segment), h: cotangents, final, wantInputs, sums };
          return runBackward(base, schedules, given, kernels);
        });
        ({ parameters: sums, states } = back);
        if (repeated && previous !== before) for (const x of previous ?? []) if (!sums.includes(x)) b.dispose(x);
        if (back.inputs !== null) inputGradients.unshift(back.inputs);
      }
      return { parameters: sums as readonly T[], states, inputs: wantInputs ? join(b, inputGradients) : null };
    },
  };
}

/** What the backward pass of a segment is given. */
interface Backward<T> {
  /** Of the forward pass over these steps, with the residuals. */
  readonly outcome: Outcome<T>;
  readonly parameters: readonly T[];
  readonly g: T;
  readonly h: readonly T[];
  /** Whether these are the last steps of the run. */
  readonly final: boolean;
  readonly wantInputs: boolean;
  readonly sums: readonly T[] | null;
}

function runBackward<T extends TensorMeta>(
  b: Backend<T>,
  { traced, backward, backwardOfParameters, residuals, summed, carried, unread }: Schedules,
  { outcome, parameters, g, h, final, wantInputs, sums }: Backward<T>,
  kernels: Kernels<T> | null,
): StepGradients<T> {
  const [steps] = g.shape;
  const shapeOf = (node: number): readonly number[] => traced.program.nodes[node].shape;
  const lastOnly = unread.map((k) => (final ? atLast(b, h[k], steps) : zeros(b, [steps, ...h[k].shape])));
  const back = interpret(
    b,
    wantInputs ? backward : backwardOfParameters,
    {
      fixed: parameters,
      timed: [g, ...lastOnly, ...residuals.map((node) => outcome.value(node).value)],
      states: carried.map((k) => h[k]),
      steps,
      reversed: true,
    },
    summed,
    kernels,
  );
  const ofInputs = (): T => {
    const found = traced.inputCotangent === null ? null : back.value(traced.inputCotangent);
    return found?.timed ? found.value : zeros(b, [steps, ...shapeOf(traced.input)]);
  };
  return {
    parameters: traced.parameterCotangents.map((node, i) => {
      const before = sums?.[i] ?? null;
      return node === null ? (before ?? zeros(b, shapeOf(traced.parameters[i]))) : back.total(node, before);
    }),
    states: traced.states.map((node, k) => (carried.includes(k) ? back.states[carried.indexOf(k)] : zeros(b, shapeOf(node)))),
    inputs: wantInputs ? ofInputs() : null,
  };
}

/** A cotangent that only the last step's state has: zeros before it. */
function atLast<T extends TensorMeta>(b: Backend<T>, g: T, steps: number): T {
  const last = b.reshape(g, [1, ...g.shape]);
  return steps === 1 ? last : b.concat([zeros(b, [steps - 1, ...g.shape]), last], 0);
}

/** Steps [from, to) of `[T, ...]`. */
function stepsOf<T extends TensorMeta>(b: Backend<T>, x: T, { from, to }: Segment): T {
  const [steps, ...shape] = x.shape;
  return to - from === steps ? x : b.slice(x, [from, ...shape.map(() => 0)], [to - from, ...shape]);
}

/** Values of segments as one value of all steps. */
const join = <T extends TensorMeta>(b: Backend<T>, parts: readonly T[]): T => (parts.length === 1 ? parts[0] : b.concat(parts, 0));

/** Run `f` and release all that it made but its result. */
function scoped<T extends TensorMeta, R>(b: Backend<T>, f: (b: Backend<T>) => R): R {
  const scope = arena(b);
  try {
    return scope.keep(f(scope));
  } finally {
    scope.release();
  }
}
