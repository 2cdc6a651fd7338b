// Runs the conformance suite on the backends of this repository that run in Node, writes their reports to docs/conformance/, and writes
// the table of all reports there, those of browsers included, into docs/backends.md. Run on sources: `pnpm --filter @snn/docs capabilities`.

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

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = join(root, 'docs', 'conformance');
const document = join(root, 'docs', 'backends.md');

async function writeReport<T extends TensorMeta>(make: BackendFactory<T>): Promise<void> {
  const report = await conformanceReport(make);
  writeFileSync(join(folder, `${report.backend}.json`), JSON.stringify(report, null, 2));
}

await writeReport(cpu);
await writeReport(() => reference({ precision: 'float32' }));
await writeReport(() => reference());
await writeReport(() => gpu({ mode: 'cpu' }));
await writeReport(() => gpu({ mode: 'webasm' }));
await writeReport(() => tfjsOn('cpu'));
await writeReport(() => tfjsOn('wasm'));
await writeReport(rounded);
execFileSync(join(root, 'node_modules', '.bin', 'biome'), ['format', '--write', folder]);

const reports = globSync('*.json', { cwd: folder })
  .toSorted()
  .map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as ConformanceReport);
const table = [REPORT_HEAD, ...reports.map(reportRow)].join('\n');
const text = readFileSync(document, 'utf8');
const marked = /(<!-- capabilities -->\n)[\s\S]*?(<!-- \/capabilities -->)/;
if (!marked.test(text)) throw new Error('docs/backends.md lacks the marks <!-- capabilities --> and <!-- /capabilities -->.');
writeFileSync(document, text.replace(marked, `$1\n${table}\n$2`));
console.log(table);
