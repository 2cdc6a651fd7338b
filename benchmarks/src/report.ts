/** Results as text: the table for the terminal, Markdown, and a chart. Pure functions. */
import { lineChart } from '@snn/viz';
import { describe } from './machine.ts';
import type { Omission, Row } from './measure.ts';
import { busyCases, type CaseRecord, type Results } from './record.ts';
import { type Ratio, ratios } from './targets.ts';
import { MODE_TITLES } from './workload.ts';

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

/** How we stand in all cases. */
export const allRatios = ({ cases }: Results): readonly Ratio[] => cases.flatMap(({ rows, memory }) => ratios(rows, memory));

/** The same, were another of our engines the one that counts. */
export const ratiosOf = ({ cases }: Results, contestant: string): readonly Ratio[] =>
  cases.flatMap(({ rows }) =>
    ratios(rows.filter(({ kind }) => kind !== 'ours').map((row) => (row.contestant === contestant ? { ...row, kind: 'ours' } : row))),
  );

const allRows = ({ cases }: Results): readonly Row[] => cases.flatMap(({ rows }) => rows);
const allOmissions = ({ cases }: Results): readonly Omission[] => cases.flatMap(({ omissions }) => omissions);

const title = ({ workload, size, threads }: CaseRecord): string =>
  `${workload} ${size}, ${threads === 1 ? 'one thread' : `${threads} threads`}`;

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

/** Lines of a table. */
export const markdownTable = (header: readonly string[], lines: readonly (readonly string[])[]): readonly string[] => [
  `| ${header.join(' | ')} |`,
  `|${header.map(() => '---').join('|')}|`,
  ...lines.map((line) => `| ${line.map((cell) => cell.replaceAll('|', '/')).join(' | ')} |`),
];

/** What our side was: a reader must not take the plain tier for a compiled one. */
function whatRan(rows: readonly Row[]): readonly string[] {
  const ours = rows
    .filter(({ kind }) => kind === 'ours' || kind === 'plain')
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

/** What a reader must know before the numbers. */
export function warnings(r: Results): readonly string[] {
  const busy = busyCases(r).length;
  return [
    ...(r.fast ? ['SAMPLE: small sizes and few runs. These numbers show that the benchmarks work; they are no measurement.'] : []),
    ...(busy > 0
      ? [
          `BUSY MACHINE: other programs were running when ${busy} of ${r.cases.length} cases were measured; ratios within a case mean a little, times mean nothing.`,
        ]
      : []),
  ];
}

/** Where and when the cases were measured. */
export const machines = ({ cases }: Results): readonly string[] => [...new Set(cases.map(({ machine }) => describe(machine)))];

/** For the terminal. */
export function terminal(r: Results): string {
  const lines: string[] = [];
  for (const one of r.cases) lines.push(title(one), ...aligned([HEADER, ...one.rows.map(cells)]).map((line) => `  ${line}`), '');
  const found = allRatios(r);
  if (found.length > 0)
    lines.push('peer / ours against the targets', ...aligned([RATIO_HEADER, ...found.map(ratioCells)]).map((line) => `  ${line}`), '');
  const notRun = omitted(allOmissions(r));
  if (notRun.length > 0) lines.push('not run', ...notRun.map((line) => `  ${line}`), '');
  const why = reasons(allRows(r));
  if (why.length > 0) lines.push('differs by design', ...why.map((line) => `  ${line}`), '');
  lines.push(...whatRan(allRows(r)), ...machines(r), ...warnings(r));
  return lines.join('\n');
}

/** For people who read files. `more`: sections of other measurements. */
export function markdown(r: Results, more: readonly string[] = []): string {
  const parts: string[] = ['# Benchmarks', ''];
  for (const warning of warnings(r)) parts.push(`**${warning}**`, '');
  parts.push(
    ...machines(r).map((line) => `- ${line}`),
    ...whatRan(allRows(r)).map((line) => `- ${line}`),
    '',
    'What each column means: [benchmarks/README.md](../README.md).',
    '',
  );
  const found = allRatios(r);
  if (found.length > 0) parts.push('## Peer / ours against the targets', '', ...markdownTable(RATIO_HEADER, found.map(ratioCells)), '');
  parts.push(...more);
  for (const one of r.cases) parts.push(`## ${title(one)}`, '', ...markdownTable(HEADER, one.rows.map(cells)), '', ...memoryOf(one));
  const section = (heading: string, lines: readonly string[]): void => {
    if (lines.length > 0) parts.push(`## ${heading}`, '', ...lines.map((line) => `- ${line}`), '');
  };
  section('Not run', omitted(allOmissions(r)));
  section('Differs by design', reasons(allRows(r)));
  const versions = allRows(r).map(
    ({ contestant, versions: v }) =>
      `${contestant}: ${Object.entries(v)
        .map(([name, version]) => `${name} ${version}`)
        .join(', ')}`,
  );
  section('Versions', [...new Set(versions)]);
  return parts.join('\n');
}

/** Memory of fresh processes. */
function memoryOf({ memory }: CaseRecord): readonly string[] {
  if (memory.length === 0) return [];
  const each = memory.map(({ contestant, peak, bare }) => `${contestant} ${megabytes(peak)} MB (${megabytes(bare)} before the case)`);
  return [`Peak memory of fresh processes that ran nothing but ${MODE_TITLES[memory[0].mode]}, twice: ${each.join(', ')}.`, ''];
}

/** Times of all contestants over the cases of one thread, on a logarithmic scale: the lower the better. */
export function chart(r: Results): string {
  const rows = r.cases.filter(({ threads }) => threads === 1).flatMap((one) => one.rows);
  const nameOf = ({ workload, size, mode }: Row): string => `${workload} ${size} ${mode}`;
  const names = [...new Set(rows.map(nameOf))];
  const fastest = (taking: (row: Row) => boolean): (readonly [number, number])[] =>
    names.flatMap((name, i) => {
      const times = rows.filter((row) => nameOf(row) === name && row.agreement !== 'differs' && taking(row)).map(({ median }) => median);
      return times.length > 0 ? [[i + 1, Math.log10(Math.min(...times))] as const] : [];
    });
  return lineChart({
    title: `Time per run, one thread${r.fast ? ' (sample, no measurement)' : ''}`,
    x: 'case and mode, in the order of the table',
    y: 'log10 of ms',
    series: [
      { name: 'ours, compiled', points: fastest(({ kind }) => kind === 'ours') },
      { name: 'ours, plain', points: fastest(({ contestant }) => contestant === 'snn (eager)') },
      { name: 'best library', points: fastest(({ kind }) => kind === 'library') },
      { name: 'fastest of anything', points: fastest(({ kind }) => kind === 'library' || kind === 'anything') },
    ].filter((one) => one.points.length > 0),
  });
}
