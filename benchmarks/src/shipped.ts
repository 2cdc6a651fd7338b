/**
 * What a user has to load, and how long it takes until something runs: `node --conditions=@snn/source benchmarks/src/shipped.ts [--peers]`.
 *
 * - bytes: the code of the first layer of W5 as a bundle, compiled over time, minified, and gzip of it
 * - cold start: time from the start of a process to the end of its first step, of that bundle; with --peers also of the peers, which run in
 *   the harness: making inputs, checking and a second step are within their times (tens of milliseconds)
 * - parts: loading the bundle, making the backend, tracing, compiling, the first step and the second
 *
 * The bundle is made of the built packages, so build first (`pnpm build`). Writes results/shipped.json.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeFileAtomic } from '@snn/data/node';
import { bundle } from '../../tooling/size/bundle.ts';
import { CONTESTANTS, commandOf } from './contestants.ts';
import type { Shipped } from './extras.ts';
import { describe, machine } from './machine.ts';
import { short } from './report.ts';
import { type Summary, summarize } from './statistics.ts';
import { start } from './talk.ts';
import { WORKLOADS } from './workloads/index.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A program that compiles Linear(128, 128) and the common neuron, makes one step and then another, and prints what each part took. */
const FIRST_STEP = `
import { cpu } from '@snn/backend-cpu';
import { none, traceStep } from '@snn/compile';
import { linear, zeros } from '@snn/core';
import { LEAKY_DEFAULTS, leakyStep } from '@snn/neurons-lif';
const times = [performance.now()];
const b = await cpu({ threads: 1 });
times.push(performance.now());
const weight = b.fromData(new Float32Array(128 * 128).fill(0.01), [128, 128]);
const x = b.fromData(new Float32Array(128).fill(1), [1, 1, 128]);
const state = { v: zeros(b, [1, 128]) };
const step = (t, p, s, x) => leakyStep(t, { beta: 0.9, threshold: 1 }, s, linear(t, x, p.weight), LEAKY_DEFAULTS);
const traced = traceStep('first', step, { weight }, state, { shape: [1, 128], dtype: 'float32' });
times.push(performance.now());
const program = await b.compile(traced, 1, none());
times.push(performance.now());
for (let i = 0; i < 2; i++) {
  b.readSync(program.run([weight], [state.v], x).outputs);
  times.push(performance.now());
}
globalThis.process?.stdout.write(JSON.stringify(times));
`;

/** What the times of that program are of: each from the one before, the first from the start of the process. */
const PARTS = ['start and load', 'make the backend', 'trace', 'compile', 'first step', 'second step'] as const;

/** What else a program may take. */
const BUNDLES: Readonly<Record<string, string>> = {
  'one compiled layer (cpu, leaky)': FIRST_STEP,
  'and gradients': `${FIRST_STEP} export { valueAndGrad } from '@snn/autodiff';`,
  'everything of @snn/nn with the CPU backend': "export * from '@snn/nn'; export { cpu } from '@snn/backend-cpu';",
};

/** Milliseconds of starting the process until it has printed its result and ended, and what it printed. */
function timeProgram(file: string): { readonly took: number; readonly printed: string } {
  const started = performance.now();
  const printed = execFileSync(process.execPath, [file], { encoding: 'utf8' });
  return { took: performance.now() - started, printed };
}

/** Milliseconds until a peer has made its first steps of W5. */
async function timePeer(command: readonly string[], variant: string): Promise<number | string> {
  const workload = WORKLOADS.find(({ id }) => id === 'W5');
  const size = workload?.sizes.full[0];
  if (!size) return 'there is no W5';
  const started = performance.now();
  const partner = start(command, { workload: 'W5', size: { ...size, T: 1 }, threads: 1, variant });
  const ready = await partner.listen(120);
  const prepared = ready.type === 'ready' ? await partner.ask({ ask: 'prepare', mode: 'stream', evidence: true }, 120) : ready;
  const took = performance.now() - started;
  partner.stop();
  return prepared.type === 'prepared' ? took : 'reason' in prepared ? prepared.reason : 'gave an answer out of turn';
}

const words = process.argv.slice(2);
const unknown = words.find((word) => word !== '--peers');
if (unknown !== undefined) {
  console.error(`There is no option '${unknown}'; there is --peers.`);
  process.exit(2);
}
if (!existsSync(join(ROOT, 'packages', 'core', 'dist', 'index.js'))) {
  console.error('The packages are not built, and it is their built form that users load: run `pnpm build` first.');
  process.exit(2);
}

const where = machine();
const sizes: Record<string, { bytes: number; gzip: number }> = {};
for (const [name, code] of Object.entries(BUNDLES)) {
  const { bytes, gzip } = await bundle(code);
  sizes[name] = { bytes, gzip };
  console.log(`${name.padEnd(44)} ${String(bytes).padStart(7)} bytes minified, ${String(gzip).padStart(6)} gzip`);
}

const cold: Record<string, Summary | string> = {};
const parts: Record<string, Summary> = {};
const cache = join(ROOT, '.cache');
mkdirSync(cache, { recursive: true });
const file = join(cache, `first-step-${process.pid}.mjs`);
const nothing = join(cache, `nothing-${process.pid}.mjs`);
try {
  writeFileSync(file, (await bundle(FIRST_STEP)).code);
  writeFileSync(nothing, '');
  cold['node by itself'] = summarize(Array.from({ length: 10 }, () => timeProgram(nothing).took));
  const runs = Array.from({ length: 10 }, () => timeProgram(file));
  cold['snn, bundle'] = summarize(runs.map(({ took }) => took));
  const times = runs.map(({ printed }) => JSON.parse(printed) as number[]);
  for (const [i, part] of PARTS.entries()) parts[part] = summarize(times.map((one) => one[i] - (one[i - 1] ?? 0)));
} finally {
  for (const one of [file, nothing]) rmSync(one, { force: true });
}
if (words.includes('--peers')) {
  for (const contestant of CONTESTANTS.filter(
    ({ kind, compiles, workloads }) => kind !== 'ours' && kind !== 'plain' && !compiles && workloads.includes('W5'),
  )) {
    const command = commandOf(contestant);
    const times: number[] = [];
    // the very first start fills caches
    if (command !== null) await timePeer(command, contestant.variant);
    let reason = command === null ? 'absent' : '';
    for (let i = 0; command !== null && reason === '' && i < 3; i++) {
      const took = await timePeer(command, contestant.variant);
      if (typeof took === 'number') times.push(took);
      else reason = took;
    }
    cold[contestant.id] = reason === '' ? summarize(times) : reason;
  }
}
for (const [name, one] of Object.entries(cold))
  console.log(
    typeof one === 'string'
      ? `cold start, ${name}: not run: ${one}`
      : `cold start, ${name}: ${short(one.median)} ms (${short(one.min)} - ${short(one.max)}, ${one.runs} runs)`,
  );
for (const [name, { median }] of Object.entries(parts)) console.log(`${name}: ${short(median)} ms`);

const folder = fileURLToPath(new URL('../results', import.meta.url));
mkdirSync(folder, { recursive: true });
const shipped: Shipped = { machine: where, bytes: sizes, coldStart: cold, parts };
await writeFileAtomic(join(folder, 'shipped.json'), `${JSON.stringify(shipped, null, 1)}\n`);
console.log(describe(where));
