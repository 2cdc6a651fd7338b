/** The command line: words to options, or to a sentence that says what is wrong with them. Touches nothing. */
import { parseArgs } from 'node:util';

/** What a run is made of. */
export interface Options {
  /** Ids of the workloads; null: all. */
  readonly only: readonly string[] | null;
  /** Numbers of threads, one pass for each. */
  readonly threads: readonly (1 | 2)[];
  /** Small sizes, few runs. */
  readonly fast: boolean;
  /** File for the rows, besides the results folder; null: none. */
  readonly json: string | null;
  /** Whether peers take part. */
  readonly peers: boolean;
  /** Whether peers that compile for long take part, too. */
  readonly compile: boolean;
  /** Whether what is no workload is measured, too: peaks of the machine, growth of the cost, code and cold start, time to 97 % on MNIST. */
  readonly all: boolean;
}

/** What a command line asks for. */
export type Command =
  | { readonly kind: 'run'; readonly options: Options }
  | { readonly kind: 'help' }
  /** Write reports and the README's table from the results that are there. */
  | { readonly kind: 'table' }
  | { readonly kind: 'wrong'; readonly message: string };

/** The text of --help. */
export function help(workloads: readonly { readonly id: string; readonly title: string }[]): string {
  const line = (option: string, text: string): string => `  ${option.padEnd(16)} ${text}`;
  return [
    'Measures workloads W1 to W9, with other libraries in turns if asked for, and writes benchmarks/results/bench*.{json,md,svg}: bench.* with\n--peers, which is committed, bench-ours.* without. Cases that are measured again replace their earlier results.',
    '',
    'pnpm bench [options]',
    '',
    line('--only W2,W5', 'these workloads only'),
    line('--threads N', '1 (default) or 2; with 2, one thread of ours runs along for the gain of the second'),
    line('--fast', 'small sizes and few runs: shows that everything works, is no measurement'),
    line('--json FILE', 'write the rows to this file, too'),
    line('--peers', 'measure the other libraries in turns with ours; benchmarks/README.md says how to install them'),
    line('--compile', 'with --peers: those that compile for minutes, too'),
    line('--all', 'the complete measurement: --peers --compile, one thread, then two, and what is no workload; ends with --table'),
    line('--table', 'measure nothing: write bench.md, bench.svg and the table in the README from the results that are there'),
    line('--help', 'this text'),
    '',
    ...workloads.map(({ id, title }) => line(id, title)),
  ].join('\n');
}

const FLAGS = ['fast', 'peers', 'compile', 'all'] as const;
const VALUES = ['only', 'threads', 'json'] as const;

const wrong = (message: string): Command => ({ kind: 'wrong', message });

/** Read a command line (without the program's name). `known`: ids of the workloads. */
export function parse(words: readonly string[], known: readonly string[]): Command {
  const options = Object.fromEntries([
    ...FLAGS.map((name) => [name, { type: 'boolean' }] as const),
    ...VALUES.map((name) => [name, { type: 'string' }] as const),
    ['help', { type: 'boolean' }] as const,
    ['table', { type: 'boolean' }] as const,
  ]);
  const { tokens } = parseArgs({ args: [...words], options, strict: false, tokens: true });
  let result: Options = { only: null, threads: [1], fast: false, json: null, peers: false, compile: false, all: false };
  for (const token of tokens) {
    if (token.kind !== 'option') {
      const text = token.kind === 'positional' ? token.value : '--';
      return wrong(`'${text}' is no option; options begin with --, as in --only W2. --help lists them.`);
    }
    const { name, value } = token;
    if (!Object.hasOwn(options, name)) return wrong(`There is no option '${token.rawName}'; --help lists those that there are.`);
    if (name === 'help' || name === 'table') return { kind: name };
    if (FLAGS.some((flag) => flag === name)) {
      if (value !== undefined) return wrong(`The option --${name} takes no value, but '${value}' came.`);
      result = { ...result, [name]: true };
      continue;
    }
    if (value === undefined || value === '' || value.startsWith('--'))
      return wrong(`The option --${name} needs a value. --help says which.`);
    if (name === 'threads') {
      if (value !== '1' && value !== '2') return wrong(`--threads must be 1 or 2, but is '${value}'.`);
      result = { ...result, threads: value === '1' ? [1] : [2] };
    } else if (name === 'only') {
      const ids = value.split(',').map((id) => id.trim().toUpperCase());
      const unknown = ids.find((id) => !known.includes(id));
      if (unknown !== undefined) return wrong(`There is no workload '${unknown}'; there are ${known.join(', ')}.`);
      result = { ...result, only: ids };
    } else result = { ...result, json: value };
  }
  if (result.compile && !result.peers) return wrong('--compile is about peers: give --peers, too.');
  if (result.all) result = { ...result, peers: true, compile: true, threads: [1, 2] };
  return { kind: 'run', options: result };
}
