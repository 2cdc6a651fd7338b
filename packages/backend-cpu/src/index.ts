/** `@snn/backend-cpu`: the CPU backend. */
export { cpu } from './cpu.ts';
export { type CpuBackend, type PlainCpu, plainCpu } from './plain.ts';
export type { CpuTensor } from './storage.ts';
export { compileStep } from './wasm/executable.ts';
