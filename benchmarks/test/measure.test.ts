/** The harness with real processes, on a tiny case. */
import { execFileSync, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { CONTESTANTS, type Contestant } from '../src/contestants.ts';
import { FAST, measureCase } from '../src/measure.ts';
import { WORKLOADS } from '../src/workloads/index.ts';

const [layer] = WORKLOADS;
const size = layer.sizes.tiny[0];
const ours = CONTESTANTS.filter(({ id }) => id === 'snn (eager)');

test('ours is measured in a process of its own, mode by mode', async () => {
  const { rows, omissions } = await measureCase(layer, size, ours, 1, FAST, () => {});
  expect(omissions).toEqual([]);
  expect(rows.map(({ mode }) => mode)).toEqual(size.modes);
  for (const row of rows) {
    expect(row.runs).toBeGreaterThanOrEqual(FAST.rounds);
    expect(row.median).toBeGreaterThan(0);
    expect(row.min).toBeLessThanOrEqual(row.median);
    expect(row.peakMemory).toBeGreaterThan(1e7);
    expect(row.ran).toMatchObject({ backend: 'cpu', tier: 'plain' });
    expect(row.versions.node).toBe(process.versions.node);
  }
});

test('what cannot run is said with its reason', async () => {
  const missing: Contestant = { id: 'nobody', kind: 'library', variant: 'default', script: 'does_not_exist.py', workloads: ['W1'] };
  const unknown: Contestant = { id: 'unknown', kind: 'ours', variant: 'no such engine', workloads: ['W1'] };
  const { rows, omissions } = await measureCase(layer, size, [missing, unknown, ...ours], 2, FAST, () => {});
  expect(rows).toEqual([]);
  const reasonOf = (id: string) => omissions.filter(({ contestant }) => contestant === id).map(({ reason }) => reason);
  expect(reasonOf('nobody')).toHaveLength(1);
  expect(reasonOf('nobody')[0]).toMatch(/absent; to install|No such file/);
  expect(reasonOf('unknown')).toEqual(["there is no engine 'no such engine'"]);
  expect(reasonOf('snn (eager)')).toEqual(size.modes.map(() => expect.stringContaining('one thread')));
});

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));

test('an unknown option: a sentence and exit code 2; --help: the options', () => {
  const wrong = spawnSync(process.execPath, ['--conditions=@snn/source', main, '--quick'], { encoding: 'utf8' });
  expect(wrong.status).toBe(2);
  expect(wrong.stderr).toContain("There is no option '--quick'");
  expect(execFileSync(process.execPath, ['--conditions=@snn/source', main, '--help'], { encoding: 'utf8' })).toContain('--threads');
});
