/** An executable for any backend: the schedule, run by the backend's own operations. What a backend without kernels falls back to. */
import {
  type Arena,
  arena,
  argumentError,
  type Backend,
  type Executable,
  type GradientStrategy,
  OPS,
  type OpName,
  type StepProgram,
  sameShape,
  shapeError,
  type TensorMeta,
  unsupportedError,
} from '@snn/core';
import { segmentsOf, store } from './gradient.ts';
import { kernelsBy, type RunKernel } from './kernels.ts';
import { foldConstants } from './passes/fold-constants.ts';
import { planStep } from './plan.ts';

/**
 * Make `step` executable on `b` without compiling it. It keeps nothing between a run and its gradients but the handles that it was given, which must
 * be alive when gradients are asked for: `pullback` runs forward again. All temporaries are released.
 *
 * @param reason why nothing faster is used.
 * @param gradient how gradients go back through time. Default `store()`.
 * @param kernels what runs elementwise regions, with its name for `executedBy`. Default: operations, one by one.
 * @throws an `unsupported` error when the step uses an operation that `b` does not have; from `run` a `shape` error when something has another shape
 *   than the step was traced with.
 */
export function scheduled<T extends TensorMeta>(
  b: Backend<T>,
  step: StepProgram,
  reason: string | null = null,
  gradient: GradientStrategy = store(),
  kernels: { readonly name: string; readonly run: RunKernel<T> } | null = null,
): Executable<T> {
  checkOperations(b, step);
  segmentsOf(gradient, 1);
  // numbers that do not change are computed once, by the backend itself, so that the bits stay
  const plan = planStep(b.readSync ? { ...step, program: foldConstants(step.program, b) } : step);
  const cut = kernels && kernelsBy(kernels.run);
  let last: readonly [parameters: readonly T[], states: readonly T[], inputs: T] | null = null;
  let disposed = false;
  return {
    executedBy: `${kernels ? `${kernels.name} and ` : ''}operations of ${b.name}, scheduled`,
    fallbackReason: reason,
    bytes: 0,
    run(parameters, states, inputs) {
      if (disposed) throw argumentError(`${step.name}: the compiled step was disposed; compile it again.`);
      checkShapes(step, parameters, states, inputs);
      last = [parameters, states, inputs];
      return released(b, [...parameters, ...states, inputs], (scope, own) => {
        const { outputs, states: final } = plan.run(scope, parameters, states, inputs, cut);
        return { outputs: own(outputs), states: final.map(own) };
      });
    },
    pullback(g, h, wantInputs) {
      if (gradient.kind === 'none')
        throw argumentError(`${step.name}: compiled with gradient none(), for runs without gradients; compile it with store().`);
      if (last === null) throw argumentError(`${step.name}: there is no run to take gradients of; call \`run\` first.`);
      const run = last;
      return released(b, [...run[0], ...run[1], run[2], g, ...h], (scope, own) => {
        const found = plan.vjp(scope, ...run, gradient, cut).pullback(g, h, wantInputs);
        return { parameters: found.parameters.map(own), states: found.states.map(own), inputs: found.inputs && own(found.inputs) };
      });
    },
    dispose() {
      disposed = true;
      last = null;
    },
  };
}

/**
 * Run `f` and release all that it made but its result. `own` makes handles that belong to the caller: an executor may pass a state through, or give
 * two results one handle.
 */
function released<T extends TensorMeta, R>(b: Backend<T>, given: readonly T[], f: (scope: Arena<T>, own: (x: T) => T) => R): R {
  const scope = arena(b);
  const taken = new Set(given);
  const own = (x: T): T => {
    const result = taken.has(x) ? scope.reshape(x, x.shape) : x;
    taken.add(result);
    return result;
  };
  try {
    return scope.keep(f(scope, own));
  } finally {
    scope.release();
  }
}

/** Throw when a step uses an operation that a backend, perhaps a partial one, does not have. */
function checkOperations<T extends TensorMeta>(b: Backend<T>, { name, program }: StepProgram): void {
  const missing = new Set(program.nodes.flatMap(({ op }) => (op in OPS && !b[op as OpName] ? [op] : [])));
  if (missing.size > 0) {
    const list = [...missing].map((op) => `'${op}'`).join(', ');
    throw unsupportedError(`${name}: the step uses ${list}, which backend '${b.name}' does not have; implement it or use another backend.`);
  }
}

/** Throw unless what a run is given has the shapes that a step was traced with. */
function checkShapes<T extends TensorMeta>(step: StepProgram, parameters: readonly T[], states: readonly T[], inputs: T): void {
  const { nodes } = step.program;
  const check = (what: string, names: readonly string[], wanted: readonly number[], given: readonly T[]): void => {
    if (given.length !== wanted.length) throw argumentError(`${step.name}: takes ${wanted.length} ${what}s, but ${given.length} came.`);
    for (const [i, node] of wanted.entries()) {
      const { shape } = nodes[node];
      if (!sameShape(shape, given[i].shape))
        throw shapeError(
          `${step.name}: ${what} '${names[i]}' has shape [${given[i].shape}], but the step was compiled for [${shape}]; compile it again for these.`,
        );
    }
  };
  check('parameter', step.parameterNames, step.parameters, parameters);
  check('state', step.stateNames, step.states, states);
  const { shape } = nodes[step.input];
  if (inputs.shape.length !== shape.length + 1 || !sameShape(inputs.shape.slice(1), shape))
    throw shapeError(
      `${step.name}: inputs have shape [${inputs.shape}], but the step was compiled for [T, ${shape}]; compile it again for these.`,
    );
}
