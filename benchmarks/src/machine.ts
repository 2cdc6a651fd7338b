/** The machine in general words. */
import { availableParallelism, cpus, loadavg, platform, totalmem } from 'node:os';
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
  /** Processes that wanted to run when the measurement began, averaged over a minute, and the cores there are. */
  readonly load: number;
}

/** Look at the machine. */
export const machine = (): Machine => ({
  cpu: cpus()[0]?.model.trim() || 'unknown',
  cores: availableParallelism(),
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  system: `${platform()} ${process.arch}`,
  node: process.versions.node,
  date: new Date().toISOString().slice(0, 10),
  pinned: canPin(),
  load: Math.round(loadavg()[0] * 10) / 10,
});

/** One sentence. */
export const describe = (m: Machine): string =>
  `${m.cpu}, ${m.cores} cores, ${m.memoryGiB} GiB, ${m.system}, Node ${m.node}, ${m.date}; ${m.pinned ? 'one-thread processes pinned to the first core' : 'nothing pinned'}; load ${m.load} at the start`;

/** Whether so much else was running that times mean little. */
export const isBusy = (m: Machine): boolean => m.load > 0.5;
