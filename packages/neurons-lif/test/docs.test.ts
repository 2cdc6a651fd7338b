// The pages in docs/neurons say what the code says: parameters with defaults and units, states, options with defaults, presets.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NeuronModel } from '@snn/core';
import { expect, test } from 'vitest';

/** One name through all layers: src/lif.ts, docs/neurons/lif.md. */
const PAGES = [
  'alpha',
  'conductance-lif',
  'cooldown',
  'discontinuous',
  'integrate-and-fire',
  'izhikevich',
  'lapicque',
  'leaky',
  'li',
  'li-box',
  'lif',
  'lif-box',
  'lif-refractory',
  'multi-compartment-lif',
  'no-reset',
  'recurrent-leaky',
  'recurrent-synaptic',
  'synaptic',
  'tsodyks-makram',
] as const;

type Model = NeuronModel<string, string, object>;
const isModel = (x: unknown): x is Model => typeof x === 'object' && x !== null && 'step' in x;
const shown = (value: unknown): string =>
  typeof value === 'string' ? `'${value}'` : typeof value === 'object' ? 'triangle({ width: 2 })' : String(value);

test.each(PAGES)('docs/neurons/%s.md', async (name) => {
  const file = (await import(`../src/${name}.ts`)) as Readonly<Record<string, unknown>>;
  const text = readFileSync(join(import.meta.dirname, '../../../docs/neurons', `${name}.md`), 'utf8');
  const models = Object.values(file).filter(isModel);
  expect(models).toHaveLength(1);
  const [{ parameters, states, options }] = models;
  const rows = [...text.matchAll(/^\| `(\w+)` \| (.*?) \|/gm)].map(([, key, value]) => `${key} ${value}`);
  for (const [key, { default: value, unit }] of Object.entries(parameters)) expect(text).toContain(`| \`${key}\` | ${value} | ${unit} |`);
  for (const key of states) expect(rows.some((row) => row.startsWith(`${key} `))).toBe(true);
  for (const [key, value] of Object.entries(options)) expect(rows).toContain(`${key} \`${shown(value)}\``);
  const presets = Object.keys(file).filter((key) => /^[A-Z]/.test(key) && !key.endsWith('_DEFAULTS'));
  expect(presets.length).toBeGreaterThan(0);
  for (const preset of presets) expect(text).toContain(`| \`${preset}\` |`);
});
