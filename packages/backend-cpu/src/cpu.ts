/** `cpu()`: the CPU backend with its fast tier. */
import type { Executable, StepProgram } from '@snn/core';
import { type CpuBackend, plainCpu, SUPPORTS } from './plain.ts';
import type { CpuTensor } from './storage.ts';
import { compileStep } from './wasm/executable.ts';

/**
 * The CPU backend: the plain tier, and steps compiled to WebAssembly (`compile`), with the same bits. Where WebAssembly is missing, compiled
 * steps run on the plain tier and say so in `fallbackReason`.
 */
export async function cpu(): Promise<CpuBackend> {
  const plain = plainCpu();
  const compile = async (step: StepProgram, steps: number): Promise<Executable<CpuTensor>> => compileStep(step, steps, plain);
  return { ...plain, supports: { ...SUPPORTS, compile: 'step' }, compile };
}
