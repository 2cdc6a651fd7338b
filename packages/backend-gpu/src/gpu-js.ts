/** What this package uses of gpu.js, as types of its own, and how gpu.js is found: it is a peer dependency that is loaded when a backend is made. */
import { DeviceError } from './device-error.ts';

/** A result that lies on the device: a WebGL texture or a WebGPU buffer. */
export interface DeviceHandle {
  toArray(): Float32Array | Promise<Float32Array>;
  delete(): void;
}

/** A result of a kernel: on the device, or an array where gpu.js computes in main memory. */
export type DeviceValue = Float32Array | DeviceHandle;

/** A kernel that can be called. */
export interface GpuKernel {
  (...args: readonly (DeviceValue | number)[]): DeviceValue | Promise<DeviceValue>;
  setOutput(size: readonly number[]): unknown;
  destroy(): void;
  /** The kernel that runs at present: gpu.js exchanges it when it falls back. */
  readonly kernel: { readonly fallbackReason?: string | null; moduleCacheLimit?: number };
}

/** A plan of kernels. */
export interface GpuPipeline {
  (...args: readonly Float32Array[]): Promise<readonly Float32Array[]>;
  readonly executorKind: string;
  readonly backend: string;
  readonly fallbackReason: string | null;
  destroy(): void;
}

/** An instance of gpu.js. */
export interface GpuJs {
  createKernel(source: string, settings: object): GpuKernel;
  addFunction(source: string, settings: object): unknown;
  createPipeline(orchestrate: (...args: readonly never[]) => readonly unknown[], settings?: { readonly threads?: boolean }): GpuPipeline;
  destroy(): Promise<void>;
  readonly canvas: EventTarget | null;
  readonly context: WebGLRenderingContext | WebGL2RenderingContext | null;
}

/** The device that gpu.js shares between its WebGPU kernels. */
export interface WebGpuContext {
  readonly device: GPUDevice;
  readonly isLost: boolean;
}

/** The module of gpu.js. */
export interface GpuJsModule {
  readonly GPU: {
    new (settings: { readonly mode: string }): GpuJs;
    readonly isWebGLSupported: boolean;
    readonly isWebGL2Supported: boolean;
    readonly isWebGPUSupported: boolean;
    readonly isWebAssemblySupported: boolean;
  };
  readonly WebGPUContext: { acquire(): Promise<WebGpuContext> };
}

/**
 * Load gpu.js.
 *
 * @throws a `missing` `DeviceError` when it is not installed.
 */
export async function loadGpuJs(): Promise<GpuJsModule> {
  try {
    const module = (await import('gpu.js')) as unknown as Partial<GpuJsModule> & { readonly default?: GpuJsModule };
    // Node and bundlers differ in how they show a CommonJS module
    return (module.default ?? module) as GpuJsModule;
  } catch (error) {
    throw new DeviceError(
      'missing',
      `gpu: the peer dependency gpu.js could not be loaded (${(error as Error).message}); install it with \`npm install gpu.js@2.24\`.`,
    );
  }
}
