/** Compiled steps: the schedule of `@snn/compile`, run by the device's own operations, with nothing left behind. */
import { scheduled } from '@snn/compile';
import { arena, type Backend, type Executable, type StepProgram, type TensorMeta } from '@snn/core';

/** Why no kernels are made. */
const REASON = 'tfjs runs kernels of its own only';

/** Make `step` executable on `b`. Products go over all T * B rows at once; the rest of a step runs as often as there are steps. */
export function compiledOn<T extends TensorMeta>(b: Backend<T>, step: StepProgram): Executable<T> {
  const scope = arena(b);
  const inner = scheduled(scope, step, REASON);
  const kept = <X>(f: () => X): X => {
    try {
      return scope.keep(f());
    } finally {
      scope.release();
    }
  };
  /** Results are the caller's to dispose: what a step hands through unchanged must be another tensor than the caller's own. */
  const apart = (given: readonly T[], results: readonly T[]): T[] => {
    const taken = new Set(given);
    return results.map((x) => {
      const own = taken.has(x) ? scope.reshape(x, x.shape) : x;
      taken.add(own);
      return own;
    });
  };
  return {
    ...inner,
    run: (parameters, states, inputs) =>
      kept(() => {
        const result = inner.run(parameters, states, inputs);
        const [outputs, ...after] = apart([...parameters, ...states, inputs], [result.outputs, ...result.states]);
        return { outputs, states: after };
      }),
    pullback: (g, h, wantInputs) =>
      kept(() => {
        const result = inner.pullback(g, h, wantInputs);
        const { parameters, states } = result;
        const own = apart([g, ...h], [...parameters, ...states, ...(wantInputs && result.inputs ? [result.inputs] : [])]);
        return {
          parameters: own.slice(0, parameters.length),
          states: own.slice(parameters.length, parameters.length + states.length),
          inputs: own[parameters.length + states.length] ?? null,
        };
      }),
  };
}
