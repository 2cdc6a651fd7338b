/** `@snn/compile/javascript`: elementwise kernels without WebAssembly and without evaluated code. */
export { elementwiseJavaScript, type JavaScriptKernel } from './elementwise.ts';
