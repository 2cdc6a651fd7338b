/** The command line: words to options, or to a sentence that says what is wrong with them. Touches nothing. */
import { parseArgs } from 'node:util';

/** What a run is made of. */
export interface Options {
  /** How often the training images are seen. */
  readonly epochs: number;
  /** Neurons of the hidden layer. */
  readonly hidden: number;
  /** Time steps per image. */
  readonly steps: number;
  /** Images per training step. */
  readonly batch: number;
  /** Seed of weights, order and spikes. */
  readonly seed: number;
  /** Train on the first N images only, and test on at most as many; null: on all. */
  readonly subset: number | null;
  /** Name of the backend. */
  readonly backend: string;
  /** Folder of the results; null: the default one. */
  readonly out: string | null;
}

/** What a command line asks for. */
export type Command =
  | { readonly kind: 'run'; readonly options: Options }
  | { readonly kind: 'help' }
  | { readonly kind: 'wrong'; readonly message: string };

/** Backends that can be chosen. */
export const BACKENDS: readonly string[] = ['cpu'];

const DEFAULTS: Options = { epochs: 1, hidden: 128, steps: 25, batch: 64, seed: 1, subset: null, backend: 'cpu', out: null };

/** What each option takes: its argument, its smallest and largest value, and what it does. */
const NUMBERS: Readonly<
  Record<'epochs' | 'hidden' | 'steps' | 'batch' | 'seed' | 'subset', readonly [least: number, most: number, help: string]>
> = {
  epochs: [1, 1000, 'how often the training images are seen'],
  hidden: [1, 100_000, 'neurons of the hidden layer'],
  steps: [1, 1000, 'time steps per image'],
  batch: [1, 60_000, 'images per training step'],
  seed: [0, Number.MAX_SAFE_INTEGER, 'seed of weights, order and spikes'],
  subset: [1, 60_000, 'train on the first N images only, test on at most as many'],
};

const names = Object.keys(NUMBERS) as (keyof typeof NUMBERS)[];

/** The text of --help. */
export function help(): string {
  const line = (option: string, text: string): string => `  ${option.padEnd(18)} ${text}`;
  return [
    'Trains a spiking network on the 60,000 digits of MNIST, tests it on the other 10,000, and writes weights, a log and a report.',
    '',
    'npm start -- [options]',
    '',
    ...names.map((name) => line(`--${name} N`, `${NUMBERS[name][2]}; default ${DEFAULTS[name] ?? 'all'}`)),
    line('--backend NAME', `${BACKENDS.join(', ')}; default ${DEFAULTS.backend}`),
    line('--out DIR', 'folder of the results; default results/mnist'),
    line('--help', 'this text'),
    '',
    'Ctrl-C ends the training after the current batch and keeps what was learnt; a second one quits at once.',
  ].join('\n');
}

/** Read a command line (without the program's name). */
export function parse(words: readonly string[]): Command {
  const value = { type: 'string' } as const;
  const known = Object.fromEntries([...names, 'backend', 'out'].map((name) => [name, value]));
  const { tokens } = parseArgs({ args: [...words], options: { ...known, help: { type: 'boolean' } }, strict: false, tokens: true });
  let options: Options = DEFAULTS;
  for (const token of tokens) {
    if (token.kind === 'option' && token.name === 'help') return { kind: 'help' };
    if (token.kind !== 'option') {
      const text = token.kind === 'positional' ? token.value : '--';
      return wrong(`'${text}' is no option; options begin with --, as in --epochs 1. --help lists them.`);
    }
    if (!Object.hasOwn(known, token.name)) return wrong(`There is no option '${token.rawName}'; --help lists those that there are.`);
    if (token.value === undefined || token.value === '') return wrong(`The option --${token.name} needs a value. --help says which.`);
    const read = readValue(token.name, token.value);
    if (typeof read === 'string') return wrong(read);
    options = { ...options, ...read };
  }
  return { kind: 'run', options };
}

const wrong = (message: string): Command => ({ kind: 'wrong', message });

/** The option with its value, or what is wrong with it. */
function readValue(name: string, text: string): Partial<Options> | string {
  if (name === 'out') return { out: text };
  if (name === 'backend')
    return BACKENDS.includes(text) ? { backend: text } : `There is no backend '${text}'; --backend takes one of: ${BACKENDS.join(', ')}.`;
  const [least, most] = NUMBERS[name as keyof typeof NUMBERS];
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (number >= least && number <= most) return { [name]: number };
  return `The option --${name} takes a whole number from ${least} to ${most}, but not '${text}'.`;
}
