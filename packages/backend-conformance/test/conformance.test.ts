import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { plainCpu } from '@snn/backend-cpu';
import { describe, expect, test } from 'vitest';
import { conformance, conformanceReport, REPORT_HEAD, reference, reportRow } from '../src/index.ts';
import { forEachBackend } from './backends.ts';

forEachBackend((name, backend) => {
  describe(name, () => conformance({ test, describe, backend }));
});

describe('another seed', () => conformance({ test, describe, backend: plainCpu, seed: 20261122 }));

test('the suite runs under node:test', () => {
  const file = fileURLToPath(new URL('node-test.ts', import.meta.url));
  const { NODE_OPTIONS: _, NODE_TEST_CONTEXT: __, ...env } = process.env;
  const { status, stdout } = spawnSync(process.execPath, ['--conditions=@snn/source', '--test', '--test-reporter=tap', file], {
    encoding: 'utf8',
    env,
  });
  expect(status, stdout).toBe(0);
  expect(stdout).toMatch(/^# fail 0$/m);
  expect(Number(/^# pass (\d+)$/m.exec(stdout)?.[1])).toBeGreaterThan(2000);
});

test('a report lists what was skipped and the claim that it needs', async () => {
  const report = await conformanceReport(() => reference());
  expect(report.backend).toBe('reference-float64');
  expect(report.groups.flatMap(({ failed }) => failed)).toEqual([]);
  const skipped = report.groups.flatMap(({ skipped }) => skipped);
  expect(skipped).toContainEqual({ test: 'sum adds in ascending order', because: 'exactF32: true' });
  const total = report.groups.reduce((n, { run }) => n + run, 0);
  expect(reportRow(report).split(' | ')).toHaveLength(REPORT_HEAD.split('\n')[0].split(' | ').length);
  expect(reportRow(report)).toContain(`| ${total} | ${skipped.length} | 0 |`);
});

test('nothing but claims decides what is skipped on a backend that claims all', async () => {
  const { groups } = await conformanceReport(plainCpu);
  const because = new Set(groups.flatMap(({ skipped }) => skipped.map((s) => s.because)));
  for (const claim of because) expect(claim).toMatch(/^native\./);
});
