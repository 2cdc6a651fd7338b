/** An executable for any backend: the schedule, run by the backend's own operations. What a backend without kernels falls back to. */
import { argumentError, type Backend, type Executable, type StepProgram, type TensorMeta } from '@snn/core';
import { planStep } from './plan.ts';

/**
 * Make `step` executable on `b` without compiling it. It keeps nothing between a run and its gradients: `pullback` runs forward again.
 *
 * @param reason why nothing faster is used.
 */
export function scheduled<T extends TensorMeta>(b: Backend<T>, step: StepProgram, reason: string | null = null): Executable<T> {
  const plan = planStep(step);
  let last: readonly [parameters: readonly T[], states: readonly T[], inputs: T] | null = null;
  return {
    executedBy: `operations of ${b.name}, scheduled`,
    fallbackReason: reason,
    bytes: 0,
    run(parameters, states, inputs) {
      last = [parameters, states, inputs];
      return plan.run(b, parameters, states, inputs);
    },
    pullback(g, h) {
      if (last === null) throw argumentError(`${step.name}: there is no run to take gradients of; call \`run\` first.`);
      return plan.vjp(b, ...last).pullback(g, h);
    },
    dispose() {
      last = null;
    },
  };
}
