/** The command line. */
import { expect, test } from 'vitest';
import { help, parse } from '../src/options.ts';

const KNOWN = ['W1', 'W2', 'W5'];
const parsed = (...words: string[]): unknown => parse(words, KNOWN);

test('nothing said: every workload, one thread, no peers', () => {
  expect(parsed()).toEqual({
    kind: 'run',
    options: { only: null, threads: [1], fast: false, json: null, peers: false, compile: false, all: false },
  });
});

test('all options together', () => {
  expect(parsed('--only', 'w2,W5', '--threads', '2', '--fast', '--json=out.json', '--peers', '--compile')).toEqual({
    kind: 'run',
    options: { only: ['W2', 'W5'], threads: [2], fast: true, json: 'out.json', peers: true, compile: true, all: false },
  });
});

test('--all is everything, with one thread and with two', () => {
  expect(parsed('--all')).toMatchObject({ options: { only: null, threads: [1, 2], peers: true, compile: true, all: true } });
  expect(parsed('--table')).toEqual({ kind: 'table' });
});

test.each([
  [['--quick'], "There is no option '--quick'"],
  [['-x'], "There is no option '-x'"],
  [['W2'], "'W2' is no option"],
  [['--only'], '--only needs a value'],
  [['--only', 'W7'], "There is no workload 'W7'; there are W1, W2, W5."],
  [['--only', ''], '--only needs a value'],
  [['--threads', '3'], "--threads must be 1 or 2, but is '3'"],
  [['--threads'], '--threads needs a value'],
  [['--fast=yes'], '--fast takes no value'],
  [['--json', '--fast'], '--json needs a value'],
  [['--compile'], 'give --peers, too'],
])('%j is refused with a sentence', (words, sentence) => {
  const command = parse(words, KNOWN);
  expect(command.kind).toBe('wrong');
  expect((command as { message: string }).message).toContain(sentence);
});

test('help names every option and workload', () => {
  expect(parsed('--fast', '--help')).toEqual({ kind: 'help' });
  const text = help([{ id: 'W1', title: 'one layer' }]);
  for (const word of ['--only', '--threads', '--fast', '--json', '--peers', '--compile', '--all', '--table', '--help', 'W1', 'one layer'])
    expect(text).toContain(word);
});
