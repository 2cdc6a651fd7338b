/** The suite as a report: data that the vendor of a backend can publish. */
import type { Supports, TensorMeta } from '@snn/core';
import { GROUPS } from './groups/index.ts';
import { type BackendFactory, runCase } from './suite.ts';

/** What became of one group of cases. */
export interface GroupReport {
  readonly name: string;
  /** How many cases ran, failed ones included. */
  readonly run: number;
  /** Cases that did not apply, and the claim of `supports` that they need. */
  readonly skipped: readonly { readonly test: string; readonly because: string }[];
  readonly failed: readonly { readonly test: string; readonly message: string }[];
}

/** What a backend claims and how it fared. JSON-safe. */
export interface ConformanceReport {
  /** Name of the backend. */
  readonly backend: string;
  readonly supports: Supports;
  /** Names of the fast paths that it has. */
  readonly native: readonly string[];
  readonly groups: readonly GroupReport[];
}

/** Run the suite without a test runner. `backend` is called once. Never throws because of a failing case. */
export async function conformanceReport<T extends TensorMeta>(
  backend: BackendFactory<T>,
  options: { readonly seed?: number } = {},
): Promise<ConformanceReport> {
  const b = await backend();
  const groups: GroupReport[] = [];
  for (const { name, cases } of GROUPS) {
    const skipped: { test: string; because: string }[] = [];
    const failed: { test: string; message: string }[] = [];
    for (const one of cases) {
      try {
        const because = await runCase(b, one, options.seed ?? 1);
        if (because !== null) skipped.push({ test: one.name, because });
      } catch (thrown) {
        failed.push({ test: one.name, message: String((thrown as Error)?.message ?? thrown) });
      }
    }
    groups.push({ name, run: cases.length - skipped.length, skipped, failed });
  }
  return { backend: b.name, supports: b.supports, native: Object.keys(b.native), groups };
}

/** The head of the table that `reportRow` gives rows of. */
export const REPORT_HEAD: string = [
  '| backend | dtypes | rank | read | memory | exact float32 | NaN, infinities | relative error | native | compile | ran | skipped | failed |',
  '|---|---|---|---|---|---|---|---|---|---|---|---|---|',
].join('\n');

/** A report as one row of a Markdown table. */
export function reportRow({ backend, supports, native, groups }: ConformanceReport): string {
  const yes = (x: boolean): string => (x ? 'yes' : 'no');
  const total = (count: (group: GroupReport) => number): string => String(groups.reduce((n, group) => n + count(group), 0));
  const cells = [
    `\`${backend}\``,
    supports.dtypes.join(', '),
    String(supports.maxRank),
    supports.syncRead ? 'sync, async' : 'async',
    supports.memory,
    yes(supports.exactF32),
    yes(supports.nonFinite),
    supports.relativeError.toExponential(1),
    native.join(', ') || '-',
    supports.compile,
    total(({ run }) => run),
    total(({ skipped }) => skipped.length),
    total(({ failed }) => failed.length),
  ];
  return `| ${cells.join(' | ')} |`;
}
