/**
 * The schedules of a traced step, forward and backward. What the backward pass needs of the forward pass is kept, the rest of the derivative is
 * scheduled like any program, with time reversed: weight gradients become one product over all T * B rows, the last step's first.
 */
import type { StepProgram } from '@snn/core';
import { operandsOf } from './passes/program.ts';
import { residualsOf } from './residuals.ts';
import { type Schedule, schedule } from './schedule.ts';

/** A traced step with its schedules. */
export interface Schedules {
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
  /** States whose cotangent before a step is always zero: that of the state after it is given, at the last step only. */
  readonly unread: readonly number[];
}

/** Schedule a traced step. */
export function schedulesOf(traced: StepProgram): Schedules {
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
  const unread = [...traced.states.keys()].filter((k) => traced.stateCotangents[k] === null);
  const timed = [traced.outputCotangent, ...unread.map((k) => traced.nextStateCotangents[k]), ...residuals];
  const backward = schedule({ ...given, timed, states: carried, wanted });
  const ofParameters = wanted.filter(
    (node) => node !== traced.inputCotangent || [...traced.parameterCotangents, ...traced.stateCotangents].includes(node),
  );
  const backwardOfParameters = schedule({ ...backward, wanted: ofParameters });
  const summed = summedOverTime(traced, backward);
  return {
    traced,
    forward,
    recording,
    backward,
    backwardOfParameters,
    residuals,
    summed,
    carried: carried.map(({ k }) => k),
    unread,
  };
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
