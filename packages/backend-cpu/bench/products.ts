/**
 * Times the product kernels on one thread: milliseconds (the least of several runs) and the GFLOP/s that a dense product of that time would make.
 * Run it in this package: `node --conditions=@snn/source bench/products.ts [name]`; the name selects the cases that contain it.
 */
import { assemble } from '@snn/compile/wasm';
import { multiplyScratchBytes, multiplyTransposedScratchBytes, packedBytes, products } from '../src/wasm/kernels/index.ts';

const memory = new WebAssembly.Memory({ initial: 4096 });
const { exports } = new WebAssembly.Instance(new WebAssembly.Module(assemble(products(process.argv.includes('--fast')))), {
  env: { memory },
});
const run = (name: string, ...args: number[]): void => (exports[name] as (...args: number[]) => void)(...args);
const heap = new Float32Array(memory.buffer);
const only = process.argv[2] ?? '';

/** Least time of a call in milliseconds; short calls are timed by the thousand. */
function least(call: () => void): number {
  let best = Number.POSITIVE_INFINITY;
  let calls = 1;
  const until = performance.now() + 700;
  while (performance.now() < until) {
    const from = performance.now();
    for (let i = 0; i < calls; i++) call();
    const time = performance.now() - from;
    best = Math.min(best, time / calls);
    if (time < 0.2) {
      calls *= 2;
      best = Number.POSITIVE_INFINITY;
    }
  }
  return best;
}

/** Addresses of arrays of these sizes, one after the other. */
function place(...sizes: number[]): number[] {
  let next = 16;
  return sizes.map((size) => {
    const at = next;
    next += 4 * Math.ceil(size / 16) * 16;
    if (next > memory.buffer.byteLength) throw new Error('the memory is too small for this case');
    return at;
  });
}

function random(seed: number): () => number {
  let s = seed;
  return () => (s = (Math.imul(s, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}

/** Fill `count` numbers at `at`; the share `density` of them is not zero. */
function fill(at: number, count: number, density: number, spikes: boolean): void {
  const next = random(count);
  for (let i = 0; i < count; i++) heap[at / 4 + i] = next() < density ? (spikes ? 1 : next() * 2 - 1) : 0;
}

function report(name: string, macs: number, call: () => void): void {
  if (!name.includes(only)) return;
  const ms = least(call);
  const time = ms < 0.1 ? `${(ms * 1000).toFixed(2)} us` : `${ms.toFixed(2)} ms`;
  console.log(`${name.padEnd(64)} ${time.padStart(10)} ${((2 * macs) / ms / 1e6).toFixed(1).padStart(8)} GFLOP/s`);
}

const percent = (density: number, spikes: boolean): string =>
  density === 1 && !spikes ? 'dense' : `${density * 100} % ${spikes ? 'spikes' : 'values'}`;

function multiply(rows: number, k: number, n: number, density: number, spikes: boolean): void {
  const name = `multiply [${rows}, ${k}] x [${k}, ${n}], ${percent(density, spikes)}`;
  if (!name.includes(only)) return;
  const [x, w, out, scratch, packed, places] = place(rows * k, k * n, rows * n, multiplyScratchBytes(k) / 4, packedBytes(k, n) / 4, k);
  fill(x, rows * k, density, spikes);
  fill(w, k * n, 1, false);
  run('packMatrix', w, k, n, packed, places);
  report(name, rows * k * n, () => run('multiply', x, packed, out, 0, rows, k, n, scratch));
}

function multiplyTransposed(steps: number, rows: number, k: number, n: number, density: number, spikes: boolean, gDensity = 1): void {
  const name = `multiplyTransposed [${steps}, ${rows}, ${k}] x ${n}, ${percent(density, spikes)}${gDensity < 1 ? `, g ${gDensity * 100} %` : ''}`;
  if (!name.includes(only)) return;
  const [x, g, out, scratch] = place(steps * rows * k, steps * rows * n, k * n, multiplyTransposedScratchBytes(n) / 4);
  fill(x, steps * rows * k, density, spikes);
  fill(g, steps * rows * n, gDensity, false);
  report(name, steps * rows * k * n, () => run('multiplyTransposed', x, g, out, steps, rows, k, 0, k, n, scratch));
}

multiply(2000, 512, 512, 1, false);
for (const density of [0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6]) multiply(8000, 512, 512, density, true);
for (const density of [0.05, 0.2, 0.3, 0.4, 0.5, 0.6]) multiply(2000, 512, 512, density, false);
multiply(3200, 784, 128, 0.13, true);
multiply(3200, 784, 128, 1, false);
multiply(3200, 128, 10, 0.05, true);
multiply(3200, 128, 10, 1, false);
multiply(3200, 100, 100, 1, false);
multiply(3200, 100, 100, 0.05, true);
for (const [rows, k, n] of [
  [1, 128, 128],
  [1, 128, 10],
  [16, 256, 256],
  [64, 256, 256],
  [16, 128, 512],
  [64, 128, 512],
  [16, 100, 100],
  [64, 100, 20],
]) {
  multiply(rows, k, n, 0.05, true);
  multiply(rows, k, n, 1, false);
}
for (const density of [0.01, 0.02, 0.05, 0.1, 0.2, 0.3]) multiplyTransposed(500, 16, 512, 512, density, true);
multiplyTransposed(500, 16, 512, 512, 1, false);
for (const gDensity of [0.02, 0.1, 0.3]) multiplyTransposed(500, 16, 512, 512, 0.05, true, gDensity);
for (const gDensity of [0.02, 0.1, 0.3]) multiplyTransposed(500, 16, 512, 512, 1, false, gDensity);
multiplyTransposed(25, 128, 784, 128, 0.13, true);
multiplyTransposed(25, 128, 784, 128, 1, false);
multiplyTransposed(25, 128, 128, 10, 0.05, true);
multiplyTransposed(25, 128, 128, 10, 1, false);

if ('transpose'.includes(only) || only.startsWith('transpose')) {
  const [x, out] = place(8000 * 512, 8000 * 512);
  for (const [rows, k] of [
    [512, 512],
    [8000, 512],
    [784, 128],
  ])
    report(`transpose [${rows}, ${k}]`, 0, () => run('transpose', x, rows, k, out));
}
if ('addRows'.includes(only) || only.startsWith('addRows')) {
  const [x, out] = place(8000 * 512, 8000 * 512);
  report('addRows [500, 16, 512]', 0, () => run('addRows', x, out, 16, 512, 500, 0, 512));
  report('addRowsReversed [500, 16, 512]', 0, () => run('addRowsReversed', x, out, 500, 16, 512, 0, 512));
}
