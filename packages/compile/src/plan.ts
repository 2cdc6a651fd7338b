/** A plan: a step traced once and scheduled over time, forward and backward, that any backend can run. */
import type { Backend, GradientStrategy, StepProgram, TensorMeta } from '@snn/core';
import { store } from './gradient.ts';
import type { Kernels } from './kernels.ts';
import { type PlanMemory, planMemory } from './memory.ts';
import type { Stage } from './schedule.ts';
import { type Schedules, schedulesOf } from './schedules.ts';
import { type DifferentiableRun, type Run, runDifferentiable, runForward } from './through-time.ts';
import { type Step, traceStep } from './trace-step.ts';

/** A stage of a plan and the pass that it belongs to. */
export interface PlanStage extends Stage {
  readonly pass: 'forward' | 'backward';
}

/** A traced step with its schedules. */
export interface Plan extends Schedules {
  /** The stages of the forward pass, then those of the backward pass, in the order in which they run. */
  readonly stages: readonly PlanStage[];
  /** Bytes that a training step over `steps` steps needs, by kind. `gradient`: default `store`. */
  memory(steps: number, gradient?: GradientStrategy): PlanMemory;
  /** Run the step over time. `kernels`: what runs elementwise regions; default: their operations run one by one. */
  run<T extends TensorMeta>(b: Backend<T>, parameters: readonly T[], states: readonly T[], inputs: T, kernels?: Kernels<T> | null): Run<T>;
  /**
   * A run that can be differentiated. `gradient`: default `store`. With `checkpoint` what was computed on the way is released, so that the result
   * cannot be differentiated again. `kernels`: as for `run`.
   */
  vjp<T extends TensorMeta>(
    b: Backend<T>,
    parameters: readonly T[],
    states: readonly T[],
    inputs: T,
    gradient?: GradientStrategy,
    kernels?: Kernels<T> | null,
  ): DifferentiableRun<T>;
}

/** Trace and schedule a step; see `traceStep` for the arguments and errors. */
export const plan = (name: string, step: Step, parameters: unknown, state: unknown, input: TensorMeta): Plan =>
  planStep(traceStep(name, step, parameters, state, input));

/** Schedule a traced step. */
export function planStep(traced: StepProgram): Plan {
  const schedules = schedulesOf(traced);
  const { forward, backward } = schedules;
  const stages = [
    ...forward.stages.map((stage) => ({ ...stage, pass: 'forward' as const })),
    ...backward.stages.map((stage) => ({ ...stage, pass: 'backward' as const })),
  ];
  return {
    ...schedules,
    stages,
    memory: (steps, gradient = store()) => planMemory(schedules, steps, gradient),
    run(b, parameters, states, inputs, kernels = null) {
      const { outputs, states: final } = runForward(b, schedules, forward, { parameters, states, inputs }, kernels);
      return { outputs, states: final };
    },
    vjp: (b, parameters, states, inputs, gradient = store(), kernels = null) =>
      runDifferentiable(b, schedules, { parameters, states, inputs }, gradient, kernels),
  };
}
