/** The command line: words to options, or to a sentence that says what is wrong with them. Touches nothing. */
import { parseArgs } from 'node:util';

/** What a run is made of. */
export interface Options {
  /** Tasks by name, in table order; null: all. */
  readonly names: readonly string[] | null;
  /** Runs with the seeds 1 ... seeds; 0 makes the page again from what is recorded. */
  readonly seeds: number;
  /** The form for tests. */
  readonly short: boolean;
  /** Folder with data that are not part of the project; null: none. */
  readonly data: string | null;
  /** Only variants whose names contain this, in any case; null: all. */
  readonly variants: string | null;
  /** Folder of the results; null: the default one. */
  readonly out: string | null;
}

/** What a command line asks for. */
export type Command =
  | { readonly kind: 'run'; readonly options: Options }
  | { readonly kind: 'help' }
  | { readonly kind: 'wrong'; readonly message: string };

const DEFAULTS: Options = { names: null, seeds: 3, short: false, data: null, variants: null, out: null };

/** Seeds of a short run, unless it is told. */
const SHORT_SEEDS = 1;

const MOST_SEEDS = 1000;

/** The text of --help. */
export function help(tasks: readonly string[]): string {
  const line = (option: string, text: string): string => `  ${option.padEnd(18)} ${text}`;
  return [
    'Measures what is published on small tasks, with one run per seed, and writes docs/results/ and the table of docs/results.md.',
    '',
    'pnpm results [tasks] [options]',
    '',
    line('tasks', `by default all: ${tasks.join(', ')}`),
    line('--seeds N', `runs with the seeds 1 ... N; default ${DEFAULTS.seeds}, with --short ${SHORT_SEEDS}; 0 only makes the page again`),
    line('--short', 'the form for tests: seconds each, nothing is written unless --out says where'),
    line('--data DIR', 'folder with the data of tasks whose data are not part of the project'),
    line('--variants TEXT', 'only variants whose names contain this'),
    line('--out DIR', 'folder of the results; default docs/results'),
    line('--help', 'this text'),
    '',
    'Each run is written as soon as it is done, so Ctrl-C keeps all but the one that it interrupts.',
  ].join('\n');
}

const wrong = (message: string): Command => ({ kind: 'wrong', message });

/** Read a command line (without the program's name); `tasks` are the names that there are. */
export function parse(words: readonly string[], tasks: readonly string[]): Command {
  const [text, flag] = [{ type: 'string' } as const, { type: 'boolean' } as const];
  const texts = { seeds: text, data: text, variants: text, out: text };
  const { tokens } = parseArgs({
    args: [...words],
    options: { ...texts, short: flag, help: flag },
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const names = new Set<string>();
  const given: Partial<Record<keyof typeof texts, string>> = {};
  let short = false;
  for (const token of tokens) {
    if (token.kind === 'positional') {
      if (!tasks.includes(token.value)) return wrong(`There is no task '${token.value}'; there are: ${tasks.join(', ')}.`);
      names.add(token.value);
    } else if (token.kind === 'option') {
      const { name, value } = token;
      if (name === 'help') return { kind: 'help' };
      if (name === 'short') short = true;
      else if (!Object.hasOwn(texts, name)) return wrong(`There is no option '${token.rawName}'; --help lists those that there are.`);
      else if (value === undefined || value === '') return wrong(`The option --${name} needs a value. --help says which.`);
      else given[name as keyof typeof texts] = value;
    }
  }
  const seeds = given.seeds ?? String(short ? SHORT_SEEDS : DEFAULTS.seeds);
  if (!(/^\d+$/.test(seeds) && Number(seeds) <= MOST_SEEDS))
    return wrong(`The option --seeds takes a whole number from 0 to ${MOST_SEEDS}, but not '${seeds}'.`);
  const asked = names.size > 0 ? tasks.filter((name) => names.has(name)) : null;
  return { kind: 'run', options: { ...DEFAULTS, ...given, names: asked, seeds: Number(seeds), short } };
}
