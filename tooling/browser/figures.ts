// Times of all backends and modes, in Node and in Chromium, beside loops in operations of tfjs; writes them as a table to docs/backends.md. Each has a
// process or a page of its own, one after another, with one thread. Run on sources: `pnpm browser:figures`; about five minutes on two idle cores.

import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { cpu } from '@snn/backend-cpu';
import { gpu } from '@snn/backend-gpu';
import { chromium } from 'playwright-core';
import { eagerEngine } from '../../benchmarks/src/engines/eager.ts';
import { describe, isBusy, machine } from '../../benchmarks/src/machine.ts';
import type { Choice } from '../../examples/browser/src/choices.ts';
import { root } from '../lib/workspace.ts';
import { type Figure, type FiguresReport, figures, onBackend, type Player } from './page/figures.ts';
import type { JobName } from './page/jobs.ts';
import { runOn } from './run-on.ts';
import { startSession } from './session.ts';

// each loads a copy of tfjs of its own, of which a process can have one
const ofTfjs = async (device: 'cpu' | 'wasm'): Promise<Player> =>
  onBackend(await (await import('../../packages/backend-tfjs/test/devices.ts')).tfjsOn(device));
const byHand = async (device: 'cpu' | 'wasm'): Promise<Player> => {
  const engine = await (await import('../../benchmarks/src/engines/tfjs.ts')).tfjsEngine(device);
  return { prepare: (job, mode) => engine.prepare(job, mode, 1), done: async () => {} };
};

/** What is measured in Node, the slowest last. */
const IN_NODE: Readonly<Record<string, () => Promise<Player>>> = {
  '`cpu`, compiled': async () => onBackend(await cpu({ threads: 1 })),
  '`tfjs-wasm`': () => ofTfjs('wasm'),
  'operations of tfjs, wasm': () => byHand('wasm'),
  '`cpu`, operation by operation': async () => ({ prepare: (job, mode) => eagerEngine.prepare(job, mode, 1), done: async () => {} }),
  '`gpu-webasm`': async () => onBackend(await gpu({ mode: 'webasm' })),
  '`tfjs-cpu`': () => ofTfjs('cpu'),
  'operations of tfjs, cpu': () => byHand('cpu'),
  '`gpu-cpu`': async () => onBackend(await gpu({ mode: 'cpu' })),
};

/** What is measured in Chromium. Pages that are not isolated have one thread. */
const IN_CHROMIUM: Readonly<Record<string, readonly [job: JobName & `figures${string}`, backend: Choice]>> = {
  '`cpu`, compiled': ['figures', 'cpu'],
  '`gpu-webgpu`, software': ['figures', 'gpu-webgpu'],
  '`gpu-webgl2`, software': ['figures', 'gpu-webgl2'],
  '`gpu-webasm`': ['figures', 'gpu-webasm'],
  '`tfjs-webgl`, software': ['figures', 'tfjs-webgl'],
  '`tfjs-wasm`': ['figures', 'tfjs-wasm'],
  'operations of tfjs, webgl, software': ['figures by hand', 'tfjs-webgl'],
  'operations of tfjs, wasm': ['figures by hand', 'tfjs-wasm'],
};

/** How many of those in Node come before those in Chromium; the others take minutes. */
const QUICK = 3;

/** Longer than the slowest takes on a machine that is busy with other work. */
const PATIENCE_MS = 1_800_000;

const HEAD = `| where | who | W1 forward | W1 forward + backward | W2 step | W5 step |
|---|---|---|---|---|---|`;

/** Milliseconds with three digits. */
const shown = (ms: number): string => (ms >= 100 ? ms.toFixed(0) : ms.toPrecision(3));

const rowOf = (where: string, who: string, { figures: all }: FiguresReport): string =>
  `| ${[where, who, ...all.map((one) => ('median' in one ? shown(one.median) : '–'))].join(' | ')} |`;

