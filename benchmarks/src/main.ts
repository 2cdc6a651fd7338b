/** `pnpm bench`: measures the workloads, with peers in turns if asked for, prints a table and writes the results. */
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeFileAtomic } from '@snn/data/node';
import { machine } from './machine.ts';
import { FAST, FULL, measureCase, measureMemory } from './measure.ts';
import { help, type Options, parse } from './options.ts';
import { estimate, type Planned, plan } from './plan.ts';
import { FOLDER, publish, write } from './publish.ts';
import { type CaseRecord, load, merge, type Results } from './record.ts';
import { terminal } from './report.ts';
import { WORKLOADS } from './workloads/index.ts';

/** What `--all` measures besides workloads: scripts beside this one, with what they take and about how many seconds. */
const MORE: readonly (readonly [script: string, words: readonly string[], seconds: number])[] = [
  ['peaks.ts', [], 15],
  ['scaling.ts', [], 60],
  ['shipped.ts', ['--peers'], 90],
  ['accuracy.ts', [], 150],
];

/** On a terminal a line that overwrites itself, elsewhere nothing. */
function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text.slice(0, (process.stderr.columns ?? 80) - 1)}`);
}

/** A line that stays. */
function say(text: string): void {
  progress('');
  console.error(text);
}

const minutes = (seconds: number): string => (seconds < 90 ? `${Math.round(seconds)} s` : `${(seconds / 60).toFixed(1)} min`);

/** One case with all that belongs to it. What breaks is in the record; the rest goes on. */
async function record(planned: Planned, options: Options, heading: string): Promise<CaseRecord> {
  const { workload, size, threads, entries, memory } = planned;
  const effort = options.fast ? FAST : FULL;
  const where = machine();
  const started = performance.now();
  const result: Pick<CaseRecord, 'rows' | 'omissions' | 'memory'> = await (async () => {
    try {
      const { rows, omissions } = await measureCase(workload, size, entries, effort, (text) => progress(`${heading}: ${text}`));
      progress(`${heading}: memory`);
      return { rows, omissions, memory: memory === null ? [] : await measureMemory(workload, size, memory.mode, memory.entries) };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const omission = { workload: workload.id, size: size.name, mode: 'all', threads, contestant: 'the whole case', reason } as const;
      return { rows: [], omissions: [omission], memory: [] };
    }
  })();
  const seconds = Math.round((performance.now() - started) / 100) / 10;
  return { workload: workload.id, size: size.name, threads, machine: where, seconds, ...result };
}

async function run(options: Options): Promise<void> {
  const { fast, peers } = options;
  mkdirSync(FOLDER, { recursive: true });
  const name = `bench${fast ? '-fast' : ''}${peers ? '' : '-ours'}`;
  const file = join(FOLDER, `${name}.json`);
  const cases = plan(options, WORKLOADS);
  const order = WORKLOADS.flatMap(({ id, sizes }) => sizes[fast ? 'fast' : 'full'].map((size) => `${id} ${size.name}`));
  let kept = load(file, fast);
  const left = (from: number): number =>
    cases.slice(from).reduce((total, one) => total + estimate(one, fast ? FAST : FULL, kept), 0) +
    (options.all && !fast ? MORE.reduce((total, [, , seconds]) => total + seconds, 0) : 0);
  say(`${cases.length} cases, about ${minutes(left(0))}`);
  const started = performance.now();
  let measured: Results = { format: 2, fast, cases: [] };
  for (const [i, planned] of cases.entries()) {
    const { workload, size, threads } = planned;
    const heading = `${i + 1} of ${cases.length}, ${workload.id} ${size.name}, ${threads === 1 ? 'one thread' : '2 threads'}`;
    const found = await record(planned, options, heading);
    const passed = (performance.now() - started) / 1000;
    const silent = new Set(found.omissions.map(({ contestant }) => contestant)).size;
    const gaps = silent > 0 ? `, ${silent} not run or not in every mode` : '';
    say(
      `${heading}: ${found.rows.length} rows in ${found.seconds} s${gaps}; ${minutes(passed)} so far, about ${minutes(left(i + 1))} left`,
    );
    measured = merge(measured, found, order);
    // a case without a single time does not push out one that has some
    if (found.rows.length > 0) kept = merge(kept, found, order);
    // at once, so that nothing is lost when something breaks later
    await writeFileAtomic(file, `${JSON.stringify(kept, null, 1)}\n`);
  }
  console.log(terminal(measured));
  if (options.json !== null) {
    const rows = measured.cases.flatMap((one) => one.rows);
    await writeFileAtomic(resolve(options.json), `${JSON.stringify({ ...measured, rows }, null, 1)}\n`);
  }
  if (options.all && !fast) more();
  await write(name, kept);
  console.log(`\nWritten: benchmarks/results/${name}.json, .md and .svg${options.json === null ? '' : `, ${options.json}`}`);
  if (name === 'bench') await table();
}

/** The other measurements, each in a process of its own. */
function more(): void {
  for (const [script, words, seconds] of MORE) {
    say(`${script}: about ${minutes(seconds)}`);
    const path = fileURLToPath(new URL(script, import.meta.url));
    const { status } = spawnSync(process.execPath, ['--conditions=@snn/source', path, ...words], { stdio: 'inherit', timeout: 600_000 });
    if (status !== 0) {
      say(`${script} failed; the rest goes on`);
      process.exitCode = 1;
    }
  }
}

async function table(): Promise<void> {
  console.log(`Written: ${(await publish()).join(', ')}`);
}

const command = parse(
  process.argv.slice(2),
  WORKLOADS.map(({ id }) => id),
);
if (command.kind === 'help') console.log(help(WORKLOADS));
else if (command.kind === 'table') await table();
else if (command.kind === 'wrong') {
  console.error(command.message);
  process.exitCode = 2;
} else await run(command.options);
