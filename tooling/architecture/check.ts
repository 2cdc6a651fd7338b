// Reads the repository and applies the rules of the architecture to it. Run on sources: `pnpm architecture`.

import { globSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { readPackages, report, root } from '../lib/workspace.ts';
import { readSource } from './imports.ts';
import { FUNCTIONS_ONLY, LAYERS } from './layers.ts';
import { checkAll } from './rules.ts';

const manifests = Object.fromEntries(readPackages().map(({ id, manifest }) => [id, manifest]));
const files = globSync(['packages/*/{src,test}/**/*.ts', 'examples/*/{src,test}/**/*.ts', 'benchmarks/{src,test}/**/*.ts'], { cwd: root })
  .map((path) => path.split(sep).join('/'))
  .toSorted()
  .map((path) => readSource(path, readFileSync(join(root, path), 'utf8')));

/** The exports of each package that a package of functions imports, by loading it. */
const modules = new Map<string, Record<string, unknown>>();
for (const { path, imports } of files) {
  if (!FUNCTIONS_ONLY.some((id) => path.startsWith(`packages/${id}/src/`))) continue;
  for (const { from, runtimeNames } of imports) {
    if (from.startsWith('@snn/') && runtimeNames.length > 0 && !modules.has(from)) modules.set(from, await import(from));
  }
}
const isFunction = (from: string, name: string): boolean => {
  const value = modules.get(from)?.[name];
  return typeof value === 'function' && !value.toString().startsWith('class');
};

report(`architecture of ${files.length} files`, checkAll({ layers: LAYERS, functionsOnly: FUNCTIONS_ONLY, manifests, files, isFunction }));
