// 200 training steps on MNIST on graphics devices and on the CPU backend, in Chromium; writes how far their losses part as a table to docs/browser.md.
// Run on sources: `pnpm browser:mnist`.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { describe, machine } from '../../benchmarks/src/machine.ts';
import type { Choice } from '../../examples/browser/src/choices.ts';
import { apart } from '../../packages/backend-gpu/test/training.ts';
import { root } from '../lib/workspace.ts';
import type { MnistReport } from './page/mnist.ts';
import { runOn } from './run-on.ts';
import { startSession } from './session.ts';

const DEVICES: readonly Choice[] = ['gpu-webgpu', 'gpu-webasm', 'gpu-webgl2'];

/** Longer than the slowest takes on a machine that is busy with other work. */
const PATIENCE_MS = 1_800_000;

const HEAD = `| backend | losses: first ten steps, last ten | largest difference of a loss | of a mean over ten steps | declared | ms per step |
|---|---|---|---|---|---|`;

const mean = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length;

/** Differences in shares of the CPU's loss. */
function rowOf({ backend, losses, relativeError, millisecondsPerStep }: MnistReport, want: readonly number[]): string {
  const single = Math.max(...losses.map((loss, i) => Math.abs(loss - want[i]) / want[i]));
  const cells = [
    `\`${backend}\``,
    `${mean(losses.slice(0, 10)).toFixed(4)}, ${mean(losses.slice(-10)).toFixed(4)}`,
    single.toExponential(1),
    apart(losses, want).toExponential(1),
    relativeError.toExponential(1),
    millisecondsPerStep.toFixed(0),
  ];
  return `| ${cells.join(' | ')} |`;
}

/** Write what is known so far. */
function publish(rows: readonly string[], where: string): void {
  const text = ['<!-- mnist -->', '', where, '', HEAD, ...rows, '', '<!-- /mnist -->'].join('\n');
  const file = join(root, 'docs', 'browser.md');
  const page = readFileSync(file, 'utf8');
  const marked = /<!-- mnist -->[\s\S]*?<!-- \/mnist -->/;
  if (!marked.test(page)) throw new Error('docs/browser.md lacks the marks <!-- mnist --> and <!-- /mnist -->.');
  writeFileSync(
    file,
    page.replace(marked, () => text),
  );
}

const session = await startSession(1);
try {
  const browser = await chromium.connect(session.addresses.chromium[0]);
  const run = (backend: Choice): Promise<MnistReport> =>
    runOn(browser, session.addresses, 'mnist 200', { environment: 'open', backend }, PATIENCE_MS);
  const where = `Measured on: ${describe({ ...machine(), pinned: false })}, Chromium ${browser.version()}, SwiftShader.`;
  console.log(HEAD);
  const want = await run('cpu');
  const rows = [rowOf(want, want.losses)];
  console.log(rows[0]);
  for (const device of DEVICES) {
    const report = await run(device);
    rows.push(rowOf(report, want.losses));
    publish(rows, where);
    console.log(rows[rows.length - 1], report.executedBy);
  }
} finally {
  await session.stop();
}
