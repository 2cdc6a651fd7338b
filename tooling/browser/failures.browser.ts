// Graphics devices that break, are missing or are too small: errors have types, `auto` goes on elsewhere and says so, and nothing hangs.

import { describe, expect, test } from 'vitest';
import type { Refusal } from './page/failures.ts';
import { runInBrowser } from './run-job.ts';

/** Far below the patience that a device has that no longer answers: a loss is heard of at once. */
const SOON_MS = 30_000;

function expectLost(refusal: Refusal, mode: string): void {
  expect(refusal.failure).toBe('lost');
  expect(refusal.message).toMatch(new RegExp(`^${mode}: the device was lost`));
  expect(refusal.milliseconds).toBeLessThan(SOON_MS);
}

describe.for([
  ['webgpu', 'page'],
  ['webgl2', 'worker'],
  ['webgl', 'page'],
] as const)('%s', ([mode, thread]) => {
  test(`is lost, in a ${thread}`, async () => {
    const report = await runInBrowser('device loss', { environment: 'isolated', thread, backend: `gpu-${mode}` });
    expectLost(report.waiting, mode);
    expectLost(report.afterwards, mode);
    expectLost(report.operation, mode);
    expect(report.again).toEqual([2, 4, 6]);
    const { began, fallbackReason, losses } = report.continued;
    expect(began).toEqual([...(mode === 'webgpu' ? ['webgpu'] : []), 'webgl2', 'webgl', 'webasm']);
    expect(report.continued.mode).toBe('webasm');
    for (const each of began.slice(0, -1)) expect(fallbackReason).toContain(`${each}: the device was lost`);
    if (mode !== 'webgpu') expect(fallbackReason).toContain('webgpu: this environment has none');
    expect(losses).toHaveLength(10);
    expect(losses[9]).toBeLessThan(losses[0]);
  });

  test('refuses what is too large, and packs what has too many operands', async () => {
    const report = await runInBrowser('limits', { environment: 'isolated', thread, backend: `gpu-${mode}` });
    expect(report.tensor).toMatchObject({ failure: 'limit', limit: 2 ** 24, request: 2 ** 25 });
    expect(report.tensor.message).toContain('use smaller batches, or fewer steps at a time');
    expect(report.asked).toBeGreaterThan(report.operands);
    expect(report.difference).toBeLessThan(2 ** -20);
    expect(report.joined).toBe((99 * 100) / 2);
    expect(report.continued).toMatchObject({ mode: 'webasm', began: ['webgl2', 'webgl', 'webasm'], sum: 5000 });
    expect(report.continued.fallbackReason).toMatch(/webgl2 allows 4096 in one tensor.*webgl allows 4096 in one tensor/);
  });
});

test.for([
  ['missing webgpu', 'webgl2', /^webgpu: this environment has none; use another mode, or `auto`\.$/],
  ['missing adapter', 'webgl2', /^webgpu: no device: /],
  ['missing graphics', 'webasm', /^webgl2: /],
] as const)('%s', async ([job, mode, message]) => {
  const { named, auto } = await runInBrowser(job, { environment: 'isolated' });
  expect(named.failure).toBe('missing');
  expect(named.message).toMatch(message);
  expect(auto.mode).toBe(mode);
  expect(auto.fallbackReason).toContain(named.message);
});
