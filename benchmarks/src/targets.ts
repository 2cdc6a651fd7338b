/** What is to be reached: time of the fastest peer / our time, in one run, with the same number of threads. And the arithmetic of it. */
import type { Kind } from './contestants.ts';
import type { Memory, Row } from './measure.ts';
import type { Mode } from './workload.ts';

/** One row of the table of targets. */
export interface Target {
  readonly title: string;
  readonly workload: string;
  readonly modes: readonly Mode[];
  /** Part of the case's name; absent: every case of the workload. */
  readonly size?: RegExp;
  /** Against the fastest of anything. */
  readonly anything: number;
  /** Against the best PyTorch spiking library as shipped. */
  readonly library: number;
}

const LAYER: readonly Mode[] = ['forward', 'backward'];

/** The first row that fits counts. These are floors, not ceilings. */
export const TARGETS: readonly Target[] = [
  { title: 'W1, 5 % spikes', workload: 'W1', modes: LAYER, size: /r=0\.05/, anything: 2, library: 4 },
  { title: 'W1, 20 % spikes', workload: 'W1', modes: LAYER, size: /r=0\.2/, anything: 1.2, library: 2 },
  // 128-bit SIMD has half of the arithmetic of AVX-512
  { title: 'W1, dense numbers', workload: 'W1', modes: LAYER, size: /dense/, anything: 0.7, library: 1.5 },
  { title: 'W1 with dX, triangle', workload: 'W1', modes: ['backward-inputs'], size: /triangle/, anything: 1.5, library: 2 },
  { title: 'W1 with dX, ATan', workload: 'W1', modes: ['backward-inputs'], size: /r=0\.05/, anything: 1, library: 2 },
  { title: 'W2 MNIST training step', workload: 'W2', modes: ['train'], anything: 3, library: 4 },
  { title: 'W3 training step', workload: 'W3', modes: ['train'], anything: 1.5, library: 3 },
  { title: 'W3 inference, B = 1', workload: 'W3', modes: ['forward'], anything: 1, library: 10 },
  { title: 'W4 LSNN, forward + backward', workload: 'W4', modes: ['backward'], anything: 2, library: 4 },
  { title: 'W5 streaming, median', workload: 'W5', modes: ['stream'], anything: 5, library: 20 },
  { title: 'W6 ternary, forward + backward', workload: 'W6', modes: ['backward'], anything: 1.2, library: 6 },
  { title: 'W7 spiking LSTM, forward + backward', workload: 'W7', modes: ['backward'], anything: 1, library: 2 },
  { title: 'W8 adaptive, forward + backward', workload: 'W8', modes: ['backward-inputs'], anything: 1.5, library: 15 },
  { title: 'W9 convolutions, forward + backward', workload: 'W9', modes: ['backward'], anything: 1.5, library: 2 },
];

/** The row that a case and mode belong to, if any. */
export const targetOf = ({ workload, mode, size }: Pick<Row, 'workload' | 'mode' | 'size'>): Target | undefined =>
  TARGETS.find((one) => one.workload === workload && one.modes.includes(mode) && (one.size?.test(size) ?? true));

/** Against tfjs wasm, every workload that it can run. */
export const JAVASCRIPT_TARGET = 20;
/** Torch's peak memory / ours, of the process, for the cases below. */
export const MEMORY_TARGET = 3;
/** Time of one thread / time of two. */
export const SECOND_THREAD_TARGET = 1.7;

/** Cases whose memory is compared. */
export const MEMORY_CASES: readonly (readonly [workload: string, size: RegExp])[] = [
  ['W1', /^500x16x512 r=0\.05$/],
  ['W3', /B=64$/],
];
const SECOND_THREAD_CASES: readonly (readonly [workload: string, size: RegExp])[] = [
  ['W1', /^500x16x512/],
  ['W2', /./],
  ['W3', /B=64$/],
];

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

const PEERS: readonly Kind[] = ['library', 'anything', 'javascript'];

/** Whether a time may be compared: spikes first. */
export const counts = (row: Row): boolean => row.agreement !== 'differs' && row.agreement !== 'nothing to compare with';

const fits = (cases: readonly (readonly [string, RegExp])[], row: Row): boolean =>
  cases.some(([workload, size]) => row.workload === workload && size.test(row.size));

const smallest = <R>(rows: readonly R[], of: (row: R) => number): R | undefined =>
  rows.length === 0 ? undefined : rows.reduce((best, row) => (of(row) < of(best) ? row : best));

/** All ratios that rows of one run give, of the compiled engine: the plain one is there for comparison. */
export function ratios(rows: readonly Row[], memory: readonly Memory[] = []): readonly Ratio[] {
  const found: Ratio[] = [];
  for (const ours of rows.filter(({ kind }) => kind === 'ours')) {
    const { workload, size, mode, threads } = ours;
    const same = (row: Row): boolean => row.workload === workload && row.size === size && row.mode === mode;
    const peers = rows.filter((row) => same(row) && row.threads === threads && PEERS.includes(row.kind) && counts(row));
    const target = targetOf(ours);
    const add = (against: Ratio['against'], peer: { readonly contestant: string }, ratio: number, goal: number | null): void => {
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
    if (fits(MEMORY_CASES, ours)) {
      const here = memory.filter((one) => one.mode === mode && one.threads === threads);
      const own = here.find(({ contestant }) => contestant === ours.contestant);
      const best = smallest(
        here.filter(({ contestant }) => contestant.startsWith('torch')),
        ({ peak }) => peak,
      );
      if (own && best) add('memory of torch', best, best.peak / own.peak, MEMORY_TARGET);
    }
    if (threads === 2 && fits(SECOND_THREAD_CASES, ours)) {
      const alone = rows.find((row) => same(row) && row.threads === 1 && row.contestant === ours.contestant);
      if (alone) add('one thread', alone, alone.median / ours.median, SECOND_THREAD_TARGET);
    }
  }
  return found;
}
