// Reads the golden files of a folder.

import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type GoldenFile, type NamedFile, named, parseTolerances } from './file.ts';

/** All golden files of a folder, by name. */
export function readGolden(folder: string): readonly NamedFile[] {
  const readme = join(folder, 'README.md');
  const table = existsSync(readme) ? parseTolerances(readFileSync(readme, 'utf8')) : new Map<string, number>();
  return globSync('*.json', { cwd: folder })
    .toSorted()
    .map((name) => named(name, JSON.parse(readFileSync(join(folder, name), 'utf8')) as GoldenFile, table));
}
