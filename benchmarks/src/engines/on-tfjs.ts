/** Our networks on `@snn/backend-tfjs`: the same steps as everywhere, computed by the kernels of TensorFlow.js. */

import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';
import { type TfjsBackend, tfjs } from '@snn/backend-tfjs';
import '@tensorflow/tfjs-backend-cpu';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { compiledOn } from './compiled.ts';
import { eagerOn } from './eager.ts';
import type { Engine } from './engine.ts';

/** The backend on a device, in Node. Both devices can be read at once. */
async function backendOn(device: 'cpu' | 'wasm'): Promise<TfjsBackend<tf.Tensor> & Required<Pick<TfjsBackend<tf.Tensor>, 'readSync'>>> {
  const file = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm');
  setWasmPaths(`${dirname(file)}${sep}`);
  await tf.setBackend(device);
  await tf.ready();
  const b = tfjs(tf);
  return b as typeof b & Required<Pick<typeof b, 'readSync'>>;
}

/** Step by step, or over time by the schedule of `@snn/compile`. */
export function onTfjs(device: 'cpu' | 'wasm', executor: 'eager' | 'scheduled'): Engine {
  const name = `snn on tfjs ${device} (${executor})`;
  if (executor === 'eager') return eagerOn({ name, backend: `tfjs-${device}`, tier: device }, () => backendOn(device));
  return compiledOn(
    { engine: name, backend: `tfjs-${device}`, tier: device, executor: 'schedule, operation by operation' },
    () => backendOn(device),
    false,
  );
}
