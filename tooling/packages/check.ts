// Packs every published package as the registry would get it and looks at the tarball: publint, are-the-types-wrong, and
// a consumer that installs all tarballs, imports every entry point and type-checks against it. Needs a build.

import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkPackage, createPackageFromTarballData, type Problem } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { entryPoints, type Package, readPackages, report, requireBuild, root, specifier } from '../lib/workspace.ts';

const work = join(root, '.cache', 'packages');
const consumer = join(work, 'consumer');

/** ES modules only: CommonJS callers and the resolution of Node 10 are not served. */
const IGNORED_RESOLUTIONS = ['node10', 'node16-cjs'];

/** The output of a command that failed is what explains the failure. */
function problemsOf(what: string, command: string, args: readonly string[], cwd: string): string[] {
  try {
    execFileSync(command, args, { cwd, stdio: 'pipe' });
    return [];
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: Buffer; stderr?: Buffer };
    return [`${what} failed:\n${stdout ?? ''}${stderr ?? ''}`];
  }
}

function pack({ dir, id }: Package): Buffer {
  const tarball = join(work, `${id}.tgz`);
  execFileSync('pnpm', ['pack', '--out', tarball], { cwd: dir, stdio: 'pipe' });
  return readFileSync(tarball);
}

const toArrayBuffer = (data: Buffer): ArrayBuffer => new Uint8Array(data).buffer;

async function lint({ id, manifest }: Package, tarball: Buffer): Promise<string[]> {
  const { messages } = await publint({ strict: true, pack: { tarball: toArrayBuffer(tarball) } });
  return messages.map((message) => `${id}: publint: ${formatMessage(message, manifest, { color: false })}`);
}

async function checkTypes({ id }: Package, tarball: Buffer): Promise<string[]> {
  const result = await checkPackage(createPackageFromTarballData(new Uint8Array(tarball)));
  if (!result.types) return [`${id}: attw: the package has no types.`];
  const counts = (problem: Problem): boolean => !('resolutionKind' in problem && IGNORED_RESOLUTIONS.includes(problem.resolutionKind));
  return result.problems.filter(counts).map((problem) => `${id}: attw: ${JSON.stringify(problem)}`);
}

function unpack({ manifest, id }: Package): void {
  const target = join(consumer, 'node_modules', manifest.name);
  mkdirSync(target, { recursive: true });
  execFileSync('tar', ['-xzf', join(work, `${id}.tgz`), '-C', target, '--strip-components=1']);
}

/** What a user's project sees: only tarballs, declarations checked too, by this TypeScript and by the one before it. */
function checkConsumer(packages: readonly Package[]): string[] {
  const names = packages.flatMap(({ manifest }) => entryPoints(manifest).map((entry) => specifier(manifest, entry)));
  const lines = names.map((name, i) => `export * as m${i} from '${name}';`);
  writeFileSync(join(consumer, 'package.json'), '{ "type": "module" }\n');
  writeFileSync(join(consumer, 'index.ts'), `${lines.join('\n')}\n`);
  writeFileSync(join(consumer, 'index.mjs'), `${names.map((name) => `await import('${name}');`).join('\n')}\n`);
  const problems = problemsOf('Importing every entry point in Node', process.execPath, ['index.mjs'], consumer);
  for (const resolution of ['nodenext', 'bundler']) {
    const module = resolution === 'bundler' ? 'esnext' : resolution;
    const compilerOptions = {
      module,
      moduleResolution: resolution,
      target: 'es2022',
      lib: ['es2023', 'esnext.disposable', 'dom'],
      types: ['node'],
    };
    const file = `tsconfig.${resolution}.json`;
    const tsconfig = { compilerOptions: { ...compilerOptions, strict: true, skipLibCheck: false, noEmit: true }, files: ['index.ts'] };
    writeFileSync(join(consumer, file), JSON.stringify(tsconfig));
    for (const tsc of ['tsc', 'tsc6'])
      problems.push(...problemsOf(`A consumer's ${tsc} with moduleResolution ${resolution}`, tsc, ['-p', file], consumer));
  }
  return problems;
}

const packages = readPackages().filter(({ manifest }) => !manifest.private);
requireBuild(packages);
rmSync(work, { recursive: true, force: true });
mkdirSync(consumer, { recursive: true });

const problems: string[] = [];
for (const item of packages) {
  const tarball = pack(item);
  problems.push(...(await lint(item, tarball)), ...(await checkTypes(item, tarball)));
  unpack(item);
}
problems.push(...checkConsumer(packages));
report(`${packages.length} packages as published`, problems);
