// The backends that are tested in browsers. A new one is one line: a name, and what makes it. Its code is loaded only when it is asked for.

import type { Backend, TensorMeta } from '@snn/core';

/** Makes a backend. */
export type Make = () => Promise<Backend<TensorMeta>>;

/** `Backend` is not variant in its tensor; jobs are generic in it and never look inside. */
const of =
  <T extends TensorMeta>(make: () => Promise<Backend<T>>): Make =>
  async () =>
    (await make()) as unknown as Backend<TensorMeta>;

/** By name. */
export const BACKENDS: Readonly<Record<string, Make>> = {
  'plainCpu()': of(async () => (await import('@snn/backend-cpu')).plainCpu()),
  'cpu()': of(async () => (await import('@snn/backend-cpu')).cpu()),
};

export const BACKEND_NAMES: readonly string[] = Object.keys(BACKENDS);
