/** What single digits do to a trained network: spikes and membranes of both layers, step by step. */
import { arena, type Key, type TensorMeta, type Tree } from '@snn/core';
import type { ImageSet } from '@snn/data';
import { rate } from '@snn/encoders';
import { type Model, predictions } from '@snn/nn';
import { HIDDEN, OUTPUT } from './network.ts';

/** One digit as the network saw it. Rasters and membranes are `[T, neurons]`, row-major. */
export interface Observation {
  readonly index: number;
  readonly label: number;
  readonly predicted: number;
  readonly pixels: Uint8Array;
  readonly hidden: { readonly neurons: number; readonly spikes: Float32Array };
  readonly output: { readonly neurons: number; readonly spikes: Float32Array; readonly membranes: Float32Array };
}

type States<T> = { readonly layers: readonly ({ readonly v: T } | null)[] };

/** Run the digit number `index` of a set through a model. */
export async function observe<T extends TensorMeta>(
  model: Model<T>,
  set: ImageSet,
  index: number,
  steps: number,
  key: Key,
): Promise<Observation> {
  const size = set.rows * set.columns;
  const pixels = set.images.slice(index * size, (index + 1) * size);
  const input = rate(key, pixels, steps, 255);
  const rows: Record<'hidden' | 'output' | 'membranes', number[]> = { hidden: [], output: [], membranes: [] };
  const scope = arena(model.backend);
  try {
    let state: Tree<T> | undefined;
    for (let t = 0; t < steps; t++) {
      const spikes = new Map<string, T>();
      const x = scope.fromData(input.subarray(t * size, (t + 1) * size), [1, 1, size]);
      const record = (kind: string, path: string, z: T): void => {
        // a copy: what a layer sends belongs to the run
        if (kind === 'spikes') spikes.set(path, scope.add(z, 0));
      };
      const result = model.run(x, { record, ...(state === undefined ? {} : { state }) });
      state = result.state;
      const membrane = (result.state as States<T>).layers[3]?.v as T;
      rows.hidden.push(...(await scope.read(spikes.get(HIDDEN) as T)));
      rows.output.push(...(await scope.read(spikes.get(OUTPUT) as T)));
      rows.membranes.push(...(await scope.read(membrane)));
    }
  } finally {
    scope.release();
  }
  const classes = rows.output.length / steps;
  const counts = Array.from({ length: classes }, (_, k) => rows.output.filter((_z, i) => i % classes === k).reduce((sum, z) => sum + z, 0));
  return {
    index,
    label: set.labels[index],
    predicted: predictions(counts, classes)[0],
    pixels,
    hidden: { neurons: rows.hidden.length / steps, spikes: Float32Array.from(rows.hidden) },
    output: { neurons: classes, spikes: Float32Array.from(rows.output), membranes: Float32Array.from(rows.membranes) },
  };
}
