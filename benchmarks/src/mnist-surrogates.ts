// Compares surrogates and settings of the neuron on MNIST: the same network, data, order and spikes for each. Prints rows of a Markdown table.
// For docs/decisions/0001-default-surrogate.md. Run on sources: `node --conditions=@snn/source benchmarks/src/mnist-surrogates.ts [options]`.

import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { cpu } from '@snn/backend-cpu';
import type { Key } from '@snn/core';
import { type ImageSet, take } from '@snn/data';
import { readMnist } from '@snn/data/node';
import { rate } from '@snn/encoders';
import {
  adam,
  type Batch,
  cosine,
  createModel,
  crossEntropyOfCount,
  type Dataset,
  evaluate,
  fit,
  type Layer,
  leaky,
  lifBox,
  linear,
  sequential,
} from '@snn/nn';
import { arctan, fastSigmoid, rectangle, type Surrogate, triangle } from '@snn/surrogates';

const STEPS = 25;
const BETA = 0.9;
const RATE = 2e-3;

const { values } = parseArgs({
  options: {
    subset: { type: 'string', default: '6000' },
    test: { type: 'string', default: '5000' },
    seeds: { type: 'string', default: '2' },
    batch: { type: 'string', default: '64' },
    only: { type: 'string', default: '' },
  },
});
const [subset, tested, seeds, batch] = [values.subset, values.test, values.seeds, values.batch].map(Number);

const net = (neurons: (size: number) => Layer): Layer => sequential(linear(784, 128), neurons(128), linear(128, 10), neurons(10));
const withSurrogate = (surrogate: Surrogate): Layer => net((size) => leaky(size, { beta: BETA, surrogate }));

const VARIANTS: Readonly<Record<string, Layer>> = {
  'triangle, width 0.5': withSurrogate(triangle({ width: 0.5 })),
  'triangle, width 1': withSurrogate(triangle({ width: 1 })),
  'triangle, width 2': withSurrogate(triangle({ width: 2 })),
  'triangle, width 2, height 0.3': withSurrogate(triangle({ width: 2, height: 0.3 })),
  'triangle, width 3': withSurrogate(triangle({ width: 3 })),
  'rectangle, width 1': withSurrogate(rectangle({ width: 1 })),
  'rectangle, width 2': withSurrogate(rectangle({ width: 2 })),
  'arctan, sharpness 2': withSurrogate(arctan({ sharpness: 2 })),
  'fast sigmoid, sharpness 2': withSurrogate(fastSigmoid({ sharpness: 2 })),
  'fast sigmoid, sharpness 25': withSurrogate(fastSigmoid({ sharpness: 25 })),
  'triangle, width 2; reset not detached': net((size) =>
    leaky(size, { beta: BETA, surrogate: triangle({ width: 2 }), detachReset: false }),
  ),
  'triangle, width 2; input gain 1 - beta': net((size) => lifBox(size, { tau: -1e-3 / Math.log(BETA), surrogate: triangle({ width: 2 }) })),
  'triangle, width 2; beta 0.8': net((size) => leaky(size, { beta: 0.8, surrogate: triangle({ width: 2 }) })),
  'triangle, width 2; beta 0.95': net((size) => leaky(size, { beta: 0.95, surrogate: triangle({ width: 2 }) })),
};

function rateCoded(set: ImageSet): Dataset {
  const pixels = set.rows * set.columns;
  return {
    size: set.count,
    batch(indices: Int32Array, key: Key): Batch {
      const images = new Uint8Array(indices.length * pixels);
      indices.forEach((index, i) => {
        images.set(set.images.subarray(index * pixels, (index + 1) * pixels), i * pixels);
      });
      const labels = Int32Array.from(indices, (index) => set.labels[index]);
      return { inputs: rate(key, images, STEPS, 255), shape: [STEPS, indices.length, pixels], labels };
    },
  };
}

const { train, test } = await readMnist(join(import.meta.dirname, '../../examples/mnist'));
const backend = await cpu();
const loss = crossEntropyOfCount();
const percent = (x: number): string => (100 * x).toFixed(2);
console.log(`${subset} training images, batches of ${batch}, ${tested} test images, seeds 1 to ${seeds}`);
console.log('| variant | test accuracy, % | of each seed | spikes per image | samples/s |');
console.log('|---|---|---|---|---|');
for (const [name, network] of Object.entries(VARIANTS)) {
  if (!name.includes(values.only)) continue;
  const runs: { readonly accuracy: number; readonly spikesPerSample: number; readonly speed: number }[] = [];
  for (let seed = 1; seed <= seeds; seed++) {
    const model = await createModel(network, { backend, seed });
    const optimizer = adam(cosine(RATE, Math.ceil(subset / batch), RATE / 20));
    const { seconds } = await fit(model, rateCoded(take(train, subset)), { loss, optimizer, batchSize: batch });
    const { accuracy, spikesPerSample } = await evaluate(model, rateCoded(take(test, tested)), { loss, batchSize: 250 });
    runs.push({ accuracy, spikesPerSample, speed: subset / seconds });
    model.dispose();
  }
  const mean = (of: (run: (typeof runs)[number]) => number): number => runs.reduce((sum, run) => sum + of(run), 0) / runs.length;
  const each = runs.map((run) => percent(run.accuracy)).join(', ');
  const cells = [
    name,
    percent(mean((run) => run.accuracy)),
    each,
    mean((run) => run.spikesPerSample).toFixed(0),
    mean((run) => run.speed).toFixed(0),
  ];
  console.log(`| ${cells.join(' | ')} |`);
}
