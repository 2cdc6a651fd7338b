import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { cpu, plainCpu } from '@snn/backend-cpu';
import { describe, expect, test } from 'vitest';
import { conformance, conformanceReport, REPORT_HEAD, reference, reportRow } from '../src/index.ts';
import { forEachBackend } from './backends.ts';
import { inexact } from './inexact.ts';

forEachBackend((name, backend) => {
  describe(name, () => conformance({ test, describe, backend }));
});

describe('cpu(), with its compiled tier', () => conformance({ test, describe, backend: cpu, seed: 1 }));
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
  const { groups } = await conformanceReport(cpu);
  const because = new Set(groups.flatMap(({ skipped }) => skipped.map((s) => s.because)));
  for (const claim of because) expect(claim).toMatch(/^native\./);
});

describe('a sound backend that claims little passes', () => conformance({ test, describe, backend: () => inexact() }));

test('and fails when its operations err by more than it claims', async () => {
  const { groups } = await conformanceReport(() => inexact(1e-5));
  const failed = groups.flatMap((group) => group.failed.map(({ test }) => `${group.name} > ${test}`));
  for (const op of ['add', 'sub', 'mul', 'div', 'exp', 'log', 'sqrt']) expect(failed).toContain(`elementwise > ${op} of random values`);
  expect(failed).toContain('matmul > matmul of small matrices');
});
