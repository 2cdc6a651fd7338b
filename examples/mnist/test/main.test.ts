import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSafetensors } from '@snn/nn';
import { afterEach, beforeEach, expect, test } from 'vitest';

const main = join(import.meta.dirname, '../src/main.ts');
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'snn-mnist-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Run the job to its end; `watch` sees all that was printed so far, whenever something is. */
function start(words: readonly string[], watch: (stdout: string, child: ChildProcess, stderr: string) => void = () => {}): Promise<Ended> {
  const child = spawn(process.execPath, ['--conditions=@snn/source', main, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (data) => {
    stdout += data;
    watch(stdout, child, stderr);
  });
  child.stderr.on('data', (data) => {
    stderr += data;
    watch(stdout, child, stderr);
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}

const FILES = ['log.jsonl', 'report.html', 'weights.safetensors'];
const small = (out: string): string[] => ['--subset', '500', '--hidden', '24', '--steps', '6', '--batch', '20', '--out', join(folder, out)];
const read = (out: string, name: string): Buffer => readFileSync(join(folder, out, name));
const eventsOf = (out: string): Record<string, unknown>[] =>
  read(out, 'log.jsonl')
    .toString()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

test('a short run learns, and writes weights, a log and a report that need nothing else', async () => {
  const { code, stdout, stderr } = await start(small('a'));
  expect(stderr).toBe('');
  expect(code).toBe(0);
  expect(readdirSync(join(folder, 'a')).sort()).toEqual(FILES);
  for (const word of ['Accuracy', 'Spikes', 'Synaptic operations', 'dense multiply-adds', 'Time', join(folder, 'a')])
    expect(stdout).toContain(word);

  const losses = eventsOf('a')
    .filter((event) => event.event === 'step')
    .map((event) => event.loss as number);
  expect(losses.length).toBe(25);
  const mean = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length;
  expect(mean(losses.slice(-5))).toBeLessThan(mean(losses.slice(0, 5)));
  expect(eventsOf('a').map((event) => event.event)).toEqual(expect.arrayContaining(['start', 'epoch', 'end', 'test']));

  const { tensors } = readSafetensors(read('a', 'weights.safetensors'));
  expect([...tensors].map(([name, { shape }]) => [name, ...shape])).toEqual([
    ['layers[0].weight', 784, 24],
    ['layers[0].bias', 24],
    ['layers[2].weight', 24, 10],
    ['layers[2].bias', 10],
  ]);

  const html = read('a', 'report.html').toString();
  for (const word of [
    'Training loss',
    'Training accuracy',
    'Confusion matrix',
    'Spikes of the hidden neurons',
    'Membranes',
    'Configuration',
    'cpu',
  ])
    expect(html).toContain(word);
  expect(html.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:|<script|<link|<img|src=|href=|url\(|@import/);
  expect(html).not.toMatch(/NaN|undefined|Infinity/);
}, 20_000);

test('one seed gives one set of weights, another seed another', async () => {
  const words = (out: string, seed: string): string[] => [...small(out), '--subset', '60', '--seed', seed];
  await Promise.all([start(words('a', '5')), start(words('b', '5')), start(words('c', '6'))]);
  expect(read('a', 'weights.safetensors').equals(read('b', 'weights.safetensors'))).toBe(true);
  expect(read('a', 'weights.safetensors').equals(read('c', 'weights.safetensors'))).toBe(false);
}, 20_000);

test('a wrong option is a sentence and exit code 2, and overwrites nothing', async () => {
  const file = join(folder, 'weights.safetensors');
  writeFileSync(file, 'precious');
  const { code, stdout, stderr } = await start(['--out', folder, '--epoch', '1']);
  expect(code).toBe(2);
  expect(stdout).toBe('');
  expect(stderr).toBe("There is no option '--epoch'; --help lists those that there are.\n");
  expect(readFileSync(file, 'utf8')).toBe('precious');
  expect(readdirSync(folder)).toEqual(['weights.safetensors']);
});

test('--help says what there is', async () => {
  const { code, stdout } = await start(['--help']);
  expect(code).toBe(0);
  expect(stdout).toContain('npm start -- [options]');
});

test('a folder that cannot be made is a sentence and exit code 1', async () => {
  writeFileSync(join(folder, 'file'), '');
  const { code, stderr } = await start([...small('file/inside'), '--subset', '20']);
  expect(code).toBe(1);
  expect(stderr).toContain(join(folder, 'file'));
  expect(stderr).not.toContain('    at ');
}, 20_000);

test('Ctrl-C keeps what was learnt', async () => {
  let sent = false;
  const { code, stdout, stderr } = await start(
    ['--epochs', '50', '--hidden', '24', '--steps', '4', '--out', join(folder, 'a')],
    (out, child) => {
      if (sent || !out.includes('step 1/')) return;
      sent = true;
      child.kill('SIGINT');
    },
  );
  expect(code).toBe(130);
  expect(stderr).toContain('finishing the current batch');
  expect(stdout).toContain('testing briefly, on 1000 images');
  expect(stdout).toMatch(/Interrupted after \d+ training steps; what was learnt by then is kept there\./);
  expect(readdirSync(join(folder, 'a')).sort()).toEqual(FILES);
  const steps = eventsOf('a').filter((event) => event.event === 'step').length;
  const { metadata, tensors } = readSafetensors(read('a', 'weights.safetensors'));
  expect(steps).toBeGreaterThan(0);
  expect(metadata.get('steps')).toBe(String(steps));
  expect(tensors.size).toBe(4);
  expect(read('a', 'report.html').toString()).toContain('interrupted');
}, 20_000);

test('a second Ctrl-C quits at once and writes nothing', async () => {
  let sent = 0;
  const words = ['--epochs', '50', '--hidden', '128', '--steps', '40', '--out', join(folder, 'a')];
  const { signal, stdout } = await start(words, (out, child, err) => {
    if (sent === 0 && out.includes('step 1/')) {
      sent = 1;
      child.kill('SIGINT');
    } else if (sent === 1 && err.includes('Interrupted')) {
      sent = 2;
      // later than what came in the same moment, which is the other way to quit
      setTimeout(() => child.kill('SIGINT'), 100);
    }
  });
  expect(sent).toBe(2);
  expect(signal).toBe('SIGINT');
  expect(stdout).not.toContain('Accuracy ');
  expect(existsSync(join(folder, 'a'))).toBe(false);
}, 20_000);
