// The measuring itself: what is unused goes, what has side effects stays and is named.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { root } from '../lib/workspace.ts';
import { bundle, declaredNames, leftovers } from './bundle.ts';

let folder = '';

beforeAll(() => {
  mkdirSync(join(root, '.cache'), { recursive: true });
  folder = mkdtempSync(join(root, '.cache', 'size-'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module", "sideEffects": false }');
  writeFileSync(join(folder, 'index.js'), "export * from './clean.js'; export * from './dirty.js';");
  writeFileSync(
    join(folder, 'clean.js'),
    'export const aStep = (x) => x + 1; export const bStep = (x) => aStep(x) * 2; export const cStep = () => 3;',
  );
  writeFileSync(join(folder, 'dirty.js'), 'const table = [1, 2].map((x) => x * x); export const dStep = (i) => table[i];');
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('only what is used is counted, and a shared step shows', async () => {
  const { code, gzip } = await bundle(`export { bStep } from '${folder}/index.js';`, { minify: false });
  expect(declaredNames(code, ['aStep', 'bStep', 'cStep', 'dStep'])).toEqual(['aStep', 'bStep']);
  expect(gzip).toBeGreaterThan(20);
});

test('a promise of no side effects is believed for sizes, and checked by distrust', async () => {
  const text = `import '${folder}/index.js';`;
  expect((await bundle(text)).bytes).toBe(0);
  const { files } = await bundle(text, { distrustSideEffects: true });
  expect(leftovers(files, relative(root, folder)).map(([file]) => file)).toEqual([relative(root, join(folder, 'dirty.js'))]);
});
