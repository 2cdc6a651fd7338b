/** `@snn/backend-gpu`: a backend on gpu.js. */
export { type GpuBackend, type GpuOptions, gpu } from './gpu.ts';
