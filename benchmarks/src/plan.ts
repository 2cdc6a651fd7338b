/** What is going to be measured, and how long that takes. */
import { CONTESTANTS } from './contestants.ts';
import type { Effort, Entry } from './measure.ts';
import type { Options } from './options.ts';
import { type Results, sameCase } from './record.ts';
import { MEMORY_CASES } from './targets.ts';
import type { Mode, Size, Workload } from './workload.ts';

/** One case to be measured. */
export interface Planned {
  readonly workload: Workload;
  readonly size: Size;
  readonly threads: 1 | 2;
  readonly entries: readonly Entry[];
  /** The mode and those whose peak memory is measured in processes of their own. */
  readonly memory: { readonly mode: Mode; readonly entries: readonly Entry[] } | null;
}

/** All cases that the options ask for, one thread first. */
export function plan({ only, threads, fast, peers, compile }: Options, workloads: readonly Workload[]): readonly Planned[] {
  const field = CONTESTANTS.filter(({ kind, compiles }) => kind === 'ours' || kind === 'plain' || (peers && (compile || !compiles)));
  const chosen = workloads.filter(({ id }) => only?.includes(id) ?? true);
  return threads.flatMap((count) =>
    chosen.flatMap((workload) =>
      workload.sizes[fast ? 'fast' : 'full'].map((size): Planned => {
        const taking = field.filter((one) => one.workloads.includes(workload.id) && !(count === 2 && one.oneThread));
        const entries = taking.map((contestant) => ({ contestant, threads: count }));
        // the second thread is compared with the first within one run
        const alone = count === 2 ? taking.filter(({ kind }) => kind === 'ours').map((contestant) => ({ contestant, threads: 1 })) : [];
        const mode = size.modes.find((one) => one === 'backward' || one === 'train');
        const weighed = count === 1 && MEMORY_CASES.some(([id, name]) => id === workload.id && name.test(size.name));
        const lean = entries.filter(({ contestant: { kind, id, compiles } }) => kind === 'ours' || (id.startsWith('torch') && !compiles));
        return {
          workload,
          size,
          threads: count,
          entries: [...entries, ...alone],
          memory: weighed && mode ? { mode, entries: lean } : null,
        };
      }),
    ),
  );
}

/** Seconds that a case takes: as many as the last time, else by the number of contestants and modes. */
export function estimate(planned: Planned, effort: Effort, earlier: Results): number {
  const { workload, size, threads, entries } = planned;
  const last = earlier.cases.find((one) => sameCase(one, { workload: workload.id, size: size.name, threads }));
  if (last) return last.seconds;
  // loading takes about 2.5 s, two at a time; before each mode, the gradients and counts are compared
  const compiling =
    45 * entries.filter(({ contestant }) => contestant.compiles && !contestant.spared?.cases.test(`${workload.id} ${size.name}`)).length;
  return compiling + entries.length * (1.3 + size.modes.length * (effort.rounds * effort.seconds + 0.7));
}
