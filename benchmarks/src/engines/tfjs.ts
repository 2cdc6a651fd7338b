/**
 * TensorFlow.js with its WebAssembly or its CPU backend: what a JavaScript programmer has today. One thread in Node.
 */
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type * as Cpu from '@tensorflow/tfjs-backend-cpu';
import type * as Wasm from '@tensorflow/tfjs-backend-wasm';
import type * as TF from '@tensorflow/tfjs-core';
import type { Engine } from './engine.ts';
import { tfjsLoop } from './tfjs-loop.ts';

const fromHere = createRequire(import.meta.url);

/**
 * tfjs-core as published for Node has no derivatives: its file for Node leaves `register_all_gradients` out, and Node cannot resolve the ES
 * modules beside it. So the ES modules are bundled, once per version.
 */
type Module = typeof TF & typeof Wasm & Pick<typeof Cpu, 'version_cpu'>;

async function bundled(): Promise<Module> {
  const folder = fileURLToPath(new URL('../../../.cache', import.meta.url));
  const { version } = fromHere('@tensorflow/tfjs-core/package.json') as { version: string };
  const file = join(folder, `tfjs-cpu-wasm-${version}.cjs`);
  if (!existsSync(file)) {
    const temporary = join(folder, `tfjs-${process.pid}.tmp`);
    mkdirSync(folder, { recursive: true });
    // not needed, and not loaded, once the file is there
    const { build } = await import('esbuild');
    await build({
      stdin: {
        contents: `
          import '@tensorflow/tfjs-core/dist/register_all_gradients';
          export * from '@tensorflow/tfjs-core';
          export { version_cpu } from '@tensorflow/tfjs-backend-cpu';
          export * from '@tensorflow/tfjs-backend-wasm';`,
        resolveDir: fileURLToPath(new URL('.', import.meta.url)),
      },
      outfile: temporary,
      bundle: true,
      platform: 'node',
      format: 'cjs',
      mainFields: ['module', 'main'],
      logLevel: 'silent',
    });
    renameSync(temporary, file);
  }
  return fromHere(file) as Module;
}

const tf: Module = await bundled();

/** Load tfjs and its WebAssembly file, and make a device active. */
export async function tfjsEngine(device: 'wasm' | 'cpu'): Promise<Engine> {
  const file = fromHere.resolve('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm');
  tf.setWasmPaths(`${dirname(file)}${sep}`);
  await tf.setBackend(device);
  await tf.ready();
  return {
    name: `tfjs ${device}`,
    refusal(_workload, { name }, _mode, threads) {
      if (threads > 1) return `tfjs ${device} has one thread in Node`;
      return name.includes('triangle') ? 'this case is about our default surrogate; the same case with ATan is measured' : null;
    },
    prepare: tfjsLoop(tf),
    identity: () => ({
      engine: 'tfjs-core',
      backend: tf.getBackend(),
      tier: `${device} ${device === 'wasm' ? tf.version_wasm : tf.version_cpu}`,
      executor: 'operation by operation',
    }),
  };
}
