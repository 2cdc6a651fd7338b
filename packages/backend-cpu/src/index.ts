/** `@snn/backend-cpu`: the CPU backend. */
export { explainCommands } from './compiled/program.ts';
export { type CpuOptions, cpu, type FastCpuBackend } from './cpu.ts';
export { type CpuBackend, type PlainCpu, plainCpu } from './plain.ts';
export type { CpuTensor } from './storage.ts';
