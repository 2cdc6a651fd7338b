/**
 * A plan: a step traced once and scheduled over time, forward and backward. What the backward pass needs of the forward pass is kept, the rest
 * of the derivative is scheduled like any program, with time reversed: weight gradients become one product over all T * B rows, the last step's
 * first.
 */
import { type Backend, OPS, type OpName, type Program, type StepProgram, type TensorMeta, zeros } from '@snn/core';
import { dependents } from './graph.ts';
import { interpret } from './interpret.ts';
import { operandsOf } from './passes/program.ts';
import { type Schedule, schedule } from './schedule.ts';
import { type Step, traceStep } from './trace-step.ts';

/** What a run over time gives. */
export interface Run<T> {
  /** Outputs of all steps, `[T, ...]`. */
  readonly outputs: T;
  /** States after the last step, in the order of `plan.traced.stateNames`. */
  readonly states: readonly T[];
}

/** A run that can be differentiated. */
export interface DifferentiableRun<T> extends Run<T> {
  /** Gradients of sum <outputs, g> + sum_k <states_k, h_k>. */
  pullback(outputs: T, states: readonly T[]): Gradients<T>;
}

/** Cotangents of everything that a run was given, zeros where there is no dependence. */
export interface Gradients<T> {
  readonly parameters: readonly T[];
  readonly states: readonly T[];
  /** `[T, ...]`. */
  readonly inputs: T;
}

/** A traced step with its schedules. */
export interface Plan {
  readonly traced: StepProgram;
  readonly forward: Schedule;
  /** The forward schedule that also keeps the residuals. */
  readonly recording: Schedule;
  readonly backward: Schedule;
  /** The backward schedule without the cotangent of the inputs, which the first layer's is rarely asked for and often the dearest. */
  readonly backwardOfParameters: Schedule;
  /** Nodes whose values at all steps the backward pass takes from the forward pass. */
  readonly residuals: readonly number[];
  /** Parameter cotangents that are asked for as a sum over time only. */
  readonly summed: ReadonlySet<number>;
  /** Which states the backward schedule carries, in the order of its states. */
  readonly carried: readonly number[];
  run<T extends TensorMeta>(b: Backend<T>, parameters: readonly T[], states: readonly T[], inputs: T): Run<T>;
  vjp<T extends TensorMeta>(b: Backend<T>, parameters: readonly T[], states: readonly T[], inputs: T): DifferentiableRun<T>;
}

/** Trace and schedule a step; see `traceStep` for the arguments and errors. */
export const plan = (name: string, step: Step, parameters: unknown, state: unknown, input: TensorMeta): Plan =>
  planStep(traceStep(name, step, parameters, state, input));

