/** `native.bernoulli` on WebAssembly: the probabilities are looked through once, then each step draws only where something can happen. */
import { foldIn, type Key, type NativeOps, sizeOf } from '@snn/core';
import { type CpuTensor, floatsOf } from '../../storage.ts';

/** The memory that the kernels work on. */
interface RandomMemory {
  /** Address of a new block with arbitrary contents, of which 16 bytes more than asked for may be read; `name` is for messages. */
  allocate(name: string, bytes: number): number;
  /** Give a block back. */
  free(at: number): void;
  /** All of it as numbers; stale when it grows. */
  readonly floats: Float32Array;
  readonly ints: Int32Array;
  /** Whether an array lies in it: its byteOffset is its address then. */
  holds(data: Float32Array): boolean;
}

/** Where results are made, in the memory or out of it. */
interface RandomHeap {
  floats(length: number): Float32Array;
  tensor(data: Float32Array, shape: readonly number[]): CpuTensor;
}

/** Exported functions by name: those of `RANDOM` must be among them. */
export type RandomKernels = Readonly<Record<string, (...args: number[]) => number>>;

/** The fast path over one memory. */
export function randomNative(
  memory: RandomMemory,
  kernels: RandomKernels,
  heap: RandomHeap,
): Required<Pick<NativeOps<CpuTensor>, 'bernoulli'>> {
  return {
    bernoulli(key: Key, probability: CpuTensor, steps: number): CpuTensor {
      const count = sizeOf(probability.shape);
      const from = floatsOf(probability);
      const out = heap.floats(steps * count);
      const blocks: number[] = [];
      const block = (what: string, numbers: number): number => {
        const at = memory.allocate(`bernoulli: ${what}`, 4 * numbers);
        blocks.push(at);
        return at;
      };
      try {
        const keys = block('keys', 2 * steps);
        const [counters, even, odd] = ['pairs', 'even limits', 'odd limits'].map((what) => block(what, (count >> 1) + 4));
        const probabilities = memory.holds(from) ? from.byteOffset : block('probabilities', count);
        const to = memory.holds(out) ? out.byteOffset : block('spikes', steps * count);
        // nothing is allocated from here on, so no view becomes stale
        for (let t = 0; t < steps; t++) memory.ints.set(foldIn(key, t), keys / 4 + 2 * t);
        if (!memory.holds(from)) memory.floats.set(from, probabilities / 4);
        const pairs = kernels.candidates(probabilities, count, counters, even, odd);
        kernels.bernoulli(keys, 0, steps, counters, even, odd, pairs, count, to);
        if (!memory.holds(out)) out.set(memory.floats.subarray(to / 4, to / 4 + out.length));
      } finally {
        for (const at of blocks) memory.free(at);
      }
      return heap.tensor(out, [steps, ...probability.shape]);
    },
  };
}
