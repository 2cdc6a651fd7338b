// Loaded before an example (node --import): compares what each console.log prints with the `// => text` beside it. The
// line of a call comes from the stack; stripping types keeps line numbers.

import { readFileSync } from 'node:fs';
import { format } from 'node:util';
import { findExpectations } from './blocks.ts';

const file = process.argv[1];
const expected = new Map(findExpectations(readFileSync(file, 'utf8')).map(({ line, text }) => [line, text]));
const seen = new Set<number>();
const squeeze = (text: string): string => text.replace(/\s+/g, ' ').trim();

console.log = (...values: unknown[]): void => {
  const printed = format(...values);
  process.stdout.write(`${printed}\n`);
  const frame = new Error().stack?.split('\n').find((text) => text.includes(file));
  const line = Number(/:(\d+):\d+\)?$/.exec(frame ?? '')?.[1]);
  const wanted = expected.get(line);
  if (wanted === undefined) return;
  seen.add(line);
  if (squeeze(printed) === squeeze(wanted)) return;
  process.stderr.write(`line ${line} of the example printed\n    ${printed}\n  but promises\n    ${wanted}\n`);
  process.exitCode = 1;
};

process.on('exit', () => {
  for (const [line, wanted] of expected) {
    if (seen.has(line)) continue;
    process.stderr.write(`line ${line} of the example promises "${wanted}" but never ran.\n`);
    process.exitCode = 1;
  }
});
