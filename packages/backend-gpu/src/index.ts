/** `@snn/backend-gpu`: a backend on gpu.js, for WebGPU, WebGL2, WebGL, WebAssembly and plain JavaScript. */
export { DeviceError, type DeviceFailure, isDeviceError } from './device-error.ts';
export { type FallbackRun, runWithFallback } from './fallback.ts';
export { type GpuBackend, type GpuOptions, gpu } from './gpu.ts';
export { type GpuMode, MODES } from './modes.ts';
export type { GpuTensor } from './tensor.ts';