const detail = ({ runs, spikes, executedBy }: Figure): string => `${runs} runs, ${spikes} spikes${executedBy ? `, ${executedBy}` : ''}`;

/** Spikes that differ from the first report's, and refusals, in words. */
function remarks(where: string, who: string, { figures: all }: FiguresReport, first: FiguresReport): string[] {
  return all.flatMap((one, i) => {
    const what = `${who} in ${where}, ${one.workload} ${one.mode}`;
    if ('refusal' in one) return [`- ${what}: ${one.refusal}`];
    const like = first.figures[i];
    const same = 'spikes' in like && like.spikes === one.spikes;
    return same ? [] : [`- ${what}: ${one.spikes} spikes instead of ${'spikes' in like ? like.spikes : 'none'}.`];
  });
}

/** One of `IN_NODE` in a process of its own. */
async function inProcess(who: string): Promise<FiguresReport> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--conditions=@snn/source', import.meta.filename, '--only', who], {
    timeout: PATIENCE_MS,
  });
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as FiguresReport;
}

/** Write what is known so far: a run takes minutes, and what breaks it should not take its rows along. */
function publish(rows: readonly string[], notes: readonly string[], where: string): void {
  const text = [
    '<!-- figures -->',
    '',
    where,
    '',
    HEAD,
    ...rows,
    '',
    ...(notes.length > 0 ? [...notes, ''] : []),
    '<!-- /figures -->',
  ].join('\n');
  const file = join(root, 'docs', 'backends.md');
  const page = readFileSync(file, 'utf8');
  const marked = /<!-- figures -->[\s\S]*?<!-- \/figures -->/;
  if (!marked.test(page)) throw new Error('docs/backends.md lacks the marks <!-- figures --> and <!-- /figures -->.');
  writeFileSync(
    file,
    page.replace(marked, () => text),
  );
}

/** Where and when, and what else the machine did. */
function circumstances(chromiumVersion: string): string {
  const here = machine();
  const busy = isBusy(here) ? ` Other programs kept ${here.load} cores busy just before: times are too long, by different factors.` : '';
  return `Milliseconds, medians; ${describe({ ...here, pinned: false })}, Chromium ${chromiumVersion}. WebGPU and WebGL are SwiftShader: software rendering on the CPU.${busy}`;
}

async function measureAll(): Promise<void> {
  const rows: string[] = [];
  const notes: string[] = [];
  const reports: FiguresReport[] = [];
  const session = await startSession(1);
  try {
    const browser = await chromium.connect(session.addresses.chromium[0]);
    const where = circumstances(browser.version());
    const add = (place: string, who: string, report: FiguresReport): void => {
      reports.push(report);
      rows.push(rowOf(place, who, report));
      notes.push(...remarks(place, who, report, reports[0]));
      publish(rows, notes, where);
      console.log(rows[rows.length - 1]);
      for (const one of report.figures) console.log('  ', one.workload, one.mode, 'refusal' in one ? one.refusal : detail(one));
    };
    console.log(`${where}\n\n${HEAD}`);
    const inChromium = Object.entries(IN_CHROMIUM).map(
      ([who, [job, backend]]) =>
        ['Chromium', who, () => runOn(browser, session.addresses, job, { environment: 'open', backend }, PATIENCE_MS)] as const,
    );
    const inNode = Object.keys(IN_NODE).map((who) => ['Node', who, () => inProcess(who)] as const);
    for (const [place, who, measure] of [...inNode.slice(0, QUICK), ...inChromium, ...inNode.slice(QUICK)]) {
      try {
        add(place, who, await measure());
      } catch (error) {
        notes.push(`- ${who} in ${place}: ${(error as Error).message.split('\n')[0]}`);
        console.log(notes[notes.length - 1]);
      }
    }
  } finally {
    await session.stop();
  }
}

const { only } = parseArgs({ options: { only: { type: 'string' } } }).values;
if (only === undefined) await measureAll();
else {
  console.log(JSON.stringify(await figures(await IN_NODE[only]())));
  process.exit(0);
}
