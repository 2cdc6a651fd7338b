// What became of the golden files on a backend, as JSON: the table in docs/backends.md is made of these.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** One run. */
export interface GoldenCounts {
  readonly backend: string;
  readonly where: 'Node' | 'Chromium';
  readonly files: 'all' | 'the first of each model';
  /** Checks: files, times two for those that are checked step by step and compiled. */
  readonly passed: number;
  readonly failed: number;
  /** How many times the tolerances were widened, as the manifest declares. */
  readonly widened: number;
}

/** Write `<folder>/<backend>.json`. */
export function writeReport(folder: string, counts: GoldenCounts): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${counts.backend}.json`), `${JSON.stringify(counts, null, 2)}\n`);
}
