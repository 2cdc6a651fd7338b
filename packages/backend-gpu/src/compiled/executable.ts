/** A compiled step over tensors of a device. */
import { type Plan, planStep } from '@snn/compile';
import { type Arena, arena, argumentError, type Backend, type Executable, type StepProgram, sameShape, shapeError, zeros } from '@snn/core';
import type { GpuOperations } from '../operations.ts';
import type { GpuTensor } from '../tensor.ts';
import { type Executed, type Extras, execute } from './execute.ts';
import type { Machine } from './machine.ts';
import { makePass } from './pass.ts';

/** Throw unless tensors have the shapes that a step was traced with. */
function check(step: StepProgram, what: string, names: readonly string[], nodes: readonly number[], given: readonly GpuTensor[]): void {
  if (given.length !== nodes.length) throw argumentError(`${step.name}: takes ${nodes.length} ${what}s, but ${given.length} came.`);
  for (const [i, node] of nodes.entries()) {
    const { shape } = step.program.nodes[node];
    if (sameShape(shape, given[i].shape)) continue;
    throw shapeError(
      `${step.name}: ${what} '${names[i]}' has shape [${given[i].shape}], but the step was compiled for [${shape}]; compile it again for these.`,
    );
  }
}

/** What a run has left for its gradients. */
interface Kept {
  readonly scope: Arena<GpuTensor>;
  readonly outcome: Executed;
  readonly parameters: readonly GpuTensor[];
  /** Bytes that are held for them. */
  readonly bytes: number;
}

/**
 * Make `step` executable for `steps` steps on a machine.
 *
 * @param differentiable whether runs keep what gradients need.
 */
export function compileStep(
  step: StepProgram,
  steps: number,
  differentiable: boolean,
  b: Backend<GpuTensor>,
  operations: GpuOperations,
  machine: Machine,
): Executable<GpuTensor> {
  const plan: Plan = planStep(step);
  const { nodes } = step.program;
  const forward = makePass(plan, differentiable ? plan.recording : plan.forward, false);
  const backward = makePass(plan, plan.backward, true);
  const ofParameters = makePass(plan, plan.backwardOfParameters, true);
  const inputShape = [steps, ...nodes[step.input].shape];
  let kept: Kept | null = null;
  let disposed = false;

  /** Operations of the device whose results belong to a scope. */
  const extrasOf = (scope: Arena<GpuTensor>): Extras => {
    const owned = (x: GpuTensor): GpuTensor => {
      const view = scope.reshape(x, x.shape);
      operations.dispose(x);
      return view;
    };
    return {
      productOverTime: (x, g) => owned(operations.productOverTime(x, g)),
      reverse: (x) => owned(operations.reverse(x)),
    };
  };
  /** A result for the caller: a view, since what it shows may be needed once more. */
  const give = (x: GpuTensor): GpuTensor => b.reshape(x, x.shape);
  const forget = (): void => {
    kept?.scope.release();
    kept = null;
  };

  return {
    get executedBy() {
      return machine.executedBy;
    },
    get fallbackReason() {
      return machine.fallbackReason();
    },
    get bytes() {
      return kept?.bytes ?? 0;
    },
    run(parameters, states, inputs) {
      if (disposed) throw argumentError(`${step.name}: the compiled step was disposed; compile it again.`);
      check(step, 'parameter', step.parameterNames, step.parameters, parameters);
      check(step, 'state', step.stateNames, step.states, states);
      if (!sameShape(inputs.shape, inputShape))
        throw shapeError(
          `${step.name}: inputs have shape [${inputs.shape}], but the step was compiled for [${inputShape}]; compile it again for these.`,
        );
      forget();
      const before = operations.memory().bytes;
      const scope = arena(b);
      // views: the caller may release its own before the gradients are asked for
      const view = (x: GpuTensor): GpuTensor => scope.reshape(x, x.shape);
      const own = parameters.map(view);
      const outcome = execute(scope, extrasOf(scope), machine, plan, forward, {
        fixed: own,
        timed: [view(inputs)],
        states: states.map(view),
        steps,
      });
      kept = { scope, outcome, parameters: own, bytes: operations.memory().bytes - before };
      const { value, timed } = outcome.value(step.output);
      const results = {
        outputs: timed ? give(value) : b.broadcast(value, [steps, ...value.shape]),
        states: outcome.states.map(give),
      };
      if (!differentiable) forget();
      return results;
    },
    pullback(g, h, wantInputs) {
      if (!differentiable)
        throw argumentError(`${step.name}: compiled with gradient none(), for runs without gradients; compile it with store().`);
      if (kept === null) throw argumentError(`${step.name}: there is no run to take gradients of; call \`run\` first.`);
      const { outcome, parameters } = kept;
      const scope = arena(b);
      const pass = wantInputs ? backward : ofParameters;
      const silent = plan.unread.map((k) => {
        const last = scope.reshape(h[k], [1, ...h[k].shape]);
        return steps === 1 ? last : scope.concat([zeros(scope, [steps - 1, ...h[k].shape]), last], 0);
      });
      const residuals = plan.residuals.map((node) => {
        const { value, timed } = outcome.value(node);
        return timed ? value : scope.broadcast(value, [steps, ...value.shape]);
      });
      const back = execute(scope, extrasOf(scope), machine, plan, pass, {
        fixed: parameters,
        timed: [g, ...silent, ...residuals],
        states: plan.carried.map((k) => h[k]),
        steps,
      });
      const inputGradient = wantInputs && step.inputCotangent !== null ? back.value(step.inputCotangent) : null;
      // zeros are made of a scalar, which must not stay behind
      const nothing = (shape: readonly number[]): GpuTensor => give(zeros(scope, shape));
      const gradients = {
        parameters: step.parameterCotangents.map((node, i) =>
          node === null ? nothing(nodes[step.parameters[i]].shape) : give(back.total(node)),
        ),
        states: step.states.map((node, k) =>
          plan.carried.includes(k) ? give(back.states[plan.carried.indexOf(k)]) : nothing(nodes[node].shape),
        ),
        inputs: wantInputs ? (inputGradient?.timed ? give(inputGradient.value) : nothing(inputShape)) : null,
      };
      scope.release();
      return gradients;
    },
    dispose() {
      forget();
      if (!disposed) operations.later(() => machine.dispose());
      disposed = true;
    },
  };
}
