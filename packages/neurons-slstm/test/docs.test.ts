// The pages in docs/neurons say what the code says: parameters with defaults and units, states, options with defaults, presets.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sconv2dLstm, slstm } from '../src/index.ts';

const shown = (value: unknown): string => {
  if (value === null || typeof value !== 'object') return typeof value === 'string' ? `'${value}'` : String(value);
  return 'triangle({ width: 2 })';
};

test.each([
  ['slstm', slstm, 'SLSTM_SNNTORCH'],
  ['sconv2d-lstm', sconv2dLstm, 'SCONV2D_LSTM_SNNTORCH'],
] as const)('docs/neurons/%s.md', (name, { parameters, states, options }, preset) => {
  const text = readFileSync(join(import.meta.dirname, '../../../docs/neurons', `${name}.md`), 'utf8');
  for (const [key, spec] of Object.entries(parameters)) expect(text).toContain(`| \`${key}\` | ${spec.default} | ${spec.unit} |`);
  for (const key of states) expect(text).toContain(`| \`${key}\` | 0 |`);
  for (const [key, value] of Object.entries(options)) expect(text).toContain(`| \`${key}\` | \`${shown(value)}\` |`);
  expect(text).toContain(`| \`${preset}\` |`);
});
