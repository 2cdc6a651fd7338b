/**
 * The devices of tfjs, each loaded and made active when asked for. Runs in Node and, for `webgl` or with the WebAssembly file's folder given,
 * in a browser.
 */
import * as tf from '@tensorflow/tfjs-core';
import { type TfjsBackend, tfjs } from '../src/index.ts';

/** Where the WebAssembly files are in Node. */
async function wasmFolder(): Promise<string> {
  const { createRequire } = await import('node:module');
  const { dirname, sep } = await import('node:path');
  return dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm')) + sep;
}

const LOAD: Readonly<Record<string, (folder?: string) => Promise<unknown>>> = {
  cpu: () => import('@tensorflow/tfjs-backend-cpu'),
  webgl: () => import('@tensorflow/tfjs-backend-webgl'),
  async wasm(folder) {
    const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
    setWasmPaths(folder ?? (await wasmFolder()));
  },
};

/**
 * Make `device` active, and a backend on it. One device can be active at a time.
 *
 * @param folder where the files of the WebAssembly device are, with a slash at the end. Default: those in Node's `node_modules`.
 */
export async function tfjsOn(device: 'cpu' | 'wasm' | 'webgl', folder?: string): Promise<TfjsBackend<tf.Tensor>> {
  await LOAD[device](folder);
  if (!(await tf.setBackend(device))) throw new Error(`tfjs cannot make its device '${device}' active here.`);
  await tf.ready();
  return tfjs(tf);
}
