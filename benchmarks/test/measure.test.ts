/** The harness with real processes, on a tiny case. */
import { execFileSync, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test, vi } from 'vitest';
import { CONTESTANTS, type Contestant } from '../src/contestants.ts';
import { type Entry, FAST, measureCase, measureMemory } from '../src/measure.ts';
import type { Size } from '../src/workload.ts';
import { WORKLOADS } from '../src/workloads/index.ts';

// processes start slowly on a busy machine
vi.setConfig({ testTimeout: 120_000 });

const [layer] = WORKLOADS;
const size = layer.sizes.tiny[0];
const entry = (contestant: Contestant, threads = 1): Entry => ({ contestant, threads });
const ours = CONTESTANTS.filter(({ kind }) => kind === 'ours' || kind === 'plain').map((contestant) => entry(contestant));

test('both of ours are measured in processes of their own, mode by mode, and agree', async () => {
  const { rows, omissions } = await measureCase(layer, size, ours, FAST, () => {});
  expect(omissions).toEqual([]);
  for (const [id, tier, executor, agreement] of [
    ['snn (compiled)', 'wasm', 'WebAssembly SIMD, one thread', 'reference'],
    ['snn (eager)', 'plain', 'step by step, operation by operation', 'equal'],
  ]) {
    const own = rows.filter(({ contestant }) => contestant === id);
    expect(own.map(({ mode }) => mode)).toEqual(size.modes);
    for (const row of own) expect(row).toMatchObject({ agreement, ran: { backend: 'cpu', tier, executor } });
  }
  for (const row of rows) {
    expect(row.runs).toBeGreaterThanOrEqual(FAST.rounds);
    expect(row.median).toBeGreaterThan(0);
    expect(row.min).toBeLessThanOrEqual(row.median);
    expect(row.peakMemory).toBeGreaterThan(1e7);
    expect(row.versions.node).toBe(process.versions.node);
  }
});

test('what cannot run is said with its reason', async () => {
  const missing: Contestant = { id: 'nobody', kind: 'library', variant: 'default', script: 'does_not_exist.py', workloads: ['W1'] };
  const unknown: Contestant = { id: 'unknown', kind: 'ours', variant: 'no such engine', workloads: ['W1'] };
  const spared: Contestant = { ...CONTESTANTS[0], id: 'spared', spared: { cases: /^W1 12x2x6/, reason: 'too slow' } };
  // one mode: each takes its time on a busy machine
  const brief: Size = { ...size, modes: ['forward'] };
  const field = [entry(missing), entry(unknown), entry(spared), ...ours.map(({ contestant }) => entry(contestant, 2))];
  const { rows, omissions } = await measureCase(layer, brief, field, FAST, () => {});
  // the compiled engine has two threads; that the case is too small for two is said
  const executors = [...new Set(rows.map(({ ran }) => ran.executor))];
  expect(executors.length).toBeGreaterThan(0);
  for (const executor of executors) expect(executor).toMatch(/^WebAssembly SIMD, (2 threads|one thread \()/);
  const reasonOf = (id: string) => omissions.filter(({ contestant }) => contestant === id).map(({ reason }) => reason);
  expect(reasonOf('nobody')).toHaveLength(1);
  expect(reasonOf('nobody')[0]).toMatch(/absent; to install|No such file/);
  expect(reasonOf('unknown')).toEqual(["there is no engine 'no such engine'"]);
  expect(reasonOf('spared')).toEqual(['too slow']);
  expect(reasonOf('snn (eager)')).toEqual([expect.stringContaining('one thread')]);
});

test('memory is that of a fresh process', async () => {
  const [found] = await measureMemory(layer, size, 'backward', ours.slice(0, 1));
  expect(found).toMatchObject({ contestant: 'snn (compiled)', mode: 'backward', threads: 1 });
  expect(found.bare).toBeGreaterThan(1e7);
  expect(found.peak).toBeGreaterThan(found.bare);
});

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));

test('an unknown option: a sentence and exit code 2; --help: the options', () => {
  const wrong = spawnSync(process.execPath, ['--conditions=@snn/source', main, '--quick'], { encoding: 'utf8' });
  expect(wrong.status).toBe(2);
  expect(wrong.stderr).toContain("There is no option '--quick'");
  expect(execFileSync(process.execPath, ['--conditions=@snn/source', main, '--help'], { encoding: 'utf8' })).toContain('--threads');
});
