/** The guide to writing a backend leads through examples/backend-plugin: it shows that code, and that code passes the suite under node:test. */
import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { findBlocks } from '../../tooling/readme/blocks.ts';

const plugin = fileURLToPath(new URL('../../examples/backend-plugin', import.meta.url));
const guide = readFileSync(fileURLToPath(new URL('../backends.md', import.meta.url)), 'utf8');

test('the guide shows every file of the plugin as it is', () => {
  const shown = new Map(findBlocks(guide).flatMap(({ file, code }) => (file ? [[file, `${code}\n`] as const] : [])));
  const files = globSync('{src,test}/*.ts', { cwd: plugin }).map((file) => file.replaceAll('\\', '/'));
  expect([...shown.keys()].toSorted()).toEqual(files.toSorted());
  for (const file of files) expect(shown.get(file), file).toBe(readFileSync(join(plugin, file), 'utf8'));
});

test('the plugin depends on published packages only', () => {
  const { dependencies, peerDependencies, devDependencies } = JSON.parse(readFileSync(join(plugin, 'package.json'), 'utf8')) as Record<
    string,
    Record<string, string> | undefined
  >;
  expect(dependencies).toBeUndefined();
  expect(Object.keys(peerDependencies ?? {})).toEqual(['@snn/core']);
  expect(Object.keys(devDependencies ?? {}).toSorted()).toEqual(['@snn/backend-conformance', '@snn/core']);
  const imported = globSync('{src,test}/*.ts', { cwd: plugin }).flatMap((file) =>
    [...readFileSync(join(plugin, file), 'utf8').matchAll(/from '([^.'][^']*)'/g)].map(([, from]) => from),
  );
  expect([...new Set(imported)].toSorted()).toEqual(['@snn/backend-conformance', '@snn/core', 'node:test']);
});

test('the plugin passes the suite under node:test', () => {
  const { NODE_OPTIONS: _, NODE_TEST_CONTEXT: __, ...env } = process.env;
  const { status, stdout } = spawnSync(
    process.execPath,
    ['--conditions=@snn/source', '--test', '--test-reporter=tap', 'test/conformance.ts'],
    { cwd: plugin, env, encoding: 'utf8' },
  );
  expect(status, stdout).toBe(0);
  expect(stdout).toMatch(/^# fail 0$/m);
  expect(Number(/^# pass (\d+)$/m.exec(stdout)?.[1])).toBeGreaterThan(400);
}, 120_000);
