/// <reference types="vite/client" />
// Golden files, fetched as they lie in tooling/golden/vectors and checked on a backend as `pnpm golden --backend` does in Node.

import type { TensorMeta } from '@snn/core';
import type { Make } from '../../../examples/browser/src/backends.ts';
import { type GoldenFile, named, parseTolerances } from '../../golden/file.ts';
import { checkFile, type FileReport, judge, onBackend, type Verdict } from '../../golden/golden.ts';
import { chosen, type Part } from '../../golden/part.ts';

/** What became of the files: one check per file and path, as `pnpm golden` counts. */
export interface GoldenReport extends Omit<Verdict, 'problems'> {
  /** How many times the tolerances were widened, since the backend's manifest declares as much. */
  readonly widened: number;
  /** Tensors that were left on the backend; null where it does not count them. */
  readonly left: number | null;
  /** Failures in words. */
  readonly problems: readonly string[];
}

// the build finds the files and gives their addresses
const modules = import.meta.glob<string>('../../golden/vectors/*.json', { query: '?url', import: 'default', eager: true });
const [readme] = Object.values(
  import.meta.glob<string>('../../golden/vectors/README.md', { query: '?raw', import: 'default', eager: true }),
);

/**
 * Check golden files, step by step and compiled.
 *
 * @param part which files: all, or the first one of each kind.
 */
export async function golden(make: Make, part: Part): Promise<GoldenReport> {
  const table = parseTolerances(readme);
  // one for all: each has a memory and kernels of its own
  const b = await make();
  const before = b.memory?.().tensors;
  const single = onBackend<TensorMeta>(b);
  const reports: FileReport[] = [];
  const wanted = chosen(part);
  for (const [path, address] of Object.entries(modules)) {
    const name = path.slice(path.lastIndexOf('/') + 1);
    const file = named(name, (await (await fetch(address)).json()) as GoldenFile, table);
    if (!wanted(file.content.model)) continue;
    reports.push(await checkFile(file, 'plain', single));
    // a file of functions has no steps that could be compiled
    if (!('kind' in file.content)) reports.push(await checkFile(file, 'compiled', single));
  }
  const { passed, failed, notBuilt } = judge(reports, new Set());
  const problems = reports.flatMap(({ name, problems: texts }) => texts.map((text) => `${name}: ${text}`));
  const after = b.memory?.().tensors;
  return {
    passed,
    failed,
    notBuilt,
    widened: single.widened,
    left: before === undefined || after === undefined ? null : after - before,
    problems,
  };
}
