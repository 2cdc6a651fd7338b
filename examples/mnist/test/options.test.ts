import { expect, test } from 'vitest';
import { help, parse } from '../src/options.ts';

test('without words all is default', () => {
  expect(parse([])).toEqual({
    kind: 'run',
    options: { epochs: 1, hidden: 128, steps: 25, batch: 64, seed: 1, subset: null, backend: 'cpu', out: null },
  });
});

test('every option is read, with a blank or =; the last one counts', () => {
  const words = '--epochs 2 --hidden=64 --steps 10 --batch 32 --seed 7 --subset 500 --backend cpu --out here --epochs 3'.split(' ');
  expect(parse(words)).toEqual({
    kind: 'run',
    options: { epochs: 3, hidden: 64, steps: 10, batch: 32, seed: 7, subset: 500, backend: 'cpu', out: 'here' },
  });
});

test.each([
  ['--epoch 1', "no option '--epoch'"],
  ['-e 1', "no option '-e'"],
  ['fast', "'fast' is no option"],
  ['--', "'--' is no option"],
  ['--epochs', '--epochs needs a value'],
  ['--epochs=', '--epochs needs a value'],
  ['--out', '--out needs a value'],
  ['--epochs 0', "from 1 to 1000, but not '0'"],
  ['--epochs 1.5', "but not '1.5'"],
  ['--epochs 1e2', "but not '1e2'"],
  ['--epochs ten', "but not 'ten'"],
  ['--epochs=-1', "but not '-1'"],
  ['--subset 60001', 'from 1 to 60000'],
  ['--seed 99999999999999999999', "but not '99999999999999999999'"],
  ['--backend gpu', "no backend 'gpu'; --backend takes one of: cpu."],
  ['--hidden __proto__', "but not '__proto__'"],
  ['--__proto__ 1', "no option '--__proto__'"],
  ['--toString 1', "no option '--toString'"],
])('%s is refused in a sentence', (line, words) => {
  expect(parse(line.split(' '))).toEqual({ kind: 'wrong', message: expect.stringContaining(words) });
});

test('help is asked for and names every option', () => {
  expect(parse(['--help'])).toEqual({ kind: 'help' });
  expect(parse(['--subset', '5', '--help'])).toEqual({ kind: 'help' });
  for (const name of ['epochs', 'hidden', 'steps', 'batch', 'seed', 'subset', 'backend', 'out', 'help'])
    expect(help()).toContain(`--${name}`);
});
