/** Results as files for people: the report, the chart, and the table in the README. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeFileAtomic } from '@snn/data/node';
import { loadExtras } from './extras.ts';
import { extrasSections } from './extras-report.ts';
import { load, type Results } from './record.ts';
import { chart, markdown } from './report.ts';
import { insert, readmeSection } from './table.ts';

/** Where results are. */
export const FOLDER: string = fileURLToPath(new URL('../results', import.meta.url));

/** The README of the repository. */
export const README: string = fileURLToPath(new URL('../../README.md', import.meta.url));

/** Write the report and the chart of results, beside their JSON file. */
export async function write(name: string, results: Results): Promise<void> {
  const extras = name === 'bench' ? extrasSections(loadExtras(FOLDER), results) : [];
  await writeFileAtomic(join(FOLDER, `${name}.md`), `${markdown(results, extras).trimEnd()}\n`);
  await writeFileAtomic(join(FOLDER, `${name}.svg`), `${chart(results)}\n`);
}

/** The README with the table that the committed results give. */
export function readmeOfResults(): string {
  return insert(readFileSync(README, 'utf8'), readmeSection(load(join(FOLDER, 'bench.json'), false), loadExtras(FOLDER)));
}

/** Write everything that follows from the committed results. Returns what was written. */
export async function publish(): Promise<readonly string[]> {
  const results = load(join(FOLDER, 'bench.json'), false);
  if (results.cases.length > 0) await write('bench', results);
  await writeFileAtomic(README, readmeOfResults());
  return [...(results.cases.length > 0 ? ['benchmarks/results/bench.md and .svg'] : []), 'the table in README.md'];
}
