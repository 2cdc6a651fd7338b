/** `@snn/compile/wasm`: a small WebAssembly assembler and the emitter of elementwise kernels. */
export { elementwise, type KernelOp, type KernelRef, type KernelSpec } from './elementwise.ts';
export { assemble, Code, type FunctionImport, type FunctionSpec, type Local, type ValueType } from './module.ts';
