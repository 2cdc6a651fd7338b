// Every neuron model has a page; its tables say what the model says; its drawing is the one that the script makes.

import { existsSync, globSync, readFileSync } from 'node:fs';
import * as lif from '@snn/neurons-lif';
import * as lsnn from '@snn/neurons-lsnn';
import * as slstm from '@snn/neurons-slstm';
import * as ternary from '@snn/neurons-ternary';
import * as nn from '@snn/nn';
import { describe, expect, test } from 'vitest';
import { PICTURES } from '../scripts/pictures.ts';

interface Described {
  readonly name: string;
  readonly parameters: Readonly<Record<string, { readonly default: number; readonly unit: string }>>;
  readonly states: readonly string[];
  readonly options: object;
}

const folder = new URL('../neurons/', import.meta.url);
const pages = globSync('*.md', { cwd: folder }).map((file) => file.slice(0, -'.md'.length));
const kebab = (name: string): string => name.replace(/2d|[A-Z]/g, (part) => (part === '2d' ? part : `-${part.toLowerCase()}`));

const isModel = (value: unknown): value is Described =>
  typeof value === 'object' && value !== null && 'step' in value && 'initialState' in value && 'parameters' in value;
const modelsOf = (exports: object): Described[] => Object.values(exports).filter(isModel);

/** The 32 ternary models share the pages of their cores; the integrators one. */
const corePage = (name: string): string => {
  const core = name.replace(/^d?s?r?(?=li)/, '');
  return core === 'li' || core === 'liema' ? 'ternary-li' : core;
};
const plain = [...modelsOf(lif), ...modelsOf(lsnn), ...modelsOf(slstm)];
const models = [
  ...plain.map((model) => ({ model, page: kebab(model.name) })),
  ...modelsOf(ternary).map((model) => ({ model, page: corePage(model.name) })),
];

const read = (page: string): string => readFileSync(new URL(`${page}.md`, folder), 'utf8');
/** Rows of the first table below a heading, as cells. */
function table(page: string, heading: string): string[][] {
  const section =
    read(page)
      .split(/^## /m)
      .find((part) => part.startsWith(`${heading}\n`)) ?? '';
  const rows = /(?:^\|.*\n)+/m.exec(section)?.[0].trim().split('\n').slice(2) ?? [];
  return rows.map((row) =>
    row
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

test('every preset stands on a page', () => {
  const presets = [lif, lsnn, slstm, ternary].flatMap((module) => Object.keys(module)).filter((name) => /^[A-Z][A-Z0-9_]+$/.test(name));
  const text = pages.map(read).join();
  expect(presets.filter((name) => !name.endsWith('_DEFAULTS') && !text.includes(`\`${name}`))).toEqual([]);
});

test('every model is a layer, which its page names', () => {
  for (const { model, page } of models) {
    const layer = page === 'ternary-li' && model.name === 'li' ? 'traceLi' : model.name;
    expect(Object.keys(nn)).toContain(layer);
    expect(read(page)).toMatch(new RegExp(`layer \`${layer}\\b|layers? of\\s+the same name`));
  }
});

test('all models are found', () => {
  expect(plain.length).toBeGreaterThanOrEqual(30);
  expect(modelsOf(ternary)).toHaveLength(32);
});

describe.each(models)('$model.name', ({ model, page }) => {
  test('has a page that names it', () => {
    expect(pages).toContain(page);
    expect(read(page)).toContain(`\`${model.name}\``);
  });
});

const cores: readonly Described[] = [ternary.lib, ternary.lit, ternary.lits, ternary.li, ternary.liema];
const tables = [
  ...plain.map((model) => [kebab(model.name), model] as const),
  ...cores.map((model) => [corePage(model.name), model] as const),
];
describe.each(tables)('%s', (page, model) => {
  test('its parameters, defaults and units', () => {
    const given = Object.entries(model.parameters).map(([name, { default: value, unit }]) => [`\`${name}\``, String(value), unit]);
    expect(table(page, 'Parameters').map(([name, value, unit]) => [name, value, unit])).toEqual(given);
  });
  test('its states', () => {
    expect(
      table(page, 'States')
        .map(([name]) => name)
        .toSorted(),
    ).toEqual(model.states.map((name) => `\`${name}\``).toSorted());
  });
  test('its options and their defaults', () => {
    const listed = table(page, 'Options');
    expect(listed.map(([name]) => name).toSorted()).toEqual(
      Object.keys(model.options)
        .map((name) => `\`${name}\``)
        .toSorted(),
    );
    for (const [name, value] of listed) {
      const actual = (model.options as Readonly<Record<string, unknown>>)[name.replaceAll('`', '')];
      if (typeof actual !== 'object' || actual === null)
        expect(value, name).toBe(`\`${typeof actual === 'string' ? `'${actual}'` : actual}\``);
    }
  });
});

test.each(pages)('%s has its sections, in order', (page) => {
  const headings = [...read(page).matchAll(/^## (.*)$/gm)].map(([, heading]) => heading);
  const wanted = ['Response', 'Parameters', 'States', 'Options', 'Presets', 'Source'].filter(
    (heading) => page !== 'stdp' || heading !== 'States',
  );
  expect(page === 'ternary' ? headings.filter((heading) => heading !== 'Equations').slice(0, 2) : headings.slice(0, 2)).toEqual([
    'Response',
    'Parameters',
  ]);
  expect(headings.filter((heading) => wanted.includes(heading))).toEqual(wanted);
  expect(read(page)).toMatch(/```text\n/);
});

test('every page has a drawing and every drawing a page', () => {
  expect(Object.keys(PICTURES).toSorted()).toEqual(pages.toSorted());
  expect(
    globSync('img/*', { cwd: folder })
      .map((file) => file.replaceAll('\\', '/'))
      .toSorted(),
  ).toEqual(pages.map((page) => `img/${page}.svg`).toSorted());
  for (const page of pages) expect(read(page)).toContain(`](img/${page}.svg)`);
});

test.each(Object.keys(PICTURES))('the drawing of %s is what the script makes', (name) => {
  const file = new URL(`img/${name}.svg`, folder);
  expect(existsSync(file)).toBe(true);
  // not toBe: it would print both drawings
  expect(readFileSync(file, 'utf8') === PICTURES[name](), 'run `pnpm --filter @snn/docs plots`').toBe(true);
});
