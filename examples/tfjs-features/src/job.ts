/**
 * The job: features of digits, computed once by a `tf.LayersModel`, drive a spiking head over time, which `fit` trains on the same tfjs device.
 * tfjs' operations and ours work on the same tensors.
 */
import { type TfjsBackend, tfjs } from '@snn/backend-tfjs';
import type { ImageSet } from '@snn/data';
import { adam, createModel, crossEntropyOverTime, type Dataset, evaluate, fit, leaky, leakyReadout, linear, sequential } from '@snn/nn';
import * as tf from '@tensorflow/tfjs-core';
import { FEATURES, featureNetwork } from './features.ts';

/** Steps of time for which the features of an image are shown to the head. */
const STEPS = 6;

type B = TfjsBackend<tf.Tensor>;

/** Features `[N, FEATURES]` of all images of a set, with a mean of 1/4. */
async function featuresOf(b: B, { images, count, rows, columns }: ImageSet): Promise<Float32Array> {
  const network = featureNetwork();
  // tfjs' own operations, and its own way with memory
  const features = tf.tidy(() => {
    const pixels = tf.div(tf.tensor(Float32Array.from(images), [count, rows, columns, 1]), 255);
    const found = network.predict(pixels) as tf.Tensor;
    return tf.div(found, tf.mul(tf.mean(found), 4));
  });
  network.dispose();
  // from here on ours: the same tensor, not a copy
  const handle = b.fromTensor(features);
  const data = await b.read(handle);
  b.dispose(handle);
  return data as Float32Array;
}

/** Each image's features as a constant current for all steps. */
async function currents(b: B, set: ImageSet): Promise<Dataset> {
  const features = await featuresOf(b, set);
  return {
    size: set.count,
    batch(indices) {
      const rows = new Float32Array(indices.length * FEATURES);
      indices.forEach((n, i) => {
        rows.set(features.subarray(n * FEATURES, (n + 1) * FEATURES), i * FEATURES);
      });
      const shape = [STEPS, indices.length, FEATURES];
      return {
        inputs: (on) => {
          const once = on.fromData(rows, shape.slice(1));
          return on.broadcast(once, shape);
        },
        shape,
        labels: Int32Array.from(indices, (n) => set.labels[n]),
      };
    },
  };
}

/** What the job found. */
export interface Outcome {
  /** Share of test images that are recognised, before and after training. */
  readonly before: number;
  readonly after: number;
  /** Loss of each epoch. */
  readonly losses: readonly number[];
  /** What ran the head. */
  readonly executedBy: string;
}

/** Train a spiking head on the features of `train`, test it on those of `test`. The device of tfjs must be active. */
export async function run(train: ImageSet, test: ImageSet, epochs: number): Promise<Outcome> {
  const b = tfjs(tf);
  const [training, testing] = [await currents(b, train), await currents(b, test)];
  const head = sequential(linear(FEATURES, 64), leaky(64), linear(64, train.classes), leakyReadout(train.classes));
  const model = await createModel(head, { backend: b, seed: 1 });
  const loss = crossEntropyOverTime();
  const before = await evaluate(model, testing, { loss });
  const { history } = await fit(model, training, { loss, optimizer: adam(5e-3), epochs, batchSize: 50 });
  const after = await evaluate(model, testing, { loss });
  const { executedBy } = model;
  model.dispose();
  return { before: before.accuracy, after: after.accuracy, losses: history.map((epoch) => epoch.loss), executedBy };
}
