/**
 * What 128-bit SIMD of WebAssembly can do on this machine, on one thread: `node --conditions=@snn/source benchmarks/src/peaks.ts`. Two loops of a
 * few instructions: multiply and add with operands in the first cache, and the triad a = b + s c over arrays of several sizes. Rooflines are shares
 * of these. Writes results/peaks.json. Pinned to the first core where the system can, as the workloads are.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeFileAtomic } from '@snn/data/node';
import type { Peaks } from './extras.ts';
import { describe, machine } from './machine.ts';
import { short } from './report.ts';
import { canPin } from './talk.ts';
import { moduleOf, multiplyAdd, TRIAD_STEP, triad } from './wasm-loops.ts';

/** Independent sums: enough to hide the latency of an addition, few enough for registers. */
const SUMS = 12;
const PAGE = 65536;
const KIB = 1024;
/** In the first cache, the second, the last, and in memory. */
const ARRAYS = [8 * KIB, 64 * KIB, 512 * KIB, 4 * KIB * KIB, 128 * KIB * KIB];

/** Best of several runs of a function that returns seconds per unit of work: what the machine can do, not what it usually does. */
const best = (run: () => number): number => Math.min(...Array.from({ length: 9 }, run));

function seconds(work: () => void): number {
  const started = performance.now();
  work();
  return (performance.now() - started) / 1000;
}

function measure(): Omit<Peaks, 'machine'> {
  const memory = new WebAssembly.Memory({ initial: (3 * ARRAYS[ARRAYS.length - 1]) / PAGE + 1 });
  const module = new WebAssembly.Module(moduleOf([multiplyAdd(SUMS), triad()]));
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const [compute, stream] = [exports.f0, exports.f1] as ((a: number, b: number, c: number, bytes: number) => void)[];
  const turns = 2e7;
  // engines compile a hot loop anew: let that happen first
  for (let i = 0; i < 3; i++) compute(turns, 16, 0, 0);
  const gflops = (turns * SUMS * 8) / best(() => seconds(() => compute(turns, 16, 0, 0))) / 1e9;
  const bandwidth = ARRAYS.map((bytes) => {
    const repeat = Math.max(1, Math.round((64 * KIB * KIB) / bytes));
    const run = (): void => {
      for (let i = 0; i < repeat; i++) stream(16, 16 + bytes, 16 + 2 * bytes, bytes);
    };
    run();
    return { bytes, gbytes: (3 * bytes * repeat) / best(() => seconds(run)) / 1e9 };
  });
  return { gflops, triad: bandwidth };
}

if (ARRAYS.some((bytes) => bytes % TRIAD_STEP !== 0)) throw new Error('the triad takes whole steps only');
if (canPin() && process.env.SNN_PINNED === undefined) {
  const words = ['-c', '0', process.execPath, '--conditions=@snn/source', fileURLToPath(import.meta.url)];
  process.exit(spawnSync('/usr/bin/taskset', words, { stdio: 'inherit', env: { ...process.env, SNN_PINNED: '1' } }).status ?? 1);
}
const where = machine();
const peaks: Peaks = { machine: where, ...measure() };
console.log(`f32x4 multiply and add: ${short(peaks.gflops)} GFLOP/s`);
for (const { bytes, gbytes } of peaks.triad) console.log(`triad, three arrays of ${bytes / KIB} KiB: ${short(gbytes)} GB/s`);
console.log(describe(where));
const folder = fileURLToPath(new URL('../results', import.meta.url));
mkdirSync(folder, { recursive: true });
await writeFileAtomic(join(folder, 'peaks.json'), `${JSON.stringify(peaks, null, 1)}\n`);
