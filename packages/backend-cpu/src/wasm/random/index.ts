/** Random numbers on WebAssembly. */
export { RANDOM } from './kernels.ts';
export { type RandomKernels, randomNative } from './native.ts';
