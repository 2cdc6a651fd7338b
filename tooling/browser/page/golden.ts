/// <reference types="vite/client" />
// All golden files, fetched as they lie in tooling/golden/vectors and checked as in Node.

import { cpu } from '@snn/backend-cpu';
import { type GoldenFile, named, parseTolerances } from '../../golden/file.ts';
import { checkFile, type FileReport, judge, onBackend, type Verdict } from '../../golden/golden.ts';

/** What became of the files: one check per file and path, as `pnpm golden` counts. */
export interface GoldenReport extends Omit<Verdict, 'problems'> {
  /** Failures in words. */
  readonly problems: readonly string[];
}

// the build finds the files and gives their addresses
const modules = import.meta.glob<string>('../../golden/vectors/*.json', { query: '?url', import: 'default', eager: true });
const [readme] = Object.values(
  import.meta.glob<string>('../../golden/vectors/README.md', { query: '?raw', import: 'default', eager: true }),
);

/** Check all files, step by step and compiled. */
export async function golden(): Promise<GoldenReport> {
  const table = parseTolerances(readme);
  // one for all: each has a memory and kernels of its own
  const single = onBackend(await cpu());
  const reports: FileReport[] = [];
  for (const [path, address] of Object.entries(modules)) {
    const name = path.slice(path.lastIndexOf('/') + 1);
    const file = named(name, (await (await fetch(address)).json()) as GoldenFile, table);
    reports.push(await checkFile(file, 'plain', single));
    // a file of functions has no steps that could be compiled
    if (!('kind' in file.content)) reports.push(await checkFile(file, 'compiled', single));
  }
  const { passed, failed, notBuilt } = judge(reports, new Set());
  const problems = reports.flatMap(({ name, problems: texts }) => texts.map((text) => `${name}: ${text}`));
  return { passed, failed, notBuilt, problems };
}
