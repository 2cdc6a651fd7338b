/** Results as text: the table for the terminal, Markdown, and a chart. Pure functions. */
import { lineChart } from '@snn/viz';
import { describe, isBusy, type Machine } from './machine.ts';
import type { Omission, Row } from './measure.ts';
import { type Ratio, ratios } from './targets.ts';
import { MODE_TITLES } from './workload.ts';

/** Everything that one run gave; what the JSON file holds. */
export interface Results {
  readonly format: 1;
  readonly machine: Machine;
  /** Small sizes and few runs. */
  readonly fast: boolean;
  readonly rows: readonly Row[];
  readonly omissions: readonly Omission[];
  readonly ratios: readonly Ratio[];
}

/** Put a run together. */
export const results = (where: Machine, fast: boolean, rows: readonly Row[], omissions: readonly Omission[]): Results => ({
  format: 1,
  machine: where,
  fast,
  rows,
  omissions,
  ratios: ratios(rows),
});

/** Three significant digits. */
export function short(x: number): string {
  if (!Number.isFinite(x)) return '-';
  return Math.abs(x) >= 100 ? x.toFixed(0) : String(Number(x.toPrecision(3)));
}

const megabytes = (bytes: number | null): string => (bytes === null ? '-' : (bytes / 2 ** 20).toFixed(0));
const total = (spikes: Row['spikes']): string =>
  Object.entries(spikes)
    .map(([name, count]) => (Object.keys(spikes).length === 1 ? String(count) : `${name} ${count}`))
    .join(', ');

function agreement({ agreement: verdict, gradientError }: Row): string {
  if (verdict === 'reference') return 'reference';
  const gradients = gradientError === null ? '' : `, gradients ${gradientError.toExponential(0)}`;
  return `${verdict === 'differs' ? 'DIFFERS: does not count' : verdict}${gradients}`;
}

const HEADER = ['contestant', 'threads', 'mode', 'median', 'min - max', 'runs', 'spikes', 'agreement', 'peak MB (import)'] as const;

/** `stream` is told in microseconds per step, with its 99th percentile. */
function cells(row: Row): readonly string[] {
  const stream = row.mode === 'stream';
  const factor = stream ? 1000 : 1;
  const unit = stream ? 'us' : 'ms';
  return [
    row.contestant,
    String(row.threads),
    MODE_TITLES[row.mode],
    `${short(row.median * factor)} ${unit}${row.unsteady ? ' *' : ''}`,
    `${short(row.min * factor)} - ${short(row.max * factor)}${stream ? `, p99 ${short(row.p99 * factor)}` : ''}`,
    String(row.runs),
    total(row.spikes),
    agreement(row),
    `${megabytes(row.peakMemory)} (${megabytes(row.importMemory)})`,
  ];
}

/** Cases in the order in which they were measured. */
function cases(rows: readonly Row[]): readonly (readonly Row[])[] {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const name = `${row.workload} ${row.size}`;
    groups.set(name, [...(groups.get(name) ?? []), row]);
  }
  return [...groups.values()];
}

/** Columns lined up with spaces. */
function aligned(lines: readonly (readonly string[])[]): readonly string[] {
  const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  return lines.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column]))
      .join('  ')
      .trimEnd(),
  );
}

const markdownTable = (header: readonly string[], lines: readonly (readonly string[])[]): readonly string[] => [
  `| ${header.join(' | ')} |`,
  `|${header.map(() => '---').join('|')}|`,
  ...lines.map((line) => `| ${line.map((cell) => cell.replaceAll('|', '/')).join(' | ')} |`),
];

/** What our side was: a reader must not take the plain tier for a compiled one. */
function whatRan(rows: readonly Row[]): readonly string[] {
  const ours = rows
    .filter(({ kind }) => kind === 'ours')
    .map(({ ran }) => `${ran.engine}: backend ${ran.backend}, tier ${ran.tier}, ${ran.executor}`);
  return [...new Set(ours)];
}

const verdict = ({ reached }: Ratio): string => (reached === null ? '' : reached ? 'reached' : 'not reached');

const RATIO_HEADER = ['case', 'mode', 'threads', 'against', 'peer', 'peer / ours', 'target', ''] as const;
const ratioCells = (ratio: Ratio): readonly string[] => [
  `${ratio.workload} ${ratio.size}`,
  MODE_TITLES[ratio.mode],
  String(ratio.threads),
  ratio.against,
  ratio.peer,
  short(ratio.ratio),
  ratio.target === null ? '-' : String(ratio.target),
  verdict(ratio),
];

