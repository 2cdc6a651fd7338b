// Runs the conformance suite and golden files in Chromium on the backends that need a browser, and writes their reports to docs/conformance/ and
// docs/golden/, from where the tables in docs/backends.md are made. Run on sources: `pnpm --filter @snn/tooling browser-reports [backend ...]`.

import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { reportRow } from '@snn/backend-conformance';
import { chromium } from 'playwright-core';
import type { Choice } from '../../examples/browser/src/choices.ts';
import { writeReport } from '../golden/report.ts';
import { root } from '../lib/workspace.ts';
import { runOn } from './run-on.ts';
import { startSession } from './session.ts';

/** Those that do not run in Node. */
const IN_BROWSERS_ONLY: readonly Choice[] = ['tfjs-webgl', 'gpu-webgpu', 'gpu-webgl2', 'gpu-webgl'];

const folder = join(root, 'docs', 'conformance');
const asked = process.argv.slice(2) as Choice[];
const session = await startSession(1);
try {
  const browser = await chromium.connect(session.addresses.chromium[0]);
  for (const backend of asked.length > 0 ? asked : IN_BROWSERS_ONLY) {
    const report = await runOn(browser, session.addresses, 'conformance', { environment: 'isolated', backend });
    const file = join(folder, `${report.backend}.json`);
    writeFileSync(file, JSON.stringify(report, null, 2));
    execFileSync(join(root, 'node_modules', '.bin', 'biome'), ['format', '--write', file]);
    console.log(reportRow(report));
    for (const { name, failed } of report.groups)
      for (const { test, message } of failed) console.log(`  ${name} > ${test}: ${message.slice(0, 300)}`);
    const { passed, failed, widened, problems } = await runOn(browser, session.addresses, 'golden of models', {
      environment: 'isolated',
      backend,
    });
    writeReport(join(root, 'docs', 'golden'), { backend, where: 'Chromium', files: 'the first of each model', passed, failed, widened });
    console.log(`golden files: ${passed} passed, ${failed} failed`);
    for (const problem of problems) console.log(`  ${problem}`);
  }
} finally {
  await session.stop();
}
