/** `@snn/compile`: trace a pure step once and schedule it over time. */

export { callNode, DERIVED, isDerived, isElementwise } from './derived.ts';
export { explain, printNode } from './explain.ts';
export { checkpoint, none, type Segment, segmentsOf, store, truncated } from './gradient.ts';
export { IMAGE_OPS, isImage } from './images.ts';
export { interpret, type Outcome, type Values } from './interpret.ts';
export type { KernelOperands, KernelResults, Kernels, RunKernel } from './kernels.ts';
export { addSteps, type Lifted, lift, sumOverTime } from './lift.ts';
export type { PlanMemory } from './memory.ts';
export { type OverTime, overTime, type RunningExecutable } from './over-time.ts';
export { foldConstants } from './passes/fold-constants.ts';
export { mergeCommon } from './passes/merge-common.ts';
export { operandsOf } from './passes/program.ts';
export { removeDeadCode } from './passes/remove-dead-code.ts';
export { simplify } from './passes/simplify.ts';
export { type Plan, type PlanStage, plan, planStep } from './plan.ts';
export { type RegionKernel, regionKernel } from './region-kernel.ts';
export { partsOf, type Region, regions } from './regions.ts';
export { type RelativeStep, relativeStep, type Trace } from './relative.ts';
export { type Problem, type Schedule, type Stage, type StateEdge, schedule } from './schedule.ts';
export { scheduled } from './scheduled.ts';
export type { Schedules } from './schedules.ts';
export type { DifferentiableRun, Run } from './through-time.ts';
export { type Step, traceStep } from './trace-step.ts';
export { type Sym, type Tracer, tracer } from './tracer.ts';
