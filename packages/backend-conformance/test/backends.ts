/** The backends that the suite must pass on, here and under `node:test`. */
import { autodiff } from '@snn/autodiff';
import { plainCpu } from '@snn/backend-cpu';
import { arena, type Backend, type TensorMeta } from '@snn/core';
import { reference } from '../src/index.ts';

/** Runs `each` with every backend. A function of its own type per backend: `Backend` is not variant in its tensor. */
export function forEachBackend(each: <T extends TensorMeta>(name: string, make: () => Backend<T>) => void): void {
  each('plainCpu()', plainCpu);
  each("reference({ precision: 'float32' })", () => reference({ precision: 'float32' }));
  each('reference()', () => reference());
  each('arena(plainCpu())', () => arena(plainCpu()));
  each('autodiff(plainCpu())', () => autodiff(plainCpu()));
}
