/** The job on MNIST with the WebAssembly device: `node --conditions=@snn/source src/main.ts` in this folder. */
import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';
import { take } from '@snn/data';
import { readMnist } from '@snn/data/node';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { run } from './job.ts';

const file = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm');
setWasmPaths(dirname(file) + sep);
await tf.setBackend('wasm');
const { train, test } = await readMnist(import.meta.dirname);
const { before, after, losses, executedBy } = await run(take(train, 1000), take(test, 500), 3);
console.log(`Ran on ${executedBy}.`);
console.log(`Loss by epoch: ${losses.map((loss) => loss.toFixed(3)).join(', ')}`);
console.log(`Test accuracy: ${(100 * before).toFixed(1)} % before, ${(100 * after).toFixed(1)} % after training`);
