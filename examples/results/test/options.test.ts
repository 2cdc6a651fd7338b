import { expect, test } from 'vitest';
import { help, parse } from '../src/options.ts';

const tasks = ['first', 'second', 'third'];
const options = (...words: string[]): unknown => {
  const command = parse(words, tasks);
  return command.kind === 'run' ? command.options : command;
};

test('without words: all tasks, three seeds', () =>
  expect(options()).toEqual({ names: null, seeds: 3, short: false, data: null, variants: null, out: null }));

test('all options, in any order; names come in table order, each once', () =>
  expect(options('third', '--seeds', '5', 'first', '--data=d', '--variants', 'LIF', '--out', 'o', 'third', '--short')).toEqual({
    names: ['first', 'third'],
    seeds: 5,
    short: true,
    data: 'd',
    variants: 'LIF',
    out: 'o',
  }));

test('a short run has one seed, unless it is told', () => {
  expect(options('--short')).toMatchObject({ seeds: 1 });
  expect(options('--short', '--seeds', '2')).toMatchObject({ seeds: 2 });
});

test.each([
  [['fourth'], "There is no task 'fourth'; there are: first, second, third."],
  [['--seed', '1'], "There is no option '--seed'; --help lists those that there are."],
  [['--seeds', 'many'], "The option --seeds takes a whole number from 0 to 1000, but not 'many'."],
  [['--seeds=-1'], "The option --seeds takes a whole number from 0 to 1000, but not '-1'."],
  [['--out'], 'The option --out needs a value. --help says which.'],
  [['--data='], 'The option --data needs a value. --help says which.'],
])('%j is refused', (words, message) => expect(parse(words, tasks)).toEqual({ kind: 'wrong', message }));

test('--help lists tasks and options', () => {
  expect(parse(['first', '--help'], tasks)).toEqual({ kind: 'help' });
  for (const word of [...tasks, '--seeds', '--short', '--data', '--variants', '--out']) expect(help(tasks)).toContain(word);
});
