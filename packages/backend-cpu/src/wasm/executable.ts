/** A compiled step over the tensors of the CPU backend: on WebAssembly, or visibly on the plain tier. */
import { planStep, scheduled } from '@snn/compile';
import { argumentError, type Executable, type StepProgram, shapeError, sizeOf } from '@snn/core';
import type { PlainCpu } from '../plain.ts';
import { type CpuTensor, floatsOf } from '../storage.ts';
import { compilePlan } from './executor.ts';

/** Why WebAssembly cannot be used here, or null. */
export function wasmMissing(): string | null {
  if (typeof WebAssembly === 'undefined') return 'this JavaScript engine has no WebAssembly';
  try {
    // a function with one SIMD instruction: refused without SIMD, and where the page's content security policy forbids WebAssembly
    new WebAssembly.Module(
      Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11),
    );
    return null;
  } catch (error) {
    return `WebAssembly with SIMD was refused: ${(error as Error).message}`;
  }
}

/** Throw unless tensors have the sizes that a step was traced with. */
function check(step: StepProgram, what: string, names: readonly string[], nodes: readonly number[], given: readonly CpuTensor[]): void {
  if (given.length !== nodes.length) throw argumentError(`${step.name}: takes ${nodes.length} ${what}, but ${given.length} came.`);
  for (const [i, node] of nodes.entries()) {
    const { shape } = step.program.nodes[node];
    if (sizeOf(shape) !== sizeOf(given[i].shape)) {
      throw shapeError(
        `${step.name}: ${what} '${names[i]}' has shape [${given[i].shape}], but the step was compiled for [${shape}]; compile it again for these.`,
      );
    }
  }
}

/**
 * Compile `step` for `steps` steps.
 *
 * @throws an `unsupported` error when memory runs out.
 */
export function compileStep(step: StepProgram, steps: number, plain: PlainCpu): Executable<CpuTensor> {
  const reason = wasmMissing();
  if (reason !== null) return scheduled(plain, step, reason);
  const plan = planStep(step);
  const { nodes } = step.program;
  const { shape: inputShape } = nodes[step.input];
  const checkRun = (parameters: readonly CpuTensor[], states: readonly CpuTensor[], inputs: CpuTensor): void => {
    check(step, 'parameters', step.parameterNames, step.parameters, parameters);
    check(step, 'states', step.stateNames, step.states, states);
    if (sizeOf(inputs.shape) !== steps * sizeOf(inputShape)) {
      throw shapeError(
        `${step.name}: inputs have shape [${inputs.shape}], but the step was compiled for [${[steps, ...inputShape]}]; compile it again for these.`,
      );
    }
  };
  const notYet = (): never => {
    throw argumentError(`${step.name}: there is no run to take gradients of; call \`run\` first.`);
  };
  let compiled: ReturnType<typeof compilePlan> | null = compilePlan(plan, steps, plain);
  const tensor = (data: Float32Array, shape: readonly number[]): CpuTensor => plain.adopt(data, shape);
  const shapeOf = (node: number): readonly number[] => nodes[node].shape;
  const open = (): NonNullable<typeof compiled> => {
    if (compiled === null) throw argumentError(`${step.name}: the compiled step was disposed; compile it again.`);
    return compiled;
  };
  let ran = false;
  return {
    executedBy: 'WebAssembly SIMD, one thread',
    fallbackReason: null,
    get bytes() {
      return compiled?.bytes ?? 0;
    },
    run(parameters, states, inputs) {
      checkRun(parameters, states, inputs);
      const { outputs, states: final } = open().run(parameters.map(floatsOf), states.map(floatsOf), floatsOf(inputs));
      ran = true;
      return {
        outputs: tensor(outputs, [steps, ...shapeOf(step.output)]),
        states: final.map((x, k) => tensor(x, shapeOf(step.states[k]))),
      };
    },
    pullback(g, h, wantInputs) {
      if (!ran) notYet();
      const { parameters, states, inputs } = open().pullback(floatsOf(g), h.map(floatsOf), wantInputs);
      return {
        parameters: parameters.map((x, i) => tensor(x, shapeOf(step.parameters[i]))),
        states: states.map((x, k) => tensor(x, shapeOf(step.states[k]))),
        inputs: inputs && tensor(inputs, [steps, ...inputShape]),
      };
    },
    dispose() {
      compiled = null;
    },
  };
}
