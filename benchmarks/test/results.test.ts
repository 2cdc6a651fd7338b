/** From times to verdicts: statistics, agreement, ratios against the targets, the report. */

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { compare } from '../src/agreement.ts';
import type { Kind } from '../src/contestants.ts';
import type { Row } from '../src/measure.ts';
import { README, readmeOfResults } from '../src/publish.ts';
import { type CaseRecord, merge, type Results } from '../src/record.ts';
import { chart, markdown, short, terminal } from '../src/report.ts';
import { fitLine, quantile, summarize } from '../src/statistics.ts';
import { insert, readmeSection } from '../src/table.ts';
import { ratios, TARGETS } from '../src/targets.ts';

const MACHINE = {
  cpu: 'A processor',
  cores: 2,
  memoryGiB: 24,
  system: 'linux x64',
  node: '24.0.0',
  date: '2026-01-01',
  pinned: true,
  load: 0,
};

function row(contestant: string, kind: Kind, median: number, more: Partial<Row> = {}): Row {
  return {
    workload: 'W1',
    size: '500x16x512 r=0.05',
    mode: 'backward',
    threads: 1,
    contestant,
    kind,
    unit: 'ms',
    median,
    min: median,
    max: median,
    p99: median,
    runs: 7,
    unsteady: false,
    spikes: { output: 10 },
    gradients: {},
    agreement: kind === 'ours' ? 'reference' : 'equal',
    gradientError: null,
    peakMemory: 1e8,
    importMemory: 5e7,
    ran: { engine: contestant, backend: 'b', tier: 't', executor: 'x' },
    versions: {},
    ...more,
  };
}

const record = (rows: readonly Row[], more: Partial<CaseRecord> = {}): CaseRecord => ({
  workload: rows[0].workload,
  size: rows[0].size,
  threads: 1,
  machine: MACHINE,
  seconds: 1,
  rows,
  omissions: [],
  memory: [],
  ...more,
});
const resultsOf = (fast: boolean, ...cases: CaseRecord[]): Results => ({ format: 2, fast, cases });

test('a case that is measured again takes the place of its earlier result, and no other', () => {
  const order = ['W1 a', 'W1 b', 'W2 a'];
  const one = (workload: string, size: string, threads: number, median: number): CaseRecord =>
    record([row('snn', 'ours', median, { workload, size })], { threads });
  let all = resultsOf(false);
  for (const each of [one('W1', 'a', 2, 1), one('W2', 'a', 1, 2), one('W1', 'b', 1, 3), one('W1', 'a', 1, 4), one('W1', 'b', 1, 5)])
    all = merge(all, each, order);
  expect(all.cases.map(({ workload, size, threads, rows }) => [workload, size, threads, rows[0].median])).toEqual([
    ['W1', 'a', 1, 4],
    ['W1', 'b', 1, 5],
    ['W2', 'a', 1, 2],
    ['W1', 'a', 2, 1],
  ]);
});

const NOTHING = { peaks: null, scaling: null, shipped: null, accuracy: null };

test('the table has a line for every target, with the range of its ratios and what was missed', () => {
  const case1 = record([row('snn', 'ours', 10), row('jax', 'anything', 30), row('sj', 'library', 50)]);
  const case2 = record([row('snn', 'ours', 10, { size: '100x1x128 r=0.05' }), row('jax', 'anything', 15, { size: '100x1x128 r=0.05' })]);
  const section = readmeSection(resultsOf(false, case1, case2), NOTHING);
  const lines = section.split('\n');
  for (const { title, anything, library } of TARGETS) {
    const [line] = lines.filter((one) => one.startsWith(`| ${title} |`));
    expect(line?.split(' | ')[1]).toBe(String(anything));
    expect(line?.split(' | ')[4]).toBe(String(library));
  }
  expect(section).toContain('| W1, 5 % spikes | 2 | 1.5 to 3 not met in 1 of 2 | - | 4 | **5** met | - |');
  expect(section).toContain('Targets met: 2 of 3 ratios.');
  expect(section).not.toContain('busy');
  expect(readmeSection(resultsOf(false), NOTHING)).toContain('No complete measurement');
});

