/** Runs tasks and writes what they gave, each run as soon as it is done. */
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { dataError } from '@snn/core';
import { writeFileAtomic } from '@snn/data/node';
import type { Evidence, Variant } from './evidence.ts';
import type { Options } from './options.ts';
import { duration, generated, withGenerated } from './page.ts';
import { pictureOf } from './picture.ts';
import type { Progress } from './progress.ts';
import { type Machine, type Run, runOf, runsWith, type TaskRecord, textOf, variantOf, withVariant } from './record.ts';

/** Where results go; null for those that are not wanted. */
export interface Places {
  /** Folder of `<task>.json` and `<task>.svg`. */
  readonly folder: string | null;
  /** The Markdown page whose generated part is made again. */
  readonly page: string | null;
}

const machine = (): Machine => ({
  cpu: cpus()[0]?.model.trim() ?? 'unknown processor',
  cores: availableParallelism(),
  node: process.version,
  date: new Date().toISOString().slice(0, 10),
});

/** What is recorded of a task, null when nothing is. */
async function recorded(folder: string, { name }: Evidence): Promise<TaskRecord | null> {
  const path = join(folder, `${name}.json`);
  if (!existsSync(path)) return null;
  try {
    return JSON.parse(await readFile(path, 'utf8')) as TaskRecord;
  } catch (error) {
    throw dataError(`${path} cannot be read: ${String(error)}. Remove it, or take it from the repository again.`);
  }
}

async function keep(folder: string, task: Evidence, variant: Variant, runs: readonly Run[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  const before = (await recorded(folder, task)) ?? { task: task.name, unit: task.unit, variants: [] };
  const names = task.variants.map(({ name }) => name);
  const earlier = before.variants.find(({ name }) => name === variant.name)?.runs ?? [];
  const record = withVariant({ ...before, unit: task.unit }, variantOf(variant.name, machine(), runsWith(earlier, runs)), names);
  await writeFileAtomic(join(folder, `${task.name}.json`), textOf(record));
}

/** Make the page and all pictures again from what is recorded. */
export async function publish(tasks: readonly Evidence[], folder: string, page: string | null): Promise<void> {
  const records = new Map<string, TaskRecord>();
  for (const task of tasks) {
    const record = await recorded(folder, task);
    if (record === null) continue;
    records.set(task.name, record);
    const picture = pictureOf(task, record);
    if (picture !== null) await writeFileAtomic(join(folder, `${task.name}.svg`), picture);
  }
  if (page !== null) await writeFileAtomic(page, withGenerated(await readFile(page, 'utf8'), generated(tasks, records)));
}

/** One variant over all seeds; whether none of them failed. */
async function measure(task: Evidence, variant: Variant, options: Options, folder: string | null, output: Progress): Promise<boolean> {
  const { seeds, short, data } = options;
  const runs: Run[] = [];
  for (let seed = 1; seed <= seeds; seed++) {
    const what = `${task.name}, ${variant.name}, seed ${seed} of ${seeds}`;
    const begun = process.cpuUsage();
    try {
      output.show(`${what} ...`);
      const measured = await variant.run({ seed, short, data, progress: (line) => output.show(`${what}: ${line}`) });
      const { user, system } = process.cpuUsage(begun);
      const seconds = (user + system) / 1e6;
      runs.push(runOf(seed, seconds, measured));
      const details = Object.entries(measured.details).map(([name, value]) => `, ${name} ${Number(value.toPrecision(4))}`);
      output.say(`${what}: ${task.unit} ${measured.score.toPrecision(4)}${details.join('')} (${duration(seconds)})`);
    } catch (error) {
      output.say(`${what} failed: ${error instanceof Error ? error.message : String(error)}`);
      return false;
    }
    if (folder !== null) await keep(folder, task, variant, runs);
  }
  return true;
}

/** Run what `options` ask for of `tasks`; the exit code. */
export async function job(tasks: readonly Evidence[], options: Options, { folder, page }: Places, output: Progress): Promise<number> {
  const { names, seeds, data, variants } = options;
  const text = variants?.toLowerCase() ?? '';
  let code = 0;
  let count = 0;
  for (const task of tasks) {
    if (names !== null && !names.includes(task.name)) continue;
    if (seeds > 0 && task.needs !== null && data === null) {
      output.say(`${task.name} is left out: its data are not part of the project. ${task.needs} Say where they are with --data DIR.`);
      if (names !== null) code = 1;
      continue;
    }
    for (const variant of task.variants) {
      if (!variant.name.toLowerCase().includes(text)) continue;
      count++;
      if (!(await measure(task, variant, options, folder, output))) code = 1;
      else if (folder !== null) await publish(tasks, folder, page);
    }
  }
  if (count === 0 && code === 0 && variants !== null) {
    output.say(`No variant of these tasks has '${variants}' in its name; --variants takes a part of a name in the table.`);
    return 2;
  }
  return code;
}
