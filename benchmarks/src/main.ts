/** `pnpm bench`: measures the workloads, with peers in turns if asked for, prints a table and writes the results. */
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeFileAtomic } from '@snn/data/node';
import { CONTESTANTS, type Contestant } from './contestants.ts';
import { machine } from './machine.ts';
import { FAST, FULL, measureCase, type Omission, type Row } from './measure.ts';
import { help, type Options, parse } from './options.ts';
import { chart, markdown, results, terminal } from './report.ts';
import { WORKLOADS } from './workloads/index.ts';

const FOLDER = fileURLToPath(new URL('../results', import.meta.url));

/** A line that overwrites itself, on a terminal only. */
function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text.slice(0, (process.stderr.columns ?? 80) - 1)}`);
}

const takesPart =
  ({ peers, compile }: Options) =>
  ({ kind, compiles }: Contestant): boolean =>
    kind === 'ours' || (peers && (compile || !compiles));

async function run(options: Options): Promise<void> {
  const where = machine();
  const rows: Row[] = [];
  const omissions: Omission[] = [];
  const field = CONTESTANTS.filter(takesPart(options));
  const effort = options.fast ? FAST : FULL;
  for (const workload of WORKLOADS.filter(({ id }) => options.only?.includes(id) ?? true)) {
    for (const size of workload.sizes[options.fast ? 'fast' : 'full']) {
      const ours = field.filter(({ kind }) => kind === 'ours');
      // the second thread is compared with the first within one run
      const parts = options.threads === 2 ? [await measureCase(workload, size, ours, 1, effort, progress)] : [];
      parts.push(await measureCase(workload, size, field, options.threads, effort, progress, parts[0]?.rows));
      for (const part of parts) {
        rows.push(...part.rows);
        omissions.push(...part.omissions);
      }
    }
  }
  progress('');

  const all = results(where, options.fast, rows, omissions);
  console.log(terminal(all));
  const json = `${JSON.stringify(all, null, 1)}\n`;
  mkdirSync(FOLDER, { recursive: true });
  const name = ['bench', ...(options.fast ? ['fast'] : []), ...(options.threads === 2 ? ['2-threads'] : []), ...(options.only ?? [])].join(
    '-',
  );
  const written = { json, md: `${markdown(all)}\n`, svg: `${chart(all)}\n` };
  for (const [ending, text] of Object.entries(written)) await writeFileAtomic(join(FOLDER, `${name}.${ending}`), text);
  if (options.json !== null) await writeFileAtomic(resolve(options.json), json);
  console.log(`\nWritten: benchmarks/results/${name}.json, .md and .svg${options.json === null ? '' : `, ${options.json}`}`);
}

const command = parse(
  process.argv.slice(2),
  WORKLOADS.map(({ id }) => id),
);
if (command.kind === 'help') console.log(help(WORKLOADS));
else if (command.kind === 'wrong') {
  console.error(command.message);
  process.exitCode = 2;
} else await run(command.options);