/** Omissions with one reason are told together. */
function omitted(omissions: readonly Omission[]): readonly string[] {
  const groups = new Map<string, Set<string>>();
  for (const { contestant, reason, workload, mode } of omissions) {
    const key = `${contestant}: ${reason}`;
    groups.set(key, (groups.get(key) ?? new Set()).add(mode === 'all' ? workload : `${workload} ${MODE_TITLES[mode]}`));
  }
  return [...groups].map(([key, where]) => `${key} (${[...where].join('; ')})`);
}

const reasons = (rows: readonly Row[]): readonly string[] => [
  ...new Set(rows.filter(({ reason }) => reason).map(({ contestant, workload, reason }) => `${contestant}, ${workload}: ${reason}`)),
];

const warnings = ({ fast, machine: where }: Results): readonly string[] => [
  ...(fast ? ['SAMPLE: small sizes and few runs. These numbers show that the benchmarks work; they are no measurement.'] : []),
  ...(isBusy(where) ? ['BUSY MACHINE: other programs were running; ratios within this run mean a little, times mean nothing.'] : []),
];

/** For the terminal. */
export function terminal(r: Results): string {
  const lines: string[] = [];
  for (const rows of cases(r.rows))
    lines.push(`${rows[0].workload} ${rows[0].size}`, ...aligned([HEADER, ...rows.map(cells)]).map((line) => `  ${line}`), '');
  if (r.ratios.length > 0)
    lines.push('peer / ours against the targets', ...aligned([RATIO_HEADER, ...r.ratios.map(ratioCells)]).map((line) => `  ${line}`), '');
  const notRun = omitted(r.omissions);
  if (notRun.length > 0) lines.push('not run', ...notRun.map((line) => `  ${line}`), '');
  const why = reasons(r.rows);
  if (why.length > 0) lines.push('differs by design', ...why.map((line) => `  ${line}`), '');
  lines.push(...whatRan(r.rows), describe(r.machine), ...warnings(r));
  return lines.join('\n');
}

/** For people who read files. */
export function markdown(r: Results): string {
  const parts: string[] = ['# Benchmarks', ''];
  for (const warning of warnings(r)) parts.push(`**${warning}**`, '');
  parts.push(
    `${describe(r.machine)}.`,
    '',
    ...whatRan(r.rows).map((line) => `- ${line}`),
    '',
    'What each column means: [benchmarks/README.md](../README.md).',
    '',
  );
  if (r.ratios.length > 0)
    parts.push('## Peer / ours against the targets', '', ...markdownTable(RATIO_HEADER, r.ratios.map(ratioCells)), '');
  for (const rows of cases(r.rows)) parts.push(`## ${rows[0].workload} ${rows[0].size}`, '', ...markdownTable(HEADER, rows.map(cells)), '');
  const section = (title: string, lines: readonly string[]): void => {
    if (lines.length > 0) parts.push(`## ${title}`, '', ...lines.map((line) => `- ${line}`), '');
  };
  section('Not run', omitted(r.omissions));
  section('Differs by design', reasons(r.rows));
  const versions = r.rows.map(
    ({ contestant, versions: v }) =>
      `${contestant}: ${Object.entries(v)
        .map(([name, version]) => `${name} ${version}`)
        .join(', ')}`,
  );
  section('Versions', [...new Set(versions)]);
  return parts.join('\n');
}

/** Times of all contestants over the cases, on a logarithmic scale: the lower the better. */
export function chart(r: Results): string {
  const names = cases(r.rows).flatMap((rows) => [...new Set(rows.map(({ workload, size, mode }) => `${workload} ${size} ${mode}`))]);
  const points = (contestant: string): (readonly [number, number])[] =>
    names.flatMap((name, i) => {
      const row = r.rows.find((one) => one.contestant === contestant && `${one.workload} ${one.size} ${one.mode}` === name);
      return row ? [[i + 1, Math.log10(row.median)] as const] : [];
    });
  const ours = [...new Set(r.rows.filter(({ kind }) => kind === 'ours').map(({ contestant }) => contestant))];
  const best = (kinds: readonly string[]): (readonly [number, number])[] =>
    names.flatMap((name, i) => {
      const times = r.rows
        .filter((one) => kinds.includes(one.kind) && one.agreement !== 'differs' && `${one.workload} ${one.size} ${one.mode}` === name)
        .map(({ median }) => median);
      return times.length > 0 ? [[i + 1, Math.log10(Math.min(...times))] as const] : [];
    });
  return lineChart({
    title: `Time per run${r.fast ? ' (sample, no measurement)' : ''}`,
    x: 'case and mode, in the order of the table',
    y: 'log10 of ms',
    series: [
      ...ours.map((name) => ({ name, points: points(name) })),
      { name: 'best library', points: best(['library']) },
      { name: 'fastest of anything', points: best(['library', 'anything']) },
    ].filter((one) => one.points.length > 0),
  });
}
