/** Input spikes of tasks whose rates change from one piece of time to the next. */
import { type Backend, foldIn, type Key, type TensorMeta } from '@snn/core';
import { rateOn } from '@snn/encoders';

/** A piece of time with rates that do not change. */
export interface Block {
  readonly steps: number;
  /** Spikes per step, `[B, inputs]`. */
  readonly rates: Float32Array;
}

/** Poisson spikes `[T, B, inputs]` of blocks one after the other; `shape` is `[B, inputs]`. */
export const spikesOf = <T extends TensorMeta>(b: Backend<T>, key: Key, blocks: readonly Block[], shape: readonly number[]): T =>
  b.concat(
    blocks.map(({ steps, rates }, i) => rateOn(b, foldIn(key, i), rates, shape, steps)),
    0,
  );
