// Each rule of the architecture, shown to fail on code that breaks it and to accept code that does not.

import { describe, expect, test } from 'vitest';
import type { Manifest } from '../lib/workspace.ts';
import { readSource } from './imports.ts';
import * as rules from './rules.ts';

const manifest = (id: string, dependencies: Record<string, string> = {}): Manifest => ({
  name: `@snn/${id}`,
  version: '0.0.0',
  exports: { '.': {}, './package.json': {} },
  dependencies,
});

/** A repository of three packages, low <- middle <- high, with the given files. */
function workspace(files: Record<string, string>, change: Partial<rules.Workspace> = {}): rules.Workspace {
  return {
    layers: { low: [], middle: ['low'], high: ['low', 'middle'] },
    functionsOnly: ['middle'],
    manifests: { low: manifest('low'), middle: manifest('middle', { '@snn/low': '*' }), high: manifest('high', { '@snn/middle': '*' }) },
    files: Object.entries(files).map(([path, text]) => readSource(path, text)),
    isFunction: (_from, name) => name.startsWith('make'),
    ...change,
  };
}

describe('layers', () => {
  test('allowed and declared imports pass', () => {
    const files = {
      'packages/middle/src/a.ts': "import { makeA } from '@snn/low';",
      'packages/high/src/a.ts': "import { makeA } from '@snn/middle';",
      'packages/high/test/a.test.ts': "import '@snn/low';",
    };
    expect(rules.checkAll(workspace(files))).toEqual([]);
  });

  test('an upward import fails, of types too and inside import()', () => {
    for (const text of ["import { a } from '@snn/high';", "import type { A } from '@snn/high';", "await import('@snn/high');"]) {
      expect(rules.checkImports(workspace({ 'packages/low/src/a.ts': text }))).toHaveLength(1);
    }
    expect(rules.checkImports(workspace({ 'packages/low/src/a.ts': "type A = import('@snn/high').A;" }))).toHaveLength(1);
  });

  test('an upward dependency in package.json fails', () => {
    const manifests = { low: manifest('low', { '@snn/high': '*' }), middle: manifest('middle'), high: manifest('high') };
    expect(rules.checkManifests(workspace({}, { manifests }))).toEqual([
      expect.stringContaining('packages/low/package.json depends on @snn/high'),
    ]);
  });

  test('a package without a row, and a row without a package, fail', () => {
    expect(rules.checkManifests(workspace({}, { layers: { low: [], middle: ['low'] } }))).toHaveLength(1);
    expect(rules.checkManifests(workspace({}, { layers: { low: [], middle: ['low'], high: ['middle'], gone: [] } }))).toHaveLength(1);
  });

  test('an allowed import that package.json does not declare fails', () => {
    expect(rules.checkImports(workspace({ 'packages/high/src/a.ts': "import { a } from '@snn/low';" }))).toHaveLength(1);
    expect(rules.checkImports(workspace({ 'packages/high/src/a.ts': "import a from 'left-pad';" }))).toHaveLength(1);
  });

  test('a dependency that nothing imports fails', () => {
    const { manifests } = workspace({});
    const files = { 'packages/middle/src/a.ts': "import type { A } from '@snn/low';" };
    expect(rules.checkUnusedDependencies(workspace(files, { manifests }))).toEqual([
      'packages/high/package.json depends on @snn/middle, but no source file imports it.',
    ]);
  });

  test("another package's internals fail, by name and by path, in tests too", () => {
    expect(rules.checkImports(workspace({ 'packages/high/test/a.test.ts': "import { a } from '@snn/low/src/a.ts';" }))).toHaveLength(1);
    expect(rules.checkImports(workspace({ 'packages/high/test/a.test.ts': "import { a } from '../../low/src/a.ts';" }))).toHaveLength(1);
  });
});

describe('published code', () => {
  test('node: modules only in files for Node', () => {
    const text = "import { readFile } from 'node:fs/promises';";
    expect(rules.checkNodeModules(workspace({ 'packages/low/src/a.ts': text }))).toHaveLength(1);
    for (const path of ['node.ts', 'node/a.ts', 'read.node.ts']) {
      expect(rules.checkNodeModules(workspace({ [`packages/low/src/${path}`]: text }))).toEqual([]);
    }
  });

  test('a package of functions imports functions and types only', () => {
    const problems = (text: string): string[] => rules.checkFunctionsOnly(workspace({ 'packages/middle/src/a.ts': text }));
    expect(problems("import { makeA, type A } from '@snn/low';")).toEqual([]);
    expect(problems("import type { A } from '@snn/low';")).toEqual([]);
    expect(problems("import { TABLE } from '@snn/low';")).toHaveLength(1);
    expect(problems("import * as low from '@snn/low';")).toHaveLength(1);
    expect(problems("export * from '@snn/low';")).toHaveLength(1);
  });

  test('no module state', () => {
    expect(rules.checkCopies(workspace({ 'packages/low/src/a.ts': 'let count = 0;\nconst a = 1;\ndeclare let b: number;' }))).toHaveLength(
      1,
    );
  });

  test('no instanceof of our own classes, but of those of the platform', () => {
    const problems = (text: string): string[] => rules.checkCopies(workspace({ 'packages/low/src/a.ts': text }));
    expect(problems('export const f = (x: unknown) => x instanceof Float32Array;')).toEqual([]);
    expect(problems("import { A } from './b.ts'; export const f = (x: unknown) => x instanceof A;")).toHaveLength(1);
    expect(problems('class A {} export const f = (x: unknown) => x instanceof A;')).toHaveLength(1);
  });
});

describe('cycles', () => {
  test('between files, through types too', () => {
    const files = {
      'packages/low/src/a.ts': "import type { B } from './b.ts';",
      'packages/low/src/b.ts': "import { c } from './deep/c.ts';",
      'packages/low/src/deep/c.ts': "export { a } from '../a.ts';",
    };
    expect(rules.checkCycles(workspace(files))).toHaveLength(1);
    expect(rules.checkCycles(workspace({ ...files, 'packages/low/src/deep/c.ts': '' }))).toEqual([]);
  });

  test('circles with a file in common are one problem, shown by the shortest', () => {
    const files = {
      'packages/low/src/a.ts': "import './b.ts';",
      'packages/low/src/b.ts': "import './c.ts'; import './d.ts';",
      'packages/low/src/c.ts': "import './a.ts';",
      'packages/low/src/d.ts': "import './b.ts';",
    };
    expect(rules.checkCycles(workspace(files))).toEqual([
      'Circular import: packages/low/src/b.ts -> packages/low/src/d.ts -> packages/low/src/b.ts. 4 are entangled in circles with these.',
    ]);
  });

  test('between packages', () => {
    const manifests = { low: manifest('low', { '@snn/high': '*' }), high: manifest('high', { '@snn/low': '*' }) };
    expect(rules.checkCycles(workspace({}, { manifests }))).toEqual(['Circular import: low -> high -> low.']);
  });
});
