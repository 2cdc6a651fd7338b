/**
 * How the cost of W1 grows with T, B, n and the density of the input: `node --conditions=@snn/source benchmarks/src/scaling.ts [--fast]`. Time
 * of the compiled engine, on one thread, should be a straight line over T, B and density, and over n^2; the fit says how straight it is. Writes
 * results/scaling*.{json,svg}.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeFileAtomic } from '@snn/data/node';
import { lineChart } from '@snn/viz';
import { CONTESTANTS } from './contestants.ts';
import type { Curve } from './extras.ts';
import { describe, isBusy, machine } from './machine.ts';
import { FAST, FULL, measureCase } from './measure.ts';
import { short } from './report.ts';
import { fitLine } from './statistics.ts';
import type { Mode, Size } from './workload.ts';
import { layerWorkload } from './workloads/w1-layer.ts';

const MODES: readonly Mode[] = ['forward', 'backward'];

/** What is varied, and what the time is expected to be proportional to. */
interface Sweep {
  readonly name: string;
  readonly values: readonly number[];
  readonly expected: string;
  readonly size: (value: number) => Pick<Size, 'T' | 'B' | 'n' | 'rate'>;
  readonly x: (value: number) => number;
}

const sweeps = (fast: boolean): readonly Sweep[] => {
  const T = fast ? 20 : 100;
  const B = fast ? 4 : 16;
  const n = fast ? 64 : 256;
  const base = { T, B, n, rate: 0.05 };
  return [
    { name: 'T', expected: 'T', values: [1, 2, 3, 4, 5].map((k) => k * T), x: (v) => v, size: (v) => ({ ...base, T: v }) },
    { name: 'B', expected: 'B', values: [1, 2, 3, 4].map((k) => k * B), x: (v) => v, size: (v) => ({ ...base, B: v }) },
    { name: 'n', expected: 'n^2', values: [1, 2, 3, 4].map((k) => k * (n / 2)), x: (v) => v ** 2, size: (v) => ({ ...base, n: v }) },
    { name: 'density', expected: 'density', values: [0.01, 0.05, 0.1, 0.2, 0.4], x: (v) => v, size: (v) => ({ ...base, rate: v }) },
  ];
};

async function measure(sweep: Sweep, fast: boolean): Promise<Curve[]> {
  const points: Record<string, (readonly [number, number])[]> = {};
  for (const value of sweep.values) {
    const { T, B, n, rate } = sweep.size(value);
    const size: Size = { name: `${T}x${B}x${n} r=${rate}`, T, B, n, rate, input: 'spikes', modes: MODES };
    const ours = CONTESTANTS.filter(({ kind }) => kind === 'ours').map((contestant) => ({ contestant, threads: 1 }));
    const { rows, omissions } = await measureCase(layerWorkload, size, ours, fast ? FAST : FULL, () => {});
    for (const { contestant, reason } of omissions) console.log(`not run: ${contestant}, ${size.name}: ${reason}`);
    for (const { mode, median } of rows) points[mode] = [...(points[mode] ?? []), [value, median] as const];
  }
  return MODES.filter((mode) => points[mode]?.length > 1).map((mode) => ({
    sweep: sweep.name,
    expected: sweep.expected,
    mode,
    points: points[mode],
    ...fitLine(points[mode].map(([value, ms]) => [sweep.x(value), ms] as const)),
  }));
}

const words = process.argv.slice(2);
const fast = words.includes('--fast');
const unknown = words.find((word) => word !== '--fast');
if (unknown !== undefined) {
  console.error(`There is no option '${unknown}'; there is --fast.`);
  process.exit(2);
}
const where = machine();
const folder = fileURLToPath(new URL('../results', import.meta.url));
mkdirSync(folder, { recursive: true });
const note = fast ? ' (sample, no measurement)' : isBusy(where) ? ' (busy machine)' : '';
const curves: Curve[] = [];
for (const sweep of sweeps(fast)) {
  const found = await measure(sweep, fast);
  curves.push(...found);
  for (const { mode, slope, intercept, r2, points } of found)
    console.log(
      `${sweep.name.padEnd(8)} ${mode.padEnd(9)} ms = ${short(intercept)} + ${slope.toPrecision(3)} ${sweep.expected}   r2 ${r2.toFixed(4)}   ${points.map(([value, ms]) => `${value}: ${short(ms)}`).join(', ')}`,
    );
  const chart = lineChart({
    title: `W1, time over ${sweep.name}${note}`,
    x: sweep.name,
    y: 'ms',
    series: found.map(({ mode, points }) => ({ name: mode, points })),
  });
  await writeFileAtomic(join(folder, `scaling${fast ? '-fast' : ''}-${sweep.name}.svg`), `${chart}\n`);
}
await writeFileAtomic(join(folder, `scaling${fast ? '-fast' : ''}.json`), `${JSON.stringify({ machine: where, fast, curves }, null, 1)}\n`);
console.log(`${describe(where)}${note}`);
