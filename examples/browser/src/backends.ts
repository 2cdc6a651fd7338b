// How each backend is made. Its code is loaded when it is chosen.

import type { Backend, TensorMeta } from '@snn/core';
import type { Choice } from './choices.ts';

/** Makes a backend. */
export type Make = () => Promise<Backend<TensorMeta>>;

/** `Backend` is not variant in its tensor; nobody here looks inside one. */
const of =
  <T extends TensorMeta>(make: () => Promise<Backend<T>>): Make =>
  async () =>
    (await make()) as unknown as Backend<TensorMeta>;

export const BACKENDS: Readonly<Record<Choice, Make>> = {
  cpu: of(async () => (await import('@snn/backend-cpu')).cpu()),
  plain: of(async () => (await import('@snn/backend-cpu')).plainCpu()),
  'tfjs-webgl': of(async () => (await import('./tfjs.ts')).tfjsOn('webgl')),
  'tfjs-wasm': of(async () => (await import('./tfjs.ts')).tfjsOn('wasm')),
  'gpu-auto': of(async () => (await import('@snn/backend-gpu')).gpu({ mode: 'auto' })),
  'gpu-webgpu': of(async () => (await import('@snn/backend-gpu')).gpu({ mode: 'webgpu' })),
  'gpu-webgl2': of(async () => (await import('@snn/backend-gpu')).gpu({ mode: 'webgl2' })),
  'gpu-webgl': of(async () => (await import('@snn/backend-gpu')).gpu({ mode: 'webgl' })),
  'gpu-webasm': of(async () => (await import('@snn/backend-gpu')).gpu({ mode: 'webasm' })),
};
