/** Making a backend: a mode is probed by computing with it, `auto` takes the first that computes correctly. */

import { scheduled } from '@snn/compile';
import { argumentError, type Backend, checkNames, defineBackend } from '@snn/core';
import { chunkMachine } from './compiled/chunks.ts';
import { compileStep } from './compiled/executable.ts';
import type { Machine } from './compiled/machine.ts';
import { pipelineMachine } from './compiled/pipeline.ts';
import { webGpuMachine } from './compiled/web-gpu.ts';
import { Device, type DeviceLimits, IDENTITY } from './device.ts';
import { DeviceError, isDeviceError } from './device-error.ts';
import { type GpuJs, type GpuJsModule, loadGpuJs } from './gpu-js.ts';
import { type GpuMode, MAX_ELEMENTS, MODES, onDevice, supportsOf } from './modes.ts';
import { type GpuOperations, operations } from './operations.ts';
import { DEVICE_FUNCTIONS } from './sources.ts';
import type { GpuTensor } from './tensor.ts';
import { WebGpuRunner } from './web-gpu-runner.ts';

/** A backend on a device of gpu.js. */
export interface GpuBackend extends Backend<GpuTensor> {
  /** Where kernels run. */
  readonly mode: GpuMode;
  /** Why an earlier mode of `auto`'s list was not taken, or null. */
  readonly fallbackReason: string | null;
  /** Release everything on the device. Whatever is used afterwards fails with a `lost` `DeviceError`. */
  destroy(): Promise<void>;
}

/** Options of `gpu`. */
export interface GpuOptions {
  /** Where kernels run; `auto` (the default) takes the first of `webgpu`, `webgl2`, `webgl`, `webasm`, `cpu` that computes correctly here. */
  readonly mode?: GpuMode | 'auto';
}

/** How long a device may take to answer the first question, milliseconds. */
const PROBE_PATIENCE = 20_000;

/**
 * A backend on gpu.js.
 *
 * @throws an `argument` error for an unknown mode or option, and a `missing` `DeviceError` when the mode does not work here or gpu.js is not installed.
 */
export async function gpu(options: GpuOptions = {}): Promise<GpuBackend> {
  checkNames('gpu', options, ['mode']);
  const { mode = 'auto' } = options;
  if (mode !== 'auto') {
    if (!MODES.includes(mode)) throw argumentError(`gpu: mode must be auto, ${MODES.join(', ')}, but is ${JSON.stringify(mode)}.`);
    return open(await loadGpuJs(), mode, null);
  }
  return firstOf(MODES);
}

/** The first mode of a list that works. */
export async function firstOf(modes: readonly GpuMode[], reasons: readonly string[] = []): Promise<GpuBackend> {
  const module = await loadGpuJs();
  const failed = [...reasons];
  for (const mode of modes) {
    try {
      return await open(module, mode, failed.length > 0 ? failed.join(' ') : null);
    } catch (error) {
      if (!isDeviceError(error)) throw error;
      failed.push(error.message);
    }
  }
  throw new DeviceError('missing', `gpu: no mode works here. ${failed.join(' ')}`);
}

/** The way in which a mode loops over time. */
function machineOf(device: Device, extra: GpuOperations): Machine {
  if (device.webGpu) return webGpuMachine(device, device.webGpu, extra);
  return onDevice(device.mode) ? chunkMachine(device, extra) : pipelineMachine(device, extra);
}

