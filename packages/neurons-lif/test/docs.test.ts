// The pages in docs/neurons say what the code says: parameters with defaults and units, states, options with defaults, presets.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import * as neurons from '../src/index.ts';

const PAGES = {
  cooldown: neurons.cooldown,
  discontinuous: neurons.discontinuous,
  'integrate-and-fire': neurons.integrateAndFire,
  leaky: neurons.leaky,
  li: neurons.li,
  'li-box': neurons.liBox,
  lif: neurons.lif,
  'lif-box': neurons.lifBox,
  'no-reset': neurons.noReset,
  synaptic: neurons.synaptic,
} as const;

const page = (name: string): string => readFileSync(join(import.meta.dirname, '../../../docs/neurons', `${name}.md`), 'utf8');
const shown = (value: unknown): string =>
  typeof value === 'string' ? `'${value}'` : typeof value === 'object' ? 'triangle()' : String(value);
/** `integrate-and-fire` -> `INTEGRATE_AND_FIRE_` */
const prefix = (name: string): string => `${name.toUpperCase().replaceAll('-', '_')}_`;
const longest = Object.keys(PAGES)
  .map(prefix)
  .sort((a, b) => b.length - a.length);

test.each(Object.entries(PAGES))('docs/neurons/%s.md', (name, { parameters, states, options }) => {
  const text = page(name);
  const rows = [...text.matchAll(/^\| `(\w+)` \| (.*?) \|/gm)].map(([, key, value]) => `${key} ${value}`);
  for (const [key, { default: value, unit }] of Object.entries(parameters)) expect(text).toContain(`| \`${key}\` | ${value} | ${unit} |`);
  for (const key of states) expect(rows.some((row) => row.startsWith(`${key} `))).toBe(true);
  for (const [key, value] of Object.entries(options)) expect(rows).toContain(`${key} \`${shown(value)}\``);
  const presets = Object.keys(neurons).filter(
    (key) => longest.find((p) => key.startsWith(p)) === prefix(name) && !key.endsWith('_DEFAULTS'),
  );
  for (const preset of presets) expect(text).toContain(`| \`${preset}\` |`);
});
