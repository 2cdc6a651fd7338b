// The worker: holds the network, trains it, and shows it digits. The page stays responsive whatever happens here.

import { type Backend, randomKey, type TensorMeta } from '@snn/core';
import { type ImageSet, mnist } from '@snn/data';
import { createModel, fit, type Model } from '@snn/nn';
import { rateCoded } from '../../mnist/src/data.ts';
import { loss, network, optimizer } from '../../mnist/src/network.ts';
import { observe } from '../../mnist/src/observe.ts';
import { BACKENDS } from './backends.ts';
import { FILES, type SetName } from './files.ts';
import type { News, Order } from './messages.ts';

const [HIDDEN, STEPS, BATCH, SIDE] = [128, 25, 64, 28];

/** Milliseconds between two looks at the same digit while the network learns. */
const LOOK_EVERY = 400;

/** What the worker knows. */
interface Memory {
  readonly sets: Map<SetName, ImageSet>;
  model: Model<TensorMeta> | null;
  training: AbortController | null;
  pixels: Uint8Array | null;
  looking: boolean;
  lastLook: number;
}

const memory: Memory = { sets: new Map(), model: null, training: null, pixels: null, looking: false, lastLook: 0 };
const tell = (news: News): void => self.postMessage(news);

async function bytes(address: URL): Promise<Uint8Array> {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`The data cannot be loaded: ${address} answers ${response.status} ${response.statusText}.`);
  return new Uint8Array(await response.arrayBuffer());
}

/** A part of MNIST, loaded once. */
async function load(name: SetName, folder: string): Promise<ImageSet> {
  const known = memory.sets.get(name);
  if (known) return known;
  tell({ kind: 'loading', what: 'Loading the digits ...' });
  const { images, labels } = FILES[name];
  const set = mnist(await bytes(new URL(images, folder)), await bytes(new URL(labels, folder)));
  memory.sets.set(name, set);
  return set;
}

/** The name of a backend, and why it is not a better one where it chose itself. */
function nameOf(backend: Backend<TensorMeta> & { readonly fallbackReason?: string | null }): string {
  return backend.fallbackReason ? `${backend.name} (${backend.fallbackReason})` : backend.name;
}

/** Show the digit to the network as it is now; one look at a time. */
async function look(): Promise<void> {
  const { model, pixels, looking } = memory;
  if (model === null || pixels === null || looking) return;
  memory.looking = true;
  try {
    const one: ImageSet = { count: 1, rows: SIDE, columns: SIDE, classes: 10, images: pixels, labels: Uint8Array.of(0) };
    const observation = await observe(model, one, 0, STEPS, randomKey(1));
    tell({ kind: 'observed', observation });
  } catch (error) {
    // a new training took the network away meanwhile
    if (memory.model === model) throw error;
  } finally {
    memory.looking = false;
    memory.lastLook = performance.now();
  }
  // the digit changed meanwhile
  if (memory.pixels !== pixels) await look();
}

async function train({ backend: choice, epochs, seed, folder }: Order & { kind: 'train' }): Promise<void> {
  const controller = new AbortController();
  memory.training = controller;
  const [train, test] = [await load('train', folder), await load('test', folder)];
  tell({ kind: 'loading', what: 'Preparing the backend ...' });
  const backend = await BACKENDS[choice]();
  memory.model?.dispose();
  const model = await createModel(network(HIDDEN), { backend, seed });
  memory.model = model;
  const perEpoch = Math.ceil(train.count / BATCH);
  const result = await fit(model, rateCoded(train, STEPS), {
    loss,
    optimizer: optimizer(epochs * perEpoch),
    epochs,
    batchSize: BATCH,
    signal: controller.signal,
    validation: rateCoded(test, STEPS),
    callbacks: [
      {
        onStep({ epoch, step, loss: value, accuracy, samplesPerSecond }) {
          const running = { backend: nameOf(backend), executedBy: model.executedBy };
          tell({
            kind: 'step',
            step: (epoch - 1) * perEpoch + step,
            steps: epochs * perEpoch,
            loss: value,
            accuracy,
            samplesPerSecond,
            running,
          });
          if (performance.now() - memory.lastLook > LOOK_EVERY) look().catch(fail);
        },
        onEpoch({ epoch, validation }) {
          if (validation) tell({ kind: 'tested', step: epoch * perEpoch, accuracy: validation.accuracy, images: validation.samples });
        },
      },
    ],
  });
  tell({ kind: 'ended', stopped: result.stopped });
  await look();
}

/** A random test image of a digit. */
async function example(digit: number, folder: string): Promise<void> {
  const { images, labels, count } = await load('test', folder);
  const all = Array.from({ length: count }, (_, i) => i).filter((i) => labels[i] === digit);
  const i = all[Math.floor(Math.random() * all.length)];
  tell({ kind: 'example', pixels: images.slice(i * SIDE * SIDE, (i + 1) * SIDE * SIDE) });
}

async function obey(order: Order): Promise<void> {
  switch (order.kind) {
    case 'train':
      return train(order);
    case 'stop':
      return memory.training?.abort();
    case 'look':
      memory.pixels = order.pixels;
      return look();
    case 'example':
      return example(order.digit, order.folder);
  }
}

const fail = (error: unknown): void => tell({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });

self.onmessage = ({ data }: MessageEvent<Order>): void => {
  obey(data).catch(fail);
};