test('the section goes between its markers, and nowhere else', () => {
  const text = readFileSync(README, 'utf8');
  const once = insert(text, 'new\n\ntext');
  expect(once).toContain('\n\nnew\n\ntext\n\n');
  expect(insert(once, 'new\n\ntext')).toBe(once);
  expect(() => insert('no markers', 'new')).toThrow('has no lines');
});

test('the README has the table that the committed results give', () => {
  expect(readFileSync(README, 'utf8')).toBe(readmeOfResults());
});

test('median, spread and the middle half', () => {
  expect(summarize([3, 1, 2])).toMatchObject({ median: 2, min: 1, max: 3, runs: 3, unsteady: true });
  expect(summarize([10, 10, 10, 11, 90])).toMatchObject({ median: 10, max: 90, unsteady: false });
  expect(summarize([])).toMatchObject({ runs: 0 });
  expect(quantile([0, 1, 2, 3, 4], 0.99)).toBeCloseTo(3.96);
});

test('a line through points', () => {
  expect(
    fitLine([
      [1, 5],
      [2, 7],
      [3, 9],
    ]),
  ).toEqual({ slope: 2, intercept: 3, r2: 1 });
  expect(
    fitLine([
      [0, 0],
      [1, 1],
      [2, 0],
    ]).r2,
  ).toBe(0);
});

test('spikes must be equal, or nearly, or differ for a reason', () => {
  const ours = { spikes: { output: 20_000 }, gradients: { weight: 1 } };
  const other = (output: number, weight = 1): typeof ours => ({ spikes: { output }, gradients: { weight } });
  expect(compare(ours, other(20_000)).verdict).toBe('equal');
  expect(compare(ours, other(20_002)).verdict).toBe('rounding');
  expect(compare(ours, other(20_100)).verdict).toBe('differs');
  expect(compare(ours, other(20_000, 1.01)).verdict).toBe('differs');
  expect(compare(ours, other(20_100), 'another reset')).toMatchObject({ verdict: 'by design', reason: 'another reset' });
  expect(compare(ours, { spikes: { elsewhere: 1 }, gradients: {} }).verdict).toBe('differs');
  expect(compare({ spikes: { output: 0 }, gradients: {} }, { spikes: { output: 1 }, gradients: {} }).verdict).toBe('differs');
});

test('ratios are the fastest peer over us, and meet their targets or not', () => {
  const found = ratios([
    row('snn', 'ours', 10),
    row('jax', 'anything', 30),
    row('sj', 'library', 39),
    row('norse', 'library', 80),
    row('tfjs', 'javascript', 250),
  ]);
  expect(found.map(({ against, peer, ratio, target, reached }) => [against, peer, ratio, target, reached])).toEqual([
    ['fastest of anything', 'jax', 3, 2, true],
    ['best spiking library', 'sj', 3.9, 4, false],
    ['JavaScript', 'tfjs', 25, 20, true],
  ]);
});

test('a library may be the fastest of anything; JavaScript is not asked', () => {
  const found = ratios([row('snn', 'ours', 10), row('sj', 'library', 20), row('tfjs', 'javascript', 1)]);
  expect(found.map(({ against, peer }) => [against, peer])).toEqual([
    ['fastest of anything', 'sj'],
    ['best spiking library', 'sj'],
    ['JavaScript', 'tfjs'],
  ]);
});

test('a time whose spikes differ does not count; one that differs by design does', () => {
  const found = ratios([
    row('snn', 'ours', 10),
    row('wrong', 'library', 1, { agreement: 'differs' }),
    row('other', 'library', 20, { agreement: 'by design', reason: 'r' }),
  ]);
  expect(found.map(({ peer }) => peer)).toEqual(['other', 'other']);
});

test('times of other cases, modes and thread numbers are not compared', () => {
  const elsewhere = [{ size: '100x1x128 r=0.05' }, { mode: 'forward' as const }, { threads: 2 }, { workload: 'W2' }];
  expect(ratios([row('snn', 'ours', 10), ...elsewhere.map((more) => row('jax', 'anything', 1, more))])).toEqual([]);
});

