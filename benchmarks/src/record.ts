/** What is kept of a measurement: one record per case and number of threads, so that a part can be measured again without the rest. */
import { existsSync, readFileSync } from 'node:fs';
import { isBusy, type Machine } from './machine.ts';
import type { Memory, Omission, Row } from './measure.ts';

/** One case, measured in one run: all its contestants took turns. */
export interface CaseRecord {
  readonly workload: string;
  readonly size: string;
  /** Threads of the contestants; with two, one thread of ours runs along. */
  readonly threads: number;
  /** When and where. */
  readonly machine: Machine;
  /** How long measuring took. */
  readonly seconds: number;
  readonly rows: readonly Row[];
  readonly omissions: readonly Omission[];
  /** Peak memory of fresh processes; empty for most cases. */
  readonly memory: readonly Memory[];
}

/** Everything that was measured; what the JSON file holds. */
export interface Results {
  readonly format: 2;
  /** Small sizes and few runs. */
  readonly fast: boolean;
  readonly cases: readonly CaseRecord[];
}

/** Whether two records are of the same case. */
export const sameCase = (
  a: Pick<CaseRecord, 'workload' | 'size' | 'threads'>,
  b: Pick<CaseRecord, 'workload' | 'size' | 'threads'>,
): boolean => a.workload === b.workload && a.size === b.size && a.threads === b.threads;

/** `results` with `record` in the place of an earlier one of the same case. Order: one thread first, then as in `order` (workload and size). */
export function merge(results: Results, record: CaseRecord, order: readonly string[]): Results {
  const rank = ({ workload, size, threads }: CaseRecord): number => threads * order.length + order.indexOf(`${workload} ${size}`);
  const others = results.cases.filter((one) => !sameCase(one, record));
  return { ...results, cases: [...others, record].toSorted((a, b) => rank(a) - rank(b)) };
}

/** The results in a file; none when there is no such file or it has another format. */
export function load(file: string, fast: boolean): Results {
  const empty: Results = { format: 2, fast, cases: [] };
  if (!existsSync(file)) return empty;
  const found = JSON.parse(readFileSync(file, 'utf8')) as Results;
  return found.format === 2 ? found : empty;
}

/** Cases that were measured while the machine did other things. */
export const busyCases = ({ cases }: Results): readonly CaseRecord[] => cases.filter(({ machine }) => isBusy(machine));
