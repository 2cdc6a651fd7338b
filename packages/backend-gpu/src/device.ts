/**
 * A device as gpu.js gives it: named kernels over flat arrays, uploads, reads, limits, and news of its loss. Kernels are kept by their source,
 * which holds no sizes, so there are few of them.
 */
import { DeviceError } from './device-error.ts';
import type { DeviceHandle, DeviceValue, GpuJs, GpuKernel } from './gpu-js.ts';
import { type GpuMode, MAX_ELEMENTS, onDevice } from './modes.ts';
import type { WebGpuRunner } from './web-gpu-runner.ts';

/** Settings that all kernels share. Each result has memory of its own (`immutable`) and stays on the device (`pipeline`). */
const SETTINGS = {
  precision: 'single',
  pipeline: true,
  immutable: true,
  dynamicOutput: true,
  dynamicArguments: true,
  loopMaxIterations: MAX_ELEMENTS,
} as const;

/**
 * Kernels that are kept in mode webasm, where each has memory of its own; the one that was unused longest goes. Elsewhere all are kept: in gpu.js
 * 2.24.1 the end of one WebGL kernel takes the vertices of the others along, which then draw nothing and say so on the console only.
 */
const MAX_KERNELS = 40;

/** How long news of a lost device may take, milliseconds. */
const NEWS_MS = 50;

/** A kernel that copies. */
export const IDENTITY = 'function (a) { return a[this.thread.x]; }';

/** Limits that requests are held against before the device sees them. */
export interface DeviceLimits {
  /** Elements of one tensor. */
  readonly elements: number;
  /** What that limit is called. */
  readonly elementsName: string;
  /** Tensors that one kernel may read. */
  readonly operands: number;
}

/** A device. */
export class Device {
  readonly mode: GpuMode;
  readonly gpu: GpuJs;
  readonly limits: DeviceLimits;
  /** In mode webgpu, what launches kernels beside gpu.js. */
  readonly webGpu: WebGpuRunner | null;
  /** Rejects when the device is lost. */
  readonly lost: Promise<never>;
  #kernels = new Map<string, GpuKernel>();
  #failure: DeviceError | null = null;
  #reject: (error: DeviceError) => void = () => {};

  constructor(mode: GpuMode, gpu: GpuJs, limits: DeviceLimits, webGpu: WebGpuRunner | null = null) {
    this.webGpu = webGpu;
    this.mode = mode;
    this.gpu = gpu;
    this.limits = limits;
    this.lost = new Promise((_, reject) => {
      this.#reject = reject;
    });
    // nobody may be waiting when it happens
    this.lost.catch(() => {});
  }

  /** Take note that the device is gone: everything from now on fails with this reason. */
  lose(reason: string): void {
    if (this.#failure) return;
    this.#failure = new DeviceError(
      'lost',
      `${this.mode}: the device was lost (${reason}), and with it all tensors; make a new backend, or run the job with \`runWithFallback\`.`,
    );
    this.#reject(this.#failure);
  }

  /**
   * Refuse work on a device that is gone.
   *
   * @throws a `lost` `DeviceError`.
   */
  check(): void {
    if (onDevice(this.mode) && this.gpu.context?.isContextLost?.()) this.lose('WebGL context lost');
    if (this.#failure) throw this.#failure;
  }

  /** Why something failed with an error of the browser or of gpu.js: the device was lost, of which news may come a little later, or it refuses. */
  async reasonOf(what: string, { message }: Error): Promise<DeviceError> {
    if (onDevice(this.mode) && this.#failure === null) await new Promise((resolve) => setTimeout(resolve, NEWS_MS));
    return this.#failure ?? new DeviceError('failed', `${what}: ${this.mode} failed: ${message}`);
  }

  /**
   * Refuse what is larger than the device allows, before it is asked.
   *
   * @throws a `limit` `DeviceError`.
   */
  checkSize(what: string, length: number): void {
    const { elements, elementsName } = this.limits;
    if (length <= elements) return;
    throw new DeviceError(
      'limit',
      `${what}: asks for ${length} elements, but ${this.mode} allows ${elements} in one tensor (${elementsName}); use smaller batches, or fewer steps at a time.`,
      elements,
      length,
    );
  }

  /** Run the kernel with this source for `length` threads. */
  run(source: string, args: readonly (DeviceValue | number)[], length: number): DeviceValue | Promise<DeviceValue> {
    this.check();
    // a WebGL kernel of gpu.js 2.24.1 that is given another size draws into the old one and says nothing: there it keeps its size
    const fixed = this.mode === 'webgl' || this.mode === 'webgl2';
    const key = fixed ? `${length}:${source}` : source;
    let kernel = this.#kernels.get(key);
    if (!kernel) {
      kernel = this.gpu.createKernel(source, { ...SETTINGS, dynamicOutput: !fixed, output: [length] });
      // each size of a kernel has a WebAssembly.Memory of its own, of which Chromium allows 125
      if (this.mode === 'webasm') kernel.kernel.moduleCacheLimit = 2;
    }
    // the kernel that was used last goes last
    this.#kernels.delete(key);
    this.#kernels.set(key, kernel);
    if (this.mode === 'webasm' && this.#kernels.size > MAX_KERNELS) {
      const [[oldest, unused]] = this.#kernels;
      unused.destroy();
      this.#kernels.delete(oldest);
    }
    if (!fixed) kernel.setOutput([length]);
    const result = kernel(...args);
    const { fallbackReason } = kernel.kernel;
    if (fallbackReason) throw new DeviceError('failed', `${this.mode}: gpu.js ran a kernel elsewhere: ${fallbackReason}`);
    return result;
  }

  /** Put numbers on the device. The array must stay as it is. */
  upload(data: Float32Array): DeviceValue | Promise<DeviceValue> {
    return onDevice(this.mode) ? this.run(IDENTITY, [data], data.length) : data;
  }

  /** Get `length` numbers back, in an array of the caller's own. */
  async read(value: DeviceValue, length: number): Promise<Float32Array> {
    this.check();
    const data = isHandle(value) ? await value.toArray() : value.slice();
    // a lost WebGL context reads as zeros
    this.check();
    if (data.length !== length)
      throw new DeviceError('failed', `${this.mode}: gpu.js gave ${data.length} numbers for a tensor of ${length}.`);
    return data;
  }

  /** Give memory back. A lost device has none. */
  release(value: DeviceValue): void {
    if (isHandle(value) && this.#failure === null) value.delete();
  }

  /** Release everything that the device holds. */
  async destroy(): Promise<void> {
    this.lose('destroyed by its user');
    await this.gpu.destroy();
  }
}

const isHandle = (value: DeviceValue): value is DeviceHandle => !ArrayBuffer.isView(value);