test('the plain engine is there for comparison: no ratio is of it', () => {
  const found = ratios([row('snn', 'ours', 10), row('plain', 'plain', 1), row('jax', 'anything', 30)]);
  expect(found.map(({ peer, ratio }) => [peer, ratio])).toEqual([['jax', 3]]);
});

test('memory is compared with the leanest torch, of fresh processes', () => {
  const of = (contestant: string, peak: number) => ({ contestant, kind: 'anything', threads: 1, mode: 'backward', peak, bare: 1 }) as const;
  const memory = [of('snn', 1e8), of('torch fused', 4e8), of('torch naive', 6e8), of('jax', 2e8)];
  expect(ratios([row('snn', 'ours', 17, { peakMemory: 9e9 })], memory)).toMatchObject([
    { against: 'memory of torch', peer: 'torch fused', ratio: 4, target: 3, reached: true },
  ]);
  expect(ratios([row('snn', 'ours', 17, { mode: 'forward' })], memory)).toEqual([]);
});

test('the second thread is compared with the first', () => {
  const found = ratios([row('snn', 'ours', 17), row('snn', 'ours', 10, { threads: 2 })]);
  expect(found).toMatchObject([{ against: 'one thread', threads: 2, ratio: 1.7, target: 1.7, reached: true }]);
});

test('each kind of case has its own target', () => {
  const target = (more: Partial<Row>): (number | null)[] =>
    ratios([row('snn', 'ours', 1, more), row('sj', 'library', 1, more)]).map((one) => one.target);
  expect(target({ size: '500x16x512 r=0.2' })).toEqual([1.2, 2]);
  expect(target({ size: '500x16x512 dense numbers' })).toEqual([0.7, 1.5]);
  expect(target({ mode: 'backward-inputs' })).toEqual([1, 2]);
  expect(target({ size: '500x16x512 r=0.05 triangle', mode: 'backward-inputs' })).toEqual([1.5, 2]);
  expect(target({ size: '500x16x512 r=0.2', mode: 'backward-inputs' })).toEqual([null, null]);
  expect(target({ workload: 'W3', size: '700-256R-256R-20 T=100 B=1', mode: 'forward' })).toEqual([1, 10]);
  expect(target({ workload: 'W5', size: '128-128-10 B=1', mode: 'stream' })).toEqual([5, 20]);
});

test('the report says what ran, what did not and why, and what differs', () => {
  const rows = [
    row('snn', 'ours', 10),
    row('wrong', 'library', 1, { agreement: 'differs' }),
    row('other', 'library', 20, { agreement: 'by design', reason: 'another reset' }),
  ];
  const omission = { workload: 'W1', size: 's', mode: 'all' as const, threads: 1, contestant: 'jax', reason: 'absent' };
  const all = resultsOf(true, record(rows, { omissions: [omission] }));
  for (const text of [terminal(all), markdown(all)]) {
    for (const part of [
      'A processor',
      'backend b, tier t, x',
      'SAMPLE',
      'DIFFERS: does not count',
      'another reset',
      'jax: absent (W1)',
      'not reached',
    ])
      expect(text).toContain(part);
    expect(text).not.toContain('BUSY');
  }
  expect(terminal(resultsOf(false, record(rows, { machine: { ...MACHINE, load: 3 } })))).toContain('BUSY');
  expect(chart(all)).toMatch(/^<svg/);
});

test('steps are told in microseconds', () => {
  const stream = row('snn', 'ours', 0.02, { workload: 'W5', size: '128-128-10 B=1', mode: 'stream', p99: 0.05 });
  expect(terminal(resultsOf(false, record([stream])))).toMatch(/20 us .*p99 50/);
});

test('three digits', () => {
  expect([0.012345, 1.2345, 12.345, 123.45, 1234.5].map(short)).toEqual(['0.0123', '1.23', '12.3', '123', '1235']);
});
