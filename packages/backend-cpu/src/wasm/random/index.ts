/** Random numbers on WebAssembly. */
export { RANDOM } from './kernels.ts';
export { type RandomHeap, type RandomKernels, type RandomMemory, randomNative } from './native.ts';
