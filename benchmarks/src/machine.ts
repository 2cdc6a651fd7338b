/** The machine in general words. */
import { cpus, platform, totalmem } from 'node:os';
import { canPin } from './talk.ts';

/** What a reader must know of where numbers come from. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
  readonly node: string;
  readonly date: string;
  /** Whether contestants of one thread were held on the first core. */
  readonly pinned: boolean;
  /** Cores that other programs kept busy just before the measurement. */
  readonly load: number;
}

/** Cores in use during a third of a second in which this process sleeps. A load average would still hold our own last case. */
function busyCores(): number {
  const sum = (): readonly [idle: number, all: number] =>
    cpus().reduce<readonly [number, number]>(
      ([idle, all], { times }) => [idle + times.idle, all + times.idle + times.user + times.nice + times.sys + times.irq],
      [0, 0],
    );
  const [idleBefore, allBefore] = sum();
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 333);
  const [idle, all] = sum();
  return all > allBefore ? (1 - (idle - idleBefore) / (all - allBefore)) * cpus().length : 0;
}

/** Look at the machine; takes a third of a second. */
export const machine = (): Machine => ({
  cpu: cpus()[0]?.model.trim() || 'unknown',
  cores: cpus().length,
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  system: `${platform()} ${process.arch}`,
  node: process.versions.node,
  date: new Date().toISOString().slice(0, 10),
  pinned: canPin(),
  load: Math.round(busyCores() * 10) / 10,
});

/** One sentence. */
export const describe = (m: Machine): string =>
  `${m.cpu}, ${m.cores} cores, ${m.memoryGiB} GiB, ${m.system}, Node ${m.node}, ${m.date}; ${m.pinned ? 'one-thread processes pinned to the first core' : 'nothing pinned'}`;

/** Whether so much else was running that times mean little; an idle system uses a few hundredths of a core. */
export const isBusy = (m: Machine): boolean => m.load > 0.3;
