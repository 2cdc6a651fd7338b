/**
 * How near W1 comes to what the machine can do. The layer has two bounds: arithmetic, of which only additions of weight rows at spikes have to be
 * done, and memory, from which every array must come once and into which every result must go once.
 */
import type { Peaks } from './extras.ts';
import type { Results } from './record.ts';
import type { Mode, Size } from './workload.ts';
import { layerWorkload } from './workloads/w1-layer.ts';

/** One case and mode of one thread. */
export interface Roof {
  readonly size: string;
  readonly mode: Mode;
  /** Operations that a dense product would take, 10^9 per second. */
  readonly denseGflops: number;
  /** Operations that the input's density leaves, 10^9 per second. */
  readonly gflops: number;
  /** Of the peak of 128-bit multiplications and additions in registers. */
  readonly ofPeak: number;
  /** Bytes that must move at least, 10^9 per second. */
  readonly gbytes: number;
  /** Of the bandwidth of memory. */
  readonly ofBandwidth: number;
}

/**
 * Operations of the products and bytes of one run. Forward: x W. Backward: forward and xT g; with dX, g WT, too, whose left side is dense.
 * The neuron's own operations (about ten per element) are not counted. Arrays: x, z, g (backward) and dX `[T, B, n]`, W and dW `[n, n]`.
 */
function work({ T, B, n, rate, input }: Size, mode: Mode): { readonly dense: number; readonly done: number; readonly bytes: number } {
  const elements = T * B * n;
  const product = 2 * elements * n;
  // at a spike a row of weights is added: one operation where a dense product has two
  const sparse = input === 'numbers' ? product : (rate * product) / 2;
  const backward = mode !== 'forward';
  const inputs = mode === 'backward-inputs';
  return {
    dense: product * (1 + Number(backward) + Number(inputs)),
    done: sparse * (1 + Number(backward)) + (inputs ? product : 0),
    // backward reads x a second time
    bytes: 4 * (elements * (2 + (backward ? 2 : 0) + Number(inputs)) + n * n * (1 + Number(backward) + Number(inputs))),
  };
}

/** Of all cases of W1 that were measured with one thread. */
export function roofline(results: Results, { gflops: peak, triad }: Peaks): readonly Roof[] {
  const bandwidth = triad[triad.length - 1].gbytes;
  return results.cases
    .filter(({ workload, threads }) => workload === 'W1' && threads === 1)
    .flatMap(({ rows }) => rows.filter(({ kind }) => kind === 'ours'))
    .flatMap(({ size: name, mode, median }) => {
      const size = layerWorkload.sizes.full.find((one) => one.name === name);
      if (!size) return [];
      const { dense, done, bytes } = work(size, mode);
      const perSecond = (x: number): number => x / median / 1e6;
      const [gflops, gbytes] = [perSecond(done), perSecond(bytes)];
      return [{ size: name, mode, denseGflops: perSecond(dense), gflops, ofPeak: gflops / peak, gbytes, ofBandwidth: gbytes / bandwidth }];
    });
}
