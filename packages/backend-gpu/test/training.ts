// A short training whose curve of losses two backends can be compared by: ten noisy patterns, rate-coded, and a network of the MNIST example's shape.
import { type Backend, foldIn, randomKey, stream, type TensorMeta, uniform } from '@snn/core';
import { rate } from '@snn/encoders';
import { adam, createModel, crossEntropyOfCount, type Dataset, fit, leaky, linear, sequential } from '@snn/nn';

const [STEPS, PIXELS, HIDDEN, CLASSES, BATCH] = [8, 64, 32, 10, 16];

/** Sample `i` shows pattern `i % 10`, a third of it replaced by noise. */
function noisyPatterns(size: number): Dataset {
  const root = randomKey(5);
  const clean = uniform(stream(root, 'patterns'), CLASSES * PIXELS);
  const image = (i: number): Float32Array => {
    const key = foldIn(root, i);
    const replaced = uniform(stream(key, 'replaced'), PIXELS);
    return uniform(stream(key, 'noise'), PIXELS).map((x, p) => (replaced[p] < 1 / 3 ? x : clean[(i % CLASSES) * PIXELS + p]));
  };
  return {
    size,
    batch(indices, key) {
      const images = new Float32Array(indices.length * PIXELS);
      indices.forEach((index, i) => void images.set(image(index), i * PIXELS));
      return {
        inputs: rate(key, images, STEPS),
        shape: [STEPS, indices.length, PIXELS],
        labels: Int32Array.from(indices, (index) => index % CLASSES),
      };
    },
  };
}

/** The losses of `count` training steps, and what ran the network. */
export async function train<T extends TensorMeta>(
  backend: Backend<T>,
  count: number,
): Promise<{ readonly losses: readonly number[]; readonly executedBy: string }> {
  const network = sequential(linear(PIXELS, HIDDEN), leaky(HIDDEN, { beta: 0.9 }), linear(HIDDEN, CLASSES), leaky(CLASSES, { beta: 0.9 }));
  const model = await createModel(network, { backend, seed: 1 });
  const losses: number[] = [];
  await fit(model, noisyPatterns(BATCH * count), {
    loss: crossEntropyOfCount(),
    optimizer: adam(1e-2),
    epochs: 1,
    batchSize: BATCH,
    callbacks: [{ onStep: (report) => losses.push(report.loss) }],
  });
  const { executedBy } = model;
  model.dispose();
  return { losses, executedBy };
}

/** Largest difference of two curves, each the mean over 10 steps, in shares of the first loss. */
export function apart(a: readonly number[], b: readonly number[]): number {
  let largest = 0;
  for (let i = 0; i + 10 <= a.length; i += 10) {
    const mean = (x: readonly number[]): number => x.slice(i, i + 10).reduce((sum, loss) => sum + loss, 0) / 10;
    largest = Math.max(largest, Math.abs(mean(a) - mean(b)) / a[0]);
  }
  return largest;
}
