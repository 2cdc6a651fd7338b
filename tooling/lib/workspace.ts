// Where the repository is and which packages it has: what every check starts from.

import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root: string = fileURLToPath(new URL('../..', import.meta.url)).replace(/[\\/]$/, '');

export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly exports?: Readonly<Record<string, unknown>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

export interface Package {
  /** The folder's name, which is also the name without `@snn/`. */
  readonly id: string;
  readonly dir: string;
  readonly manifest: Manifest;
}

/** All packages under packages/, in alphabetical order; all of them are published unless marked private. */
export function readPackages(): readonly Package[] {
  return globSync('packages/*/package.json', { cwd: root })
    .toSorted()
    .map((file) => {
      const dir = join(root, file, '..');
      return { id: basename(dir), dir, manifest: JSON.parse(readFileSync(join(root, file), 'utf8')) as Manifest };
    });
}

/** The subpaths that can be imported: `.`, `./node`, ... */
export function entryPoints(manifest: Manifest): readonly string[] {
  return Object.keys(manifest.exports ?? {}).filter((path) => path !== './package.json');
}

/** `@snn/data` and `./node` make `@snn/data/node`. */
export function specifier(manifest: Manifest, entryPoint: string): string {
  return entryPoint === '.' ? manifest.name : `${manifest.name}/${entryPoint.slice(2)}`;
}

/** Throws with the way out when the packages have not been built. */
export function requireBuild(packages: readonly Package[]): void {
  const missing = packages.filter(({ dir }) => !existsSync(join(dir, 'dist', 'index.js')));
  if (missing.length > 0) throw new Error(`Not built: ${missing.map(({ id }) => id).join(', ')}. Run \`pnpm build\` first.`);
}

/** Prints the problems, one per line, or `ok`; sets the exit code. How every check ends. */
export function report(what: string, problems: readonly string[]): void {
  for (const problem of problems) console.log(`  ${problem}`);
  console.log(problems.length === 0 ? `${what}: ok` : `${what}: ${problems.length} problem${problems.length === 1 ? '' : 's'}`);
  if (problems.length > 0) process.exitCode = 1;
}
