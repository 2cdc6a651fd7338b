// Times of three workloads of the benchmarks on one backend: W1 (one size), W2 and W5. Runs in pages and in Node. Few runs: good for comparing backends
// of one run of `pnpm browser:figures`, not for more.

import type { Backend, TensorMeta } from '@snn/core';
import { compiledOn } from '../../../benchmarks/src/engines/compiled.ts';
import type { Case, Evidence, Prepared } from '../../../benchmarks/src/engines/engine.ts';
import type { Mode, Workload } from '../../../benchmarks/src/workload.ts';
import { layerWorkload } from '../../../benchmarks/src/workloads/w1-layer.ts';
import { mnistWorkload } from '../../../benchmarks/src/workloads/w2-mnist.ts';
import { streamingWorkload } from '../../../benchmarks/src/workloads/w5-streaming.ts';

/** What is timed: a workload, the name of its size, a mode. */
const ROWS: readonly (readonly [workload: Workload, size: string, mode: Mode])[] = [
  [layerWorkload, '100x16x256 r=0.05', 'forward'],
  [layerWorkload, '100x16x256 r=0.05', 'backward'],
  [mnistWorkload, '784-128-10 T=25 B=128', 'train'],
  [streamingWorkload, '128-128-10 B=1', 'stream'],
];

/** One time. */
export interface Figure {
  readonly workload: string;
  readonly mode: Mode;
  /** Median of the runs after the first, milliseconds. */
  readonly median: number;
  readonly runs: number;
  /** Spikes of all layers over one run, to see that all did the same. */
  readonly spikes: number;
  readonly executedBy: string | null;
}

/** All times of one backend, or why there is none. */
export interface FiguresReport {
  readonly figures: readonly (Figure | { readonly workload: string; readonly mode: Mode; readonly refusal: string })[];
}

/** Makes a case ready, and says when the device has done what it was asked for. */
export interface Player {
  prepare(job: Case, mode: Mode): Prepared | Promise<Prepared>;
  done(): Promise<void>;
}

/** Runs go on until there are so many and they took so long, but not beyond these. */
const [FEWEST, ENOUGH_MS, MOST, LONG_MS] = [3, 400, 300, 3000];

/** Our networks on a backend, compiled. */
export function onBackend<T extends TensorMeta>(b: Backend<T>): Player {
  const identity = { engine: 'snn', backend: b.name, tier: '', executor: 'compiled program' };
  const engine = compiledOn(identity, async () => b, false);
  return {
    prepare: (job, mode) => engine.prepare(job, mode, 1),
    // a read comes after everything that was asked for before it
    async done() {
      const x = b.fromData([1], [1]);
      await b.read(x);
      b.dispose(x);
    },
  };
}

const total = ({ spikes }: Evidence): number => Object.values(spikes).reduce((sum, n) => sum + n, 0);

/** Single steps of time that are timed together: clocks of pages tick every tenth of a millisecond. */
const TOGETHER = 100;

async function time({ done }: Player, prepared: Prepared, together: number): Promise<{ readonly median: number; readonly runs: number }> {
  const once = async (): Promise<number> => {
    const started = performance.now();
    for (let i = 0; i < together; i++) {
      await prepared.run();
      await done();
    }
    return performance.now() - started;
  };
  await once();
  const times: number[] = [];
  const spent = (): number => times.reduce((sum, ms) => sum + ms, 0);
  while (times.length < MOST && (times.length < FEWEST ? spent() < LONG_MS : spent() < ENOUGH_MS)) times.push(await once());
  return { median: times.toSorted((a, b) => a - b)[times.length >> 1] / together, runs: times.length };
}

/** Measure. */
export async function figures(player: Player): Promise<FiguresReport> {
  const all: FiguresReport['figures'][number][] = [];
  for (const [workload, name, mode] of ROWS) {
    const size = workload.sizes.full.find((each) => each.name === name);
    if (!size) throw new Error(`${workload.id} has no size '${name}'.`);
    const job: Case = { workload, size, problem: workload.problem(size) };
    let prepared: Prepared | null = null;
    try {
      prepared = await player.prepare(job, mode);
      const spikes = total(await prepared.check());
      const executedBy = prepared.executedBy?.() ?? null;
      all.push({ workload: workload.id, mode, ...(await time(player, prepared, mode === 'stream' ? TOGETHER : 1)), spikes, executedBy });
    } catch (error) {
      all.push({ workload: workload.id, mode, refusal: (error as Error).message });
    } finally {
      prepared?.dispose();
    }
  }
  return { figures: all };
}
