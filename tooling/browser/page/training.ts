// A short training: ten noisy patterns of 64 pixels, rate-coded, and a network of the shape of the MNIST example.

import { type Backend, foldIn, type Key, randomKey, stream, type TensorMeta, uniform } from '@snn/core';
import { rate } from '@snn/encoders';
import { adam, createModel, crossEntropyOfCount, type Dataset, fit, leaky, linear, sequential } from '@snn/nn';

/** What was trained, and how it went. */
export interface TrainingReport {
  readonly backend: string;
  /** What ran the network, and why nothing faster did. */
  readonly executedBy: string;
  /** Loss of each step. */
  readonly losses: readonly number[];
  /** Accuracy in the last epoch. */
  readonly accuracy: number;
}

const [STEPS, PIXELS, HIDDEN, CLASSES, SAMPLES] = [10, 64, 32, 10, 320];

const patterns = (key: Key): Float32Array => uniform(stream(key, 'patterns'), CLASSES * PIXELS);

/** Sample `i` shows pattern `i % 10`, a third of it replaced by noise. */
function noisyPatterns(seed: number): Dataset {
  const root = randomKey(seed);
  const clean = patterns(root);
  const image = (i: number): Float32Array => {
    const key = foldIn(root, i);
    const noise = uniform(stream(key, 'noise'), PIXELS);
    const replaced = uniform(stream(key, 'replaced'), PIXELS);
    return noise.map((x, pixel) => (replaced[pixel] < 1 / 3 ? x : clean[(i % CLASSES) * PIXELS + pixel]));
  };
  return {
    size: SAMPLES,
    batch(indices, key) {
      const images = new Float32Array(indices.length * PIXELS);
      indices.forEach((index, i) => {
        images.set(image(index), i * PIXELS);
      });
      return {
        inputs: rate(key, images, STEPS),
        shape: [STEPS, indices.length, PIXELS],
        labels: Int32Array.from(indices, (index) => index % CLASSES),
      };
    },
  };
}

/**
 * Train, ten steps to an epoch.
 *
 * @param onStep called after each step with the number of steps so far.
 */
export async function training<T extends TensorMeta>(
  backend: Backend<T>,
  epochs: number = 3,
  onStep: (steps: number) => void = () => {},
): Promise<TrainingReport> {
  const network = sequential(linear(PIXELS, HIDDEN), leaky(HIDDEN, { beta: 0.9 }), linear(HIDDEN, CLASSES), leaky(CLASSES, { beta: 0.9 }));
  const model = await createModel(network, { backend, seed: 1 });
  const losses: number[] = [];
  const { accuracy } = await fit(model, noisyPatterns(5), {
    loss: crossEntropyOfCount(),
    optimizer: adam(1e-2),
    epochs,
    batchSize: 32,
    callbacks: [{ onStep: (report) => onStep(losses.push(report.loss)) }],
  });
  const { executedBy } = model;
  model.dispose();
  return { backend: backend.name, executedBy, losses, accuracy };
}
