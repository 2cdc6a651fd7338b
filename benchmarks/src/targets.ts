/** What is to be reached: time of the fastest peer / our time, in one run, with the same number of threads. And the arithmetic of it. */
import type { Row } from './measure.ts';
import type { Mode } from './workload.ts';

/** One row of the table of targets. */
export interface Target {
  readonly workload: string;
  readonly modes: readonly Mode[];
  /** Part of the case's name; absent: every case of the workload. */
  readonly size?: RegExp;
  /** Against the fastest of anything. */
  readonly anything: number;
  /** Against the best PyTorch spiking library as shipped. */
  readonly library: number;
}

/** The first row that fits counts. These are floors, not ceilings. */
export const TARGETS: readonly Target[] = [
  { workload: 'W1', modes: ['backward-inputs'], size: /triangle/, anything: 1.5, library: 2 },
  { workload: 'W1', modes: ['forward', 'backward'], size: /r=0\.05/, anything: 2, library: 4 },
  { workload: 'W1', modes: ['forward', 'backward'], size: /r=0\.2/, anything: 1.2, library: 2 },
  // 128-bit SIMD has half of the arithmetic of AVX-512
  { workload: 'W1', modes: ['forward', 'backward'], size: /dense/, anything: 0.7, library: 1.5 },
  { workload: 'W1', modes: ['backward-inputs'], size: /r=0\.05/, anything: 1, library: 2 },
  { workload: 'W2', modes: ['train'], anything: 3, library: 4 },
  { workload: 'W3', modes: ['train'], anything: 1.5, library: 3 },
  { workload: 'W3', modes: ['forward'], anything: 1, library: 10 },
  { workload: 'W4', modes: ['backward'], anything: 2, library: 4 },
  { workload: 'W5', modes: ['stream'], anything: 5, library: 20 },
  { workload: 'W6', modes: ['backward'], anything: 1.2, library: 6 },
  { workload: 'W7', modes: ['backward'], anything: 1, library: 2 },
  { workload: 'W8', modes: ['backward-inputs'], anything: 1.5, library: 15 },
  { workload: 'W9', modes: ['backward'], anything: 1.5, library: 2 },
];

/** Against tfjs wasm, every workload that it can run. */
export const JAVASCRIPT_TARGET = 20;
/** Torch's peak memory / ours, of the process, for the cases below. */
export const MEMORY_TARGET = 3;
/** Time of one thread / time of two. */
export const SECOND_THREAD_TARGET = 1.7;

const MEMORY_CASES: readonly (readonly [workload: string, size: RegExp])[] = [
  ['W1', /^500x16x512/],
  ['W3', /B=64/],
];
const SECOND_THREAD_CASES: readonly (readonly [workload: string, size: RegExp])[] = [...MEMORY_CASES, ['W2', /./]];

/** How we stand in one case and mode. */
export interface Ratio {
  readonly workload: string;
  readonly size: string;
  readonly mode: Mode;
  readonly threads: number;
  /** What the ratio is of. */
  readonly against: 'fastest of anything' | 'best spiking library' | 'JavaScript' | 'memory of torch' | 'one thread';
  /** Contestant on the other side. */
  readonly peer: string;
  /** Theirs / ours: above 1 we are ahead. */
  readonly ratio: number;
  /** null: none was set for this case. */
  readonly target: number | null;
  readonly reached: boolean | null;
}

/** Whether a time may be compared: spikes first. */
export const counts = (row: Row): boolean => row.agreement !== 'differs' && row.agreement !== 'nothing to compare with';

const fits = (cases: readonly (readonly [string, RegExp])[], row: Row): boolean =>
  cases.some(([workload, size]) => row.workload === workload && size.test(row.size));

const smallest = (rows: readonly Row[], of: (row: Row) => number): Row | undefined =>
  rows.length === 0 ? undefined : rows.reduce((best, row) => (of(row) < of(best) ? row : best));

/** All ratios that rows of one run give. */
export function ratios(rows: readonly Row[]): readonly Ratio[] {
  const found: Ratio[] = [];
  for (const ours of rows.filter(({ kind }) => kind === 'ours')) {
    const { workload, size, mode, threads } = ours;
    const same = (row: Row): boolean => row.workload === workload && row.size === size && row.mode === mode;
    const peers = rows.filter((row) => same(row) && row.threads === threads && row.kind !== 'ours' && counts(row));
    const target = TARGETS.find((one) => one.workload === workload && one.modes.includes(mode) && (one.size?.test(size) ?? true));
    const add = (against: Ratio['against'], peer: Row | undefined, ratio: number, goal: number | null): void => {
      if (!peer || !Number.isFinite(ratio)) return;
      const reached = goal === null ? null : ratio >= goal;
      found.push({ workload, size, mode, threads, against, peer: peer.contestant, ratio, target: goal, reached });
    };
    const time = (row: Row): number => row.median;
    const against = (name: Ratio['against'], field: readonly Row[], goal: number | null): void => {
      const best = smallest(field, time);
      if (best) add(name, best, best.median / ours.median, goal);
    };
    // JavaScript has a line of its own, and is no measure of what is possible
    against(
      'fastest of anything',
      peers.filter(({ kind }) => kind !== 'javascript'),
      target?.anything ?? null,
    );
    against(
      'best spiking library',
      peers.filter(({ kind }) => kind === 'library'),
      target?.library ?? null,
    );
    against(
      'JavaScript',
      peers.filter(({ kind }) => kind === 'javascript'),
      JAVASCRIPT_TARGET,
    );
    // memory belongs to the process, which ran all modes: said once, at the last of them
    const last = rows.filter((row) => row.contestant === ours.contestant && row.workload === workload && row.size === size).at(-1);
    if (fits(MEMORY_CASES, ours) && last === ours && ours.peakMemory !== null) {
      const torch = peers.filter(({ contestant, peakMemory }) => contestant.startsWith('torch') && peakMemory !== null);
      const best = smallest(torch, (row) => row.peakMemory as number);
      if (best) add('memory of torch', best, (best.peakMemory as number) / ours.peakMemory, MEMORY_TARGET);
    }
    if (threads === 2 && fits(SECOND_THREAD_CASES, ours)) {
      const alone = rows.find((row) => same(row) && row.threads === 1 && row.contestant === ours.contestant);
      if (alone) add('one thread', alone, alone.median / ours.median, SECOND_THREAD_TARGET);
    }
  }
  return found;
}
