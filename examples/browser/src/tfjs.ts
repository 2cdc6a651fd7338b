/// <reference types="vite/client" />
// The backend on TensorFlow.js, with a device that its users would load like this.

import { type TfjsBackend, tfjs } from '@snn/backend-tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import wasm from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import wasmSimd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import '@tensorflow/tfjs-backend-webgl';
import * as tf from '@tensorflow/tfjs-core';

/**
 * TensorFlow.js with `webgl` or `wasm` as its active device.
 *
 * @throws an error when the device does not work here: tfjs answers false and prints why.
 */
export async function tensorflow(device: string): Promise<typeof tf> {
  // in an isolated page tfjs takes its threaded device, which makes workers of the text of its functions: a minified bundle breaks them
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  setWasmPaths({
    'tfjs-backend-wasm.wasm': wasm,
    'tfjs-backend-wasm-simd.wasm': wasmSimd,
    // must be named, is not loaded
    'tfjs-backend-wasm-threaded-simd.wasm': wasmSimd,
  });
  if (!(await tf.setBackend(device))) throw new Error(`tfjs cannot use its device '${device}' here.`);
  await tf.ready();
  return tf;
}

/** A backend on `webgl` or `wasm`. Throws as `tensorflow` does. */
export async function tfjsOn(device: string): Promise<TfjsBackend<tf.Tensor>> {
  return tfjs(await tensorflow(device));
}
