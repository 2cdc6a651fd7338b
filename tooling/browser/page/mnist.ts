// Training on real images: the network of the MNIST example, 784-128-10, on the first images of MNIST. Runs in pages and in Node.

import type { Backend, TensorMeta } from '@snn/core';
import { type ImageSet, mnist } from '@snn/data';
import { createModel, fit } from '@snn/nn';
import { FILES } from '../../../examples/browser/src/files.ts';
import { rateCoded } from '../../../examples/mnist/src/data.ts';
import { loss, network, optimizer } from '../../../examples/mnist/src/network.ts';

/** Steps of time, samples of a training step, hidden neurons. */
const [STEPS, BATCH, HIDDEN] = [10, 16, 128];

/** How a training went. */
export interface MnistReport {
  readonly backend: string;
  /** What ran the network, and why nothing faster did. */
  readonly executedBy: string;
  /** What the manifest declares of one operation. */
  readonly relativeError: number;
  /** Loss of each training step. */
  readonly losses: readonly number[];
  /** Time of all steps but the first, in which kernels are compiled, over their number; milliseconds. */
  readonly millisecondsPerStep: number;
}

async function images(): Promise<ImageSet> {
  const bytes = async (address: string): Promise<Uint8Array> => new Uint8Array(await (await fetch(`/${address}`)).arrayBuffer());
  return mnist(await bytes(FILES.train.images), await bytes(FILES.train.labels));
}

/** Train for so many steps. */
export async function mnistTraining<T extends TensorMeta>(backend: Backend<T>, steps: number): Promise<MnistReport> {
  const model = await createModel(network(HIDDEN), { backend, seed: 1 });
  const losses: number[] = [];
  const times: number[] = [];
  const stop = new AbortController();
  await fit(model, rateCoded(await images(), STEPS), {
    loss,
    optimizer: optimizer(steps),
    epochs: 1,
    batchSize: BATCH,
    signal: stop.signal,
    callbacks: [
      {
        onStep(report) {
          losses.push(report.loss);
          times.push(performance.now());
          if (losses.length === steps) stop.abort();
        },
      },
    ],
  });
  const { executedBy } = model;
  model.dispose();
  const millisecondsPerStep = (times[times.length - 1] - times[0]) / (times.length - 1);
  return { backend: backend.name, executedBy, relativeError: backend.supports.relativeError, losses, millisecondsPerStep };
}
