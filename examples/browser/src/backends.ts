// What the network can run on. One more is one more entry; its code is loaded when it is chosen.

import type { Backend, TensorMeta } from '@snn/core';

/** A choice of the page. */
export interface Choice {
  readonly name: string;
  make(): Promise<Backend<TensorMeta>>;
}

/** `Backend` is not variant in its tensor; the page never looks inside one. */
const choice = <T extends TensorMeta>(name: string, make: () => Promise<Backend<T>>): Choice => ({
  name,
  make: async () => (await make()) as unknown as Backend<TensorMeta>,
});

export const CHOICES: Readonly<Record<string, Choice>> = {
  cpu: choice('CPU', async () => (await import('@snn/backend-cpu')).cpu()),
  plain: choice('CPU, plain JavaScript', async () => (await import('@snn/backend-cpu')).plainCpu()),
};
