/** `pnpm results`: published results, each reproduced by one command. */
import { join, resolve } from 'node:path';
import { job } from './job.ts';
import { help, type Options, parse } from './options.ts';
import { progress } from './progress.ts';
import { TASKS } from './tasks.ts';

const DOCS = join(import.meta.dirname, '../../../docs');

async function main(words: readonly string[]): Promise<number> {
  const names = TASKS.map(({ name }) => name);
  const command = parse(words, names);
  if (command.kind === 'help') {
    console.log(help(names));
    return 0;
  }
  if (command.kind === 'wrong') {
    process.stderr.write(`${command.message}\n`);
    return 2;
  }
  return job(TASKS, command.options, placesOf(command.options), progress(process.stdout));
}

/** The documentation is for whole runs only. */
function placesOf({ out, short }: Options): { folder: string | null; page: string | null } {
  if (out !== null) return { folder: resolve(out), page: null };
  return short ? { folder: null, page: null } : { folder: join(DOCS, 'results'), page: join(DOCS, 'results.md') };
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
