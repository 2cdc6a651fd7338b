// Runs the TypeScript examples of all READMEs and of docs/ on the sources, each as a program of its own, and type-checks
// them. What counts as an example stands in blocks.ts. Run on sources: `pnpm examples [part of a path]`.

import { spawnSync } from 'node:child_process';
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { report, root } from '../lib/workspace.ts';
import { findBlocks } from './blocks.ts';

const work = join(root, '.cache', 'examples');
const timeoutMs = 60_000;
const only = process.argv[2] ?? '';

interface Example {
  /** `packages/core/README.md:12` */
  readonly at: string;
  readonly file: string;
}

function writeExamples(): readonly Example[] {
  const documents = globSync(['README.md', 'packages/*/README.md', 'docs/**/*.md'], { cwd: root, exclude: ['**/node_modules/**'] })
    .map((path) => path.split(sep).join('/'))
    .filter((path) => path.includes(only))
    .toSorted();
  return documents.flatMap((path) => {
    // a folder of its own for each document, so that its modules are not in another one's way
    const folder = join(work, path.replaceAll('/', '_').replace(/\.md$/, ''));
    return findBlocks(readFileSync(join(root, path), 'utf8')).flatMap(({ line, code, file }) => {
      const target = join(folder, file ?? `${line}.ts`);
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, `${code}\nexport {};\n`);
      return file === undefined ? [{ at: `${path}:${line}`, file: target }] : [];
    });
  });
}

function runExample({ at, file }: Example): string[] {
  const prelude = new URL('expect-output.ts', import.meta.url).href;
  const { status, stdout, stderr, error } = spawnSync(
    process.execPath,
    ['--conditions=@snn/source', '--disable-warning=ExperimentalWarning', `--import=${prelude}`, file],
    { cwd: work, encoding: 'utf8', timeout: timeoutMs },
  );
  if (status === 0) return [];
  const reason = error ? `took longer than ${timeoutMs / 1000} s` : 'failed';
  return [`The example at ${at} ${reason}:\n${stdout ?? ''}${stderr ?? ''}`];
}

/** Examples show, they do not use everything that they show: unused names are fine in them. */
function checkTypes(): string[] {
  const compilerOptions = { noUnusedLocals: false, noUnusedParameters: false, types: ['node'] };
  const tsconfig = { extends: '../../tooling/tsconfig/dev.json', compilerOptions, include: ['**/*.ts'] };
  writeFileSync(join(work, 'tsconfig.json'), JSON.stringify(tsconfig));
  const { status, stdout } = spawnSync('tsc', ['-p', work], { cwd: root, encoding: 'utf8' });
  return status === 0 ? [] : [`The examples have type errors (the file names hold the document and the line):\n${stdout}`];
}

rmSync(work, { recursive: true, force: true });
mkdirSync(work, { recursive: true });
const examples = writeExamples();
report(`${examples.length} examples in the documentation`, [...examples.flatMap(runExample), ...(examples.length > 0 ? checkTypes() : [])]);
