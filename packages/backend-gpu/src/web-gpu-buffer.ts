/** Buffers of this package's own on gpu.js' WebGPU device. gpu.js takes them as arguments of its kernels, since they have the fields of its results. */
import type { DeviceHandle, WebGpuContext } from './gpu-js.ts';

/** Numbers of the WebGPU specification: browsers have them as globals, but TypeScript's library of the web does not. */
export const USAGE = { mapRead: 0x1, copySource: 0x4, copyTarget: 0x8, uniform: 0x40, storage: 0x80 } as const;
const MAP_READ = 1;

/** A buffer of float32 numbers. */
export class WebGpuBuffer implements DeviceHandle {
  /** What gpu.js tells its results by. */
  readonly type = 'WebGPUBuffer';
  readonly componentCount = 1;
  readonly output: readonly number[];
  readonly context: WebGpuContext;
  readonly buffer: GPUBuffer;

  constructor(context: WebGpuContext, length: number) {
    this.context = context;
    this.output = [length];
    this.buffer = context.device.createBuffer({
      size: 4 * length,
      usage: USAGE.storage | USAGE.copySource | USAGE.copyTarget,
    });
  }

  async toArray(): Promise<Float32Array> {
    const { device } = this.context;
    const size = 4 * this.output[0];
    const staging = device.createBuffer({ size, usage: USAGE.mapRead | USAGE.copyTarget });
    try {
      const encoder = device.createCommandEncoder();
      encoder.copyBufferToBuffer(this.buffer, 0, staging, 0, size);
      device.queue.submit([encoder.finish()]);
      await staging.mapAsync(MAP_READ);
      return new Float32Array(staging.getMappedRange().slice(0));
    } finally {
      staging.destroy();
    }
  }

  delete(): void {
    this.buffer.destroy();
  }
}
