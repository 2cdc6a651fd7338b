// Runs the conformance suite on the backends of this repository that run in Node, writes their reports to docs/conformance/, and writes
// the tables of all reports there and in docs/golden/, those of browsers included, into docs/backends.md. Run on sources: `pnpm --filter @snn/docs
// capabilities`; with `--table` nothing is run and the tables are made of the reports that are there.

import { execFileSync } from 'node:child_process';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type BackendFactory,
  type ConformanceReport,
  conformanceReport,
  REPORT_HEAD,
  reference,
  reportRow,
} from '@snn/backend-conformance';
import { cpu } from '@snn/backend-cpu';
import { gpu } from '@snn/backend-gpu';
import type { TensorMeta } from '@snn/core';
import { rounded } from 'snn-backend-rounded';
import { tfjsOn } from '../../packages/backend-tfjs/test/devices.ts';
import type { GoldenCounts } from '../../tooling/golden/report.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = join(root, 'docs', 'conformance');
const document = join(root, 'docs', 'backends.md');

async function writeReport<T extends TensorMeta>(make: BackendFactory<T>): Promise<void> {
  const report = await conformanceReport(make);
  writeFileSync(join(folder, `${report.backend}.json`), JSON.stringify(report, null, 2));
}

if (!process.argv.includes('--table')) {
  await writeReport(cpu);
  await writeReport(() => reference({ precision: 'float32' }));
  await writeReport(() => reference());
  await writeReport(() => gpu({ mode: 'cpu' }));
  await writeReport(() => gpu({ mode: 'webasm' }));
  await writeReport(() => tfjsOn('cpu'));
  await writeReport(() => tfjsOn('wasm'));
  await writeReport(rounded);
  execFileSync(join(root, 'node_modules', '.bin', 'biome'), ['format', '--write', folder]);
}

/** The JSON files of a folder of docs/, by name. */
const reportsIn = <X>(name: string): X[] => {
  const cwd = join(root, 'docs', name);
  return globSync('*.json', { cwd })
    .toSorted()
    .map((file) => JSON.parse(readFileSync(join(cwd, file), 'utf8')) as X);
};

/** `text` with other lines between the marks `<!-- name -->` and `<!-- /name -->`. */
function withTable(text: string, name: string, lines: readonly string[]): string {
  const marked = new RegExp(`(<!-- ${name} -->\\n)[\\s\\S]*?(<!-- /${name} -->)`);
  if (!marked.test(text)) throw new Error(`docs/backends.md lacks the marks <!-- ${name} --> and <!-- /${name} -->.`);
  return text.replace(marked, `$1\n${lines.join('\n')}\n$2`);
}

const table = [REPORT_HEAD, ...reportsIn<ConformanceReport>('conformance').map(reportRow)];
const golden = [
  '| backend | in | golden files | passed | failed | tolerances |',
  '|---|---|---|---|---|---|',
  ...reportsIn<GoldenCounts>('golden').map(({ backend, where, files, passed, failed, widened }) => {
    const tolerances = widened === 1 ? 'of float32' : `${widened} times those of float32, as its manifest declares`;
    return `| \`${backend}\` | ${where} | ${files} | ${passed} | ${failed} | ${tolerances} |`;
  }),
];
const text = readFileSync(document, 'utf8');
writeFileSync(document, withTable(withTable(text, 'capabilities', table), 'golden', golden));
console.log([...table, ...golden].join('\n'));
