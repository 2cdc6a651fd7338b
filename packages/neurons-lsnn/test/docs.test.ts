// The pages in docs/neurons say what the code says: parameters with defaults and units, states, options with defaults, presets.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import * as neurons from '../src/index.ts';

const PAGES = {
  'ad-lif': neurons.adLif,
  'ada-lif': neurons.adaLif,
  adaptive: neurons.adaptive,
  alif: neurons.alif,
  'lif-adex': neurons.lifAdex,
  'lif-ex': neurons.lifEx,
  lsnn: neurons.lsnn,
  'se-ad-lif': neurons.seAdLif,
} as const;

const page = (name: string): string => readFileSync(join(import.meta.dirname, '../../../docs/neurons', `${name}.md`), 'utf8');
const shown = (value: unknown): string =>
  typeof value === 'string' ? `\`'${value}'\`` : typeof value === 'object' ? '`triangle(' : `\`${value}\``;

test.each(Object.entries(PAGES))('docs/neurons/%s.md', (name, { parameters, states, options }) => {
  const text = page(name);
  const rows = [...text.matchAll(/^\| `(\w+)` \| (.*?) \|/gm)].map(([, key, value]) => `${key} ${value}`);
  for (const [key, { default: value, unit }] of Object.entries(parameters)) expect(text).toContain(`| \`${key}\` | ${value} | ${unit} |`);
  for (const key of states) expect(rows.some((row) => row.startsWith(`${key} `))).toBe(true);
  for (const [key, value] of Object.entries(options)) expect(rows.some((row) => row.startsWith(`${key} ${shown(value)}`))).toBe(true);
  const prefix = `${name.toUpperCase().replaceAll('-', '_')}_`;
  const presets = Object.keys(neurons).filter((key) => key.startsWith(prefix) && !key.endsWith('_DEFAULTS'));
  for (const preset of presets) expect(text).toContain(`| \`${preset}\` |`);
});

test('the README names every model, step and preset', () => {
  const text = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8');
  for (const name of Object.keys(neurons).filter((key) => !key.endsWith('_DEFAULTS'))) expect(text).toContain(`\`${name}\``);
});
