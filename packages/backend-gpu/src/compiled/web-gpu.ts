/**
 * Time inside WGSL kernels: one launch for all steps. gpu.js has no kernel in which a thread writes more than one number, so these run on gpu.js'
 * device beside it; `docs/decisions/0005-gpu.md` has the measurements.
 */
import { sizeOf } from '@snn/core';
import type { Device } from '../device.ts';
import { DeviceError } from '../device-error.ts';
import type { WebGpuContext } from '../gpu-js.ts';
import type { GpuOperations } from '../operations.ts';
import { USAGE, WebGpuBuffer } from '../web-gpu-buffer.ts';
import { layOut } from './lay-out.ts';
import type { Machine } from './machine.ts';
import { numberRows, WORKGROUP, wgslSource } from './wgsl.ts';

/** A machine that launches WGSL kernels on `context`. */
export function webGpuMachine(device: Device, context: WebGpuContext, operations: GpuOperations): Machine {
  const raw = context.device;
  const pipelines = new Map<string, Promise<GPUComputePipeline>>();

  const makePipeline = async (source: string, arrays: number): Promise<GPUComputePipeline> => {
    const visibility = 4; // the compute stage
    const entries: GPUBindGroupLayoutEntry[] = [{ binding: 0, visibility, buffer: { type: 'uniform' } }];
    for (let i = 0; i < arrays; i++) entries.push({ binding: i + 1, visibility, buffer: { type: 'read-only-storage' } });
    entries.push({ binding: arrays + 1, visibility, buffer: { type: 'storage' } });
    raw.pushErrorScope('validation');
    const pipeline = raw.createComputePipeline({
      layout: raw.createPipelineLayout({ bindGroupLayouts: [raw.createBindGroupLayout({ entries })] }),
      compute: { module: raw.createShaderModule({ code: source }), entryPoint: 'main' },
    });
    const error = await raw.popErrorScope();
    if (error) throw new DeviceError('failed', `webgpu: a kernel was refused: ${error.message}\n${source}`);
    return pipeline;
  };

  return {
    executedBy: 'WGSL on the WebGPU device of gpu.js: one thread for each neuron, all steps in one launch',
    fallbackReason: () => null,
    run(scope, { spec, shape }, steps, reversed, operands) {
      const { streams, states } = operands;
      const n = sizeOf(shape);
      const { arrays, starts, pooled, state } = layOut(scope, operands, device.limits.operands - 1);
      const given = state ? [...arrays, state] : arrays;
      const source = wgslSource(spec, pooled, reversed);
      const total = (spec.results.length * steps + states.length) * n;
      device.checkSize(`${spec.name} with ${spec.results.length} results`, total);
      const groups = Math.ceil(n / WORKGROUP);
      const rows = Math.ceil(groups / raw.limits.maxComputeWorkgroupsPerDimension);
      const columns = Math.ceil(groups / rows);
      const numbers = new Int32Array(4 * numberRows(spec));
      numbers.set([n, steps, columns * WORKGROUP, ...starts, ...streams.map(({ step }) => step)]);

      const shapes = [...spec.results.map(() => [steps, ...shape]), ...states.map((x) => x.shape)];
      const made = operations.compute(spec.name, shapes, given, async (values) => {
        const known = pipelines.get(source) ?? makePipeline(source, given.length);
        pipelines.set(source, known);
        const pipeline = await known;
        const uniform = raw.createBuffer({ size: numbers.byteLength, usage: USAGE.uniform | USAGE.copyTarget });
        raw.queue.writeBuffer(uniform, 0, numbers);
        const packed = new WebGpuBuffer(context, total);
        // what gpu.js made has its buffer in the same place
        const buffers = [uniform, ...values.map((value) => (value as WebGpuBuffer).buffer), packed.buffer];
        const group = raw.createBindGroup({
          layout: pipeline.getBindGroupLayout(0),
          entries: buffers.map((buffer, binding) => ({ binding, resource: { buffer } })),
        });
        const encoder = raw.createCommandEncoder();
        const pass = encoder.beginComputePass();
        pass.setPipeline(pipeline);
        pass.setBindGroup(0, group);
        pass.dispatchWorkgroups(columns, rows);
        pass.end();
        let at = 0;
        const outputs = shapes.map((own) => {
          const length = sizeOf(own);
          const output = new WebGpuBuffer(context, length);
          encoder.copyBufferToBuffer(packed.buffer, 4 * at, output.buffer, 0, 4 * length);
          at += length;
          return output;
        });
        raw.queue.submit([encoder.finish()]);
        uniform.destroy();
        packed.delete();
        return outputs;
      });
      // what was computed beside the scope becomes its own
      const owned = made.map((x) => scope.reshape(x, x.shape));
      for (const x of made) operations.dispose(x);
      return { results: owned.slice(0, spec.results.length), states: owned.slice(spec.results.length) };
    },
    dispose() {
      pipelines.clear();
    },
  };
}