/** Schedule a traced step. */
export function planStep(traced: StepProgram): Plan {
  const { program } = traced;
  const given = { program, fixed: traced.parameters };
  const states = traced.states.map((before, k) => ({ before, after: traced.nextStates[k] }));
  const results = [traced.output, ...traced.nextStates];
  const forward = schedule({ ...given, timed: [traced.input], states, wanted: results });

  const wanted = [...traced.parameterCotangents, ...traced.stateCotangents, traced.inputCotangent].filter((node) => node !== null);
  const residuals = residualsOf(traced, forward, wanted);
  const recording = schedule({ ...given, timed: [traced.input], states, wanted: [...results, ...residuals] });
  const carried = traced.states.flatMap((_, k) => {
    const after = traced.stateCotangents[k];
    return after === null ? [] : [{ k, before: traced.nextStateCotangents[k], after }];
  });
  const unread = traced.nextStateCotangents.filter((node) => !carried.some(({ before }) => before === node));
  const backward = schedule({ ...given, timed: [traced.outputCotangent, ...unread, ...residuals], states: carried, wanted });
  const ofParameters = wanted.filter(
    (node) => node !== traced.inputCotangent || [...traced.parameterCotangents, ...traced.stateCotangents].includes(node),
  );
  const backwardOfParameters = schedule({ ...backward, wanted: ofParameters });
  const summed = summedOverTime(traced, backward);

  const runOver = <T extends TensorMeta>(b: Backend<T>, plan: Schedule, parameters: readonly T[], initial: readonly T[], inputs: T) => {
    const steps = inputs.shape[0];
    const outcome = interpret(b, plan, { fixed: parameters, timed: [inputs], states: initial, steps, reversed: false });
    const output = outcome.value(traced.output);
    return { outcome, steps, outputs: output.timed ? output.value : b.broadcast(output.value, [steps, ...output.value.shape]) };
  };
  return {
    traced,
    forward,
    recording,
    backward,
    backwardOfParameters,
    residuals,
    summed,
    carried: carried.map(({ k }) => k),
    run(b, parameters, initial, inputs) {
      const { outcome, outputs } = runOver(b, forward, parameters, initial, inputs);
      return { outputs, states: outcome.states };
    },
    vjp(b, parameters, initial, inputs) {
      const { outcome, outputs, steps } = runOver(b, recording, parameters, initial, inputs);
      return {
        outputs,
        states: outcome.states,
        pullback(outputCotangents, stateCotangents) {
          const silent = unread.map((node) => lastOnly(b, stateCotangents[traced.nextStateCotangents.indexOf(node)], steps));
          const back = interpret(
            b,
            backward,
            {
              fixed: parameters,
              timed: [outputCotangents, ...silent, ...residuals.map((node) => outcome.value(node).value)],
              states: carried.map(({ k }) => stateCotangents[k]),
              steps,
              reversed: true,
            },
            summed,
          );
          const shapeOf = (node: number): readonly number[] => program.nodes[node].shape;
          const inputGradient = traced.inputCotangent === null ? null : back.value(traced.inputCotangent);
          return {
            parameters: traced.parameterCotangents.map((node, i) =>
              node === null ? zeros(b, shapeOf(traced.parameters[i])) : back.total(node),
            ),
            states: traced.states.map((node, k) => {
              const at = carried.findIndex((state) => state.k === k);
              return at < 0 ? zeros(b, shapeOf(node)) : back.states[at];
            }),
            inputs: inputGradient?.timed ? inputGradient.value : zeros(b, inputs.shape),
          };
        },
      };
    },
  };
}

/**
 * Nodes of the forward pass that change with time and that the derivative reads. What only moves elements (a transposed matrix, a reshape) is not
 * kept but done again: its operand is the residual.
 */
function residualsOf(
  { program, outputCotangent, nextStateCotangents }: StepProgram,
  forward: Schedule,
  wanted: readonly number[],
): number[] {
  const before = program.nodes.map((node) => operandsOf(node));
  const derivative = dependents(before, [outputCotangent, ...nextStateCotangents]);
  const changing = forwardChanging(program, forward);
  const read = new Set<number>();
  const pending = wanted.filter((node) => derivative.has(node));
  const seen = new Set(pending);
  for (const node of pending) {
    for (const i of before[node]) {
      if (seen.has(i)) continue;
      const { op } = program.nodes[i];
      const moved = OPS[op as OpName] === 'movement';
      if (derivative.has(i) || (moved && changing.has(i))) {
        seen.add(i);
        pending.push(i);
      } else if (changing.has(i)) read.add(i);
    }
  }
  return [...read].sort((x, y) => x - y);
}

/** Everything that changes with time, also what only the derivative asks for. */
const forwardChanging = (program: Program, { timed, states }: Schedule): ReadonlySet<number> =>
  dependents(
    program.nodes.map((node) => operandsOf(node)),
    [...timed, ...states.map((state) => state.before)],
  );

/** A cotangent that only the last step's state has: zeros before it. */
function lastOnly<T extends TensorMeta>(b: Backend<T>, g: T, steps: number): T {
  const last = b.reshape(g, [1, ...g.shape]);
  return steps === 1 ? last : b.concat([zeros(b, [steps - 1, ...g.shape]), last], 0);
}

/** Parameter cotangents that are computed and that nothing but the sum over time reads: they need not exist step by step. */
function summedOverTime(
  { program, parameterCotangents, stateCotangents, inputCotangent }: StepProgram,
  { stages, changing }: Schedule,
): ReadonlySet<number> {
  const read = new Set<number | null>([...stateCotangents, inputCotangent, ...program.inputs]);
  for (const stage of stages) for (const node of stage.nodes) for (const i of operandsOf(program.nodes[node])) read.add(i);
  return new Set(parameterCotangents.filter((node) => node !== null && changing.has(node) && !read.has(node)) as number[]);
}
