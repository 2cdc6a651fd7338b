/** `@snn/backend-cpu`: the CPU backend. */
export { type CpuBackend, cpu, plainCpu } from './cpu.ts';
export type { CpuTensor } from './storage.ts';
