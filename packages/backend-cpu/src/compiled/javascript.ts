/** Elementwise regions of compiled steps as kernels in plain JavaScript: what runs where WebAssembly is missing or forbidden. */
import type { RegionKernel, RunKernel } from '@snn/compile';
import { elementwiseJavaScript, type JavaScriptKernel } from '@snn/compile/javascript';
import { sizeOf } from '@snn/core';
import type { PlainCpu } from '../plain.ts';
import { type CpuTensor, floatsOf } from '../storage.ts';

/** What runs kernels over tensors of a plain tier, for `scheduled`. */
export function javaScriptKernels(plain: PlainCpu): { readonly name: string; readonly run: RunKernel<CpuTensor> } {
  const made = new Map<RegionKernel, JavaScriptKernel>();
  return {
    name: 'JavaScript kernels',
    run(b, kernel, operands, steps, reversed) {
      const { shape, spec } = kernel;
      const f = made.get(kernel) ?? elementwiseJavaScript(spec);
      made.set(kernel, f);
      const size = sizeOf(shape);
      const results = spec.results.map(() => plain.heap.floats(steps * size));
      const states = operands.states.map((x) => {
        const data = plain.heap.floats(size);
        data.set(floatsOf(x));
        return data;
      });
      const scalars = operands.scalars.map((x) => floatsOf(x)[0]);
      f({ streams: operands.streams.map(floatsOf), fixed: operands.fixed.map(floatsOf), scalars, states, results }, size, steps, reversed);
      // a view that belongs to the scope is what is left of what was computed beside it
      const owned = (data: Float32Array, of: readonly number[]): CpuTensor => {
        const x = plain.adopt(data, of);
        const view = b.reshape(x, of);
        plain.dispose(x);
        return view;
      };
      return { results: results.map((data) => owned(data, [steps, ...shape])), states: states.map((data) => owned(data, shape)) };
    },
  };
}
