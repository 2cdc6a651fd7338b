/** A compiled step over the tensors of the CPU backend. */
import { planStep } from '@snn/compile';
import { assemble } from '@snn/compile/wasm';
import { argumentError, type Executable, type GradientStrategy, type StepProgram, sameShape, shapeError } from '@snn/core';
import type { PlainCpu } from '../plain.ts';
import type { CpuTensor } from '../storage.ts';
import type { Engine } from './engine.ts';
import { CompiledPlan } from './executor.ts';

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

/** Whether the engine has relaxed SIMD, of which fused products are a part. */
export const hasRelaxedSimd = (): boolean =>
  WebAssembly.validate(
    assemble([
      {
        name: 'f',
        parameters: [],
        results: ['v128'],
        build: (c) => void c.f32x4(1).f32x4(1).f32x4(1).op('f32x4.relaxed_madd'),
      },
    ]),
  );

/** Throw unless tensors have the shapes that a step was traced with. */
function check(step: StepProgram, what: string, names: readonly string[], nodes: readonly number[], given: readonly CpuTensor[]): void {
  if (given.length !== nodes.length) throw argumentError(`${step.name}: takes ${nodes.length} ${what}s, but ${given.length} came.`);
  for (const [i, node] of nodes.entries()) {
    const { shape } = step.program.nodes[node];
    if (!sameShape(shape, given[i].shape)) {
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
export async function compileStep(
  engine: Engine,
  plain: PlainCpu,
  step: StepProgram,
  steps: number,
  gradient: GradientStrategy,
): Promise<Executable<CpuTensor>> {
  const { nodes } = step.program;
  const { shape: inputShape } = nodes[step.input];
  let compiled: CompiledPlan | null = new CompiledPlan(engine, plain, planStep(step), steps, gradient);
  await compiled.ready();
  const open = (): CompiledPlan => {
    if (compiled === null) throw argumentError(`${step.name}: the compiled step was disposed; compile it again.`);
    return compiled;
  };
  let ran = false;
  return {
    get executedBy() {
      const threads = compiled?.threads ?? 1;
      const { missing } = engine.threads;
      const alone = engine.wanted > 1 ? ` (${missing ?? 'too little work for more'})` : '';
      return `WebAssembly SIMD, ${threads > 1 ? `${threads} threads` : `one thread${alone}`}${engine.note ? `, ${engine.note}` : ''}`;
    },
    fallbackReason: null,
    get bytes() {
      return compiled?.bytes ?? 0;
    },
    run(parameters, states, inputs) {
      const program = open();
      check(step, 'parameter', step.parameterNames, step.parameters, parameters);
      check(step, 'state', step.stateNames, step.states, states);
      if (!sameShape(inputs.shape, [steps, ...inputShape])) {
        throw shapeError(
          `${step.name}: inputs have shape [${inputs.shape}], but the step was compiled for [${[steps, ...inputShape]}]; compile it again for these.`,
        );
      }
      const result = program.run(parameters, states, inputs);
      ran = true;
      return result;
    },
    pullback(g, h, wantInputs) {
      const program = open();
      if (gradient.kind === 'none')
        throw argumentError(`${step.name}: compiled with gradient none(), for runs without gradients; compile it with store().`);
      if (!ran) throw argumentError(`${step.name}: there is no run to take gradients of; call \`run\` first.`);
      return program.pullback(g, h, wantInputs);
    },
    stream(parameters, states) {
      const program = open();
      if (steps !== 1) throw argumentError(`${step.name}: a stream needs a program compiled for 1 step, but this one is for ${steps}.`);
      check(step, 'parameter', step.parameterNames, step.parameters, parameters);
      check(step, 'state', step.stateNames, step.states, states);
      ran = false;
      return program.stream(parameters, states);
    },
    dispose() {
      compiled?.dispose();
      compiled = null;
    },
  };
}