/** Make a backend and see it compute. */
async function open(module: GpuJsModule, mode: GpuMode, fallbackReason: string | null): Promise<GpuBackend> {
  const device = await inTime(mode, makeDevice(module, mode));
  const { compute, productOverTime, reverse, later, ...primitives } = operations(device);
  const extra = { ...primitives, compute, productOverTime, reverse, later };
  const implementation = { ...primitives, name: `gpu-${mode}`, supports: supportsOf(mode) };
  // compiled steps keep tensors from one call to the next, which the backend itself would release with the temporaries of a custom operation
  const own = defineBackend<GpuTensor>(implementation);
  const backend: GpuBackend = {
    ...defineBackend<GpuTensor>({
      ...implementation,
      async compile(step, steps, gradient) {
        if (gradient?.kind === 'checkpoint' || gradient?.kind === 'truncated')
          return scheduled(own, step, `gradient '${gradient.kind}' has no kernels in this backend, 'store' and 'none' have`, gradient);
        return compileStep(step, steps, gradient?.kind !== 'none', own, extra, machineOf(device, extra));
      },
    }),
    mode,
    fallbackReason,
    destroy: () => device.destroy(),
  };
  try {
    const x = backend.fromData([1, 2, 3], [3]);
    const tens = backend.mul(x, 10);
    const y = backend.add(x, tens);
    const got = await inTime(mode, backend.read(y));
    for (const t of [x, tens, y]) backend.dispose(t);
    if (`${got}` !== '11,22,33') throw new DeviceError('missing', `${mode}: the device computes wrongly: expected 11,22,33, got ${got}.`);
  } catch (error) {
    await device.destroy();
    if (isDeviceError(error) && error.failure !== 'failed') throw error;
    throw new DeviceError('missing', `${mode}: does not work here: ${(error as Error).message}`);
  }
  return backend;
}

async function inTime<X>(mode: GpuMode, promise: Promise<X>): Promise<X> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new DeviceError('timeout', `${mode}: the device did not answer within ${PROBE_PATIENCE / 1000} s.`)),
      PROBE_PATIENCE,
    );
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

const addFunctions = (instance: GpuJs): void => {
  for (const source of DEVICE_FUNCTIONS) instance.addFunction(source, { argumentTypes: { x: 'Number' }, returnType: 'Number' });
};

async function makeDevice(module: GpuJsModule, mode: GpuMode): Promise<Device> {
  const { GPU } = module;
  const there = {
    webgpu: GPU.isWebGPUSupported,
    webgl2: GPU.isWebGL2Supported,
    webgl: GPU.isWebGLSupported,
    webasm: GPU.isWebAssemblySupported,
    cpu: true,
  }[mode];
  if (!there) throw new DeviceError('missing', `${mode}: this environment has none; use another mode, or \`auto\`.`);
  if (mode === 'webgpu') {
    const context = await module.WebGPUContext.acquire().catch((error: Error) => {
      throw new DeviceError('missing', `webgpu: no device: ${error.message}`);
    });
    const { maxStorageBufferBindingSize, maxBufferSize, maxStorageBuffersPerShaderStage } = context.device.limits;
    const instance = new GPU({ mode });
    addFunctions(instance);
    const device = new Device(
      mode,
      instance,
      {
        elements: Math.min(MAX_ELEMENTS, Math.floor(Math.min(maxStorageBufferBindingSize, maxBufferSize) / 4)),
        elementsName: 'maxStorageBufferBindingSize, and whole numbers in float32',
        operands: maxStorageBuffersPerShaderStage - 1,
      },
      new WebGpuRunner(context),
    );
    context.device.lost.then(({ reason, message }) => device.lose(`WebGPU device lost: ${reason || 'unknown'} ${message}`));
    return device;
  }
  let instance: InstanceType<GpuJsModule['GPU']>;
  try {
    instance = new GPU({ mode });
  } catch (error) {
    throw new DeviceError('missing', `${mode}: gpu.js refuses: ${(error as Error).message}`);
  }
  if (onDevice(mode)) {
    addFunctions(instance);
    // gpu.js has a context from its first kernel on
    instance.createKernel(IDENTITY, { output: [1] });
  }
  const { context } = instance;
  const limits: DeviceLimits =
    (mode === 'webgl' || mode === 'webgl2') && context
      ? {
          elements: Math.min(MAX_ELEMENTS, context.getParameter(context.MAX_TEXTURE_SIZE) ** 2),
          elementsName: 'MAX_TEXTURE_SIZE squared, and whole numbers in float32',
          operands: Math.min(8, context.getParameter(context.MAX_TEXTURE_IMAGE_UNITS)),
        }
      : { elements: MAX_ELEMENTS, elementsName: 'whole numbers in float32', operands: 8 };
  const device = new Device(mode, instance, limits);
  instance.canvas?.addEventListener('webglcontextlost', () => device.lose('WebGL context lost'));
  return device;
}
