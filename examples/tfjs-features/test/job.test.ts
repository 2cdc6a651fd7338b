import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

test('a spiking head learns from the features of a tf.LayersModel', () => {
  const main = join(import.meta.dirname, '../src/main.ts');
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--conditions=@snn/source', main], { encoding: 'utf8' });
  expect(status, stderr).toBe(0);
  expect(stdout).toContain('Ran on operations of tfjs-wasm, scheduled');
  const [, before, after] = /accuracy: ([\d.]+) % before, ([\d.]+) % after/.exec(stdout) ?? [];
  expect(Number(before)).toBeLessThan(30);
  expect(Number(after)).toBeGreaterThan(80);
}, 120_000);
