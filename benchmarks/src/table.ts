/** The table of ratios in the README: one line per target, from all cases that belong to it. Pure functions. */
import { JOINED } from './contestants.ts';
import type { Extras } from './extras.ts';
import { factsOf } from './extras-report.ts';
import { busyCases, type Results } from './record.ts';
import { allRatios, machines, markdownTable, ratiosOf, short } from './report.ts';
import { JAVASCRIPT_TARGET, MEMORY_TARGET, type Ratio, SECOND_THREAD_TARGET, TARGETS, targetOf } from './targets.ts';

const BEGIN = '<!-- benchmarks: begin; written by `pnpm bench --table` -->';
const END = '<!-- benchmarks: end -->';

/** Put the section between the markers. Throws when a marker is missing. */
export function insert(text: string, section: string): string {
  const begin = text.indexOf(BEGIN);
  const end = text.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`The README has no lines ${BEGIN} and ${END}, in this order.`);
  return `${text.slice(0, begin + BEGIN.length)}\n\n${section}\n\n${text.slice(end)}`;
}

/** Smallest and largest ratio, and whether all of them reach the target. */
function cell(found: readonly Ratio[]): string {
  if (found.length === 0) return '-';
  const sorted = found.map(({ ratio }) => ratio).toSorted((a, b) => a - b);
  const missed = found.filter(({ reached }) => reached === false).length;
  const range = sorted.length === 1 ? short(sorted[0]) : `${short(sorted[0])} to ${short(sorted[sorted.length - 1])}`;
  if (missed === 0) return `**${range}** met`;
  return `${range} not met${found.length > 1 ? ` in ${missed} of ${found.length}` : ''}`;
}

const against = (found: readonly Ratio[], name: Ratio['against'], threads?: number): readonly Ratio[] =>
  found.filter((one) => one.against === name && (threads === undefined || one.threads === threads));

/** The section, without its markers. */
export function readmeSection(results: Results, extras: Extras): string {
  const found = allRatios(results);
  if (found.length === 0)
    return 'No complete measurement is recorded yet; `pnpm build && pnpm bench --all` makes one and writes its table here.';
  const linesOf = (all: readonly Ratio[]): readonly (readonly string[])[] =>
    TARGETS.map((target) => {
      const here = all.filter((one) => targetOf(one) === target);
      const cells = ([1, 2] as const).map((threads) => cell(against(here, 'fastest of anything', threads)));
      const libraries = ([1, 2] as const).map((threads) => cell(against(here, 'best spiking library', threads)));
      return [target.title, String(target.anything), ...cells, String(target.library), ...libraries];
    });
  const header = ['workload', 'anything: target', '1 thread', '2 threads', 'libraries: target', '1 thread', '2 threads'];
  const joined = ratiosOf(results, JOINED).filter(({ reached }) => reached !== null);
  const nothing = (line: readonly string[]): boolean => [2, 3, 5, 6].every((column) => line[column] === '-');
  const other: readonly (readonly [string, Ratio['against'], number])[] = [
    ['time of TensorFlow.js (wasm) / ours, W1, W2, W5, one thread', 'JavaScript', JAVASCRIPT_TARGET],
    ['peak memory of PyTorch / ours, W1 500x16x512 and W3, forward + backward', 'memory of torch', MEMORY_TARGET],
    ['one thread / two threads, W1 500x16x512, W2, W3', 'one thread', SECOND_THREAD_TARGET],
  ];
  const counted = found.filter(({ reached }) => reached !== null);
  const busy = busyCases(results).length;
  return [
    'Time of the fastest peer / our time, in one run, on the same inputs, with equal spike counts: above 1 we are faster. *Anything* includes',
    'hand-written PyTorch, `torch.compile` and JAX under `jit`; *libraries* are the PyTorch spiking libraries as shipped. A range is over all sizes and',
    'modes of a row, and *met* means every one of them.',
    '',
    ...markdownTable(header, linesOf(found)),
    '',
    ...markdownTable(
      ['besides', 'target', 'reached'],
      other.map(([title, name, target]) => [title, String(target), cell(against(found, name))]),
    ),
    '',
    `Targets met: ${counted.filter(({ reached }) => reached).length} of ${counted.length} ratios. Every row with its spread, spike counts and versions, and`,
    'what was not run: [benchmarks/results/bench.md](benchmarks/results/bench.md). One command makes it all again: `pnpm build && pnpm bench --all`.',
    '',
    ...(joined.length > 0
      ? [
          'The same on `node --experimental-wasm-revectorize`, with which V8 joins pairs of 128-bit vectors to the 256 bits that the processor has. The bits stay',
          `the same. V8 calls the option experimental, so it counts for nothing above; met here: ${joined.filter(({ reached }) => reached).length} of ${joined.length}.`,
          '',
          ...markdownTable(
            header,
            linesOf(joined).filter((line) => !nothing(line)),
          ),
          '',
        ]
      : []),
    ...(busy > 0 ? [`**The machine was busy in ${busy} of ${results.cases.length} cases: these numbers mean little.**`, ''] : []),
    ...factsOf(extras).map((line) => `- ${line}`),
    ...machines(results).map((line) => `- ${line}`),
  ].join('\n');
}
