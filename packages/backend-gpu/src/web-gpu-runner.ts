/** Launching WGSL kernels on gpu.js' WebGPU device: arrays to read, whole numbers, one array to write. */
import { DeviceError } from './device-error.ts';
import type { DeviceValue, WebGpuContext } from './gpu-js.ts';
import { USAGE, WebGpuBuffer } from './web-gpu-buffer.ts';

/** Numbers and arrays of one launch. */
export interface Launching {
  /** Bindings: 0 the numbers as `array<vec4<i32>>`, then `arrays` in order, then the output. */
  readonly source: string;
  readonly arrays: readonly DeviceValue[];
  readonly numbers: readonly number[];
  /** Elements of the output. */
  readonly length: number;
  readonly groups: readonly [number, number, number];
}

/** Compiles kernels once and launches them. */
export class WebGpuRunner {
  readonly context: WebGpuContext;
  readonly #pipelines = new Map<string, Promise<GPUComputePipeline>>();

  constructor(context: WebGpuContext) {
    this.context = context;
  }

  /** Workgroups that one launch may have along an axis. */
  get mostGroups(): number {
    return this.context.device.limits.maxComputeWorkgroupsPerDimension;
  }

  /**
   * Launch a kernel.
   *
   * @throws a `failed` `DeviceError` when the device refuses it.
   */
  async run({ source, arrays, numbers, length, groups }: Launching): Promise<WebGpuBuffer> {
    const { device } = this.context;
    const known = this.#pipelines.get(source) ?? this.#compile(source, arrays.length);
    this.#pipelines.set(source, known);
    const pipeline = await known;
    const padded = new Int32Array(4 * Math.ceil(numbers.length / 4));
    padded.set(numbers);
    const uniform = device.createBuffer({ size: padded.byteLength, usage: USAGE.uniform | USAGE.copyTarget });
    device.queue.writeBuffer(uniform, 0, padded);
    const output = new WebGpuBuffer(this.context, length);
    // what gpu.js made has its buffer in the same place
    const buffers = [uniform, ...arrays.map((value) => (value as WebGpuBuffer).buffer), output.buffer];
    const group = device.createBindGroup({
      layout: pipeline.getBindGroupLayout(0),
      entries: buffers.map((buffer, binding) => ({ binding, resource: { buffer } })),
    });
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    pass.dispatchWorkgroups(...groups);
    pass.end();
    device.queue.submit([encoder.finish()]);
    uniform.destroy();
    return output;
  }

  /** Pieces of a buffer, one after another, as buffers of their own. The buffer is released. */
  split(packed: WebGpuBuffer, lengths: readonly number[]): readonly WebGpuBuffer[] {
    const { device } = this.context;
    const encoder = device.createCommandEncoder();
    let at = 0;
    const pieces = lengths.map((length) => {
      const piece = new WebGpuBuffer(this.context, length);
      encoder.copyBufferToBuffer(packed.buffer, 4 * at, piece.buffer, 0, 4 * length);
      at += length;
      return piece;
    });
    device.queue.submit([encoder.finish()]);
    packed.delete();
    return pieces;
  }

  async #compile(source: string, arrays: number): Promise<GPUComputePipeline> {
    const { device } = this.context;
    const visibility = 4; // the compute stage
    const entries: GPUBindGroupLayoutEntry[] = [{ binding: 0, visibility, buffer: { type: 'uniform' } }];
    for (let i = 0; i < arrays; i++) entries.push({ binding: i + 1, visibility, buffer: { type: 'read-only-storage' } });
    entries.push({ binding: arrays + 1, visibility, buffer: { type: 'storage' } });
    device.pushErrorScope('validation');
    const pipeline = device.createComputePipeline({
      layout: device.createPipelineLayout({ bindGroupLayouts: [device.createBindGroupLayout({ entries })] }),
      compute: { module: device.createShaderModule({ code: source }), entryPoint: 'main' },
    });
    const error = await device.popErrorScope();
    if (error) throw new DeviceError('failed', `webgpu: a kernel was refused: ${error.message}\n${source}`);
    return pipeline;
  }
}
