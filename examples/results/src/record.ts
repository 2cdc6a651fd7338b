/** What is kept of runs, as JSON: one file per task, with its variants and of each its runs. Pure; writing files is the business of `job.ts`. */
import type { Series } from '@snn/viz';
import type { Measured } from './evidence.ts';

/** Where runs took place. */
export interface Machine {
  readonly cpu: string;
  /** Cores that the program may use. */
  readonly cores: number;
  /** Version of Node. */
  readonly node: string;
  /** Day of the last run, `YYYY-MM-DD`. */
  readonly date: string;
}

/** One run over one seed. */
export interface Run {
  readonly seed: number;
  readonly score: number;
  /** Processor time of all threads: what else the machine does meanwhile does not count. */
  readonly seconds: number;
  readonly details: Readonly<Record<string, number>>;
  readonly executedBy: string | null;
  readonly curves: readonly Series[];
}

/** All runs of one variant, in the order of their seeds. */
export interface VariantRecord {
  readonly name: string;
  /** Mean of the scores. */
  readonly mean: number;
  /** Sample standard deviation of the scores; null for a single run. */
  readonly deviation: number | null;
  readonly machine: Machine;
  readonly runs: readonly Run[];
}

/** The contents of `<task>.json`. */
export interface TaskRecord {
  readonly task: string;
  readonly unit: string;
  readonly variants: readonly VariantRecord[];
}

/** Points that are kept of a curve: enough for a picture. */
const POINTS = 200;

/** The run that gave `measured`: curves thinned to what a picture can show, and to four digits. */
export function runOf(seed: number, seconds: number, { score, details, executedBy, curves }: Measured): Run {
  const thin = ({ points, ...rest }: Series): Series => {
    const every = Math.ceil(points.length / POINTS);
    // counted from the end: the last point is the result
    const kept = points.filter((_, i) => (points.length - 1 - i) % every === 0);
    return { ...rest, points: kept.map(([x, y]) => [x, Number(y.toPrecision(4))] as const) };
  };
  return { seed, score, seconds: Number(seconds.toPrecision(3)), details, executedBy: executedBy ?? null, curves: curves.map(thin) };
}

/** Runs of an earlier record, those of `later` in place of what had the same seed. */
export const runsWith = (earlier: readonly Run[], later: readonly Run[]): readonly Run[] =>
  [...earlier.filter(({ seed }) => !later.some((run) => run.seed === seed)), ...later].sort((a, b) => a.seed - b.seed);

/** The record of a variant with these runs. */
export function variantOf(name: string, machine: Machine, runs: readonly Run[]): VariantRecord {
  const mean = runs.reduce((sum, { score }) => sum + score, 0) / runs.length;
  const square = runs.reduce((sum, { score }) => sum + (score - mean) ** 2, 0);
  return { name, mean, deviation: runs.length > 1 ? Math.sqrt(square / (runs.length - 1)) : null, machine, runs };
}

/**
 * `record` with `variant` in place of what it had under that name. Other variants stay as they are.
 *
 * @param order names of all variants that the task has now: others are dropped.
 */
export function withVariant(record: TaskRecord, variant: VariantRecord, order: readonly string[]): TaskRecord {
  const all = new Map([...record.variants, variant].map((one) => [one.name, one]));
  return { ...record, variants: order.flatMap((name) => all.get(name) ?? []) };
}

/** The text of a file: indented, but the points of a curve on one line. */
export const textOf = (record: TaskRecord): string =>
  `${JSON.stringify(record, null, 2).replace(/\[\s*(\[[-+\d.e,\s[\]]*\]|)\s*\]/g, (points) => points.replace(/\s+/g, ''))}\n`;
