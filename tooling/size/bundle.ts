// Bundles what a user would get: esbuild, ES module, minified and tree-shaken, from the built packages.

import { gzipSync } from 'node:zlib';
import { build, type Metafile } from 'esbuild';
import { root } from '../lib/workspace.ts';

export interface Bundle {
  readonly code: string;
  readonly bytes: number;
  readonly gzip: number;
  /** Bytes that each file contributes, by its path relative to the root. */
  readonly files: Readonly<Record<string, number>>;
}

export interface BundleOptions {
  readonly minify?: boolean;
  /** Packages left out of the bundle. */
  readonly external?: readonly string[];
  /** Believe no package that says it has no side effects: what then remains is what importing it really does. */
  readonly distrustSideEffects?: boolean;
}

/** Bundles a module given as text, in which packages are imported by name. */
export async function bundle(text: string, options: BundleOptions = {}): Promise<Bundle> {
  const result = await build({
    stdin: { contents: text, resolveDir: root, sourcefile: 'entry.js' },
    absWorkingDir: root,
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    treeShaking: true,
    minify: options.minify ?? true,
    legalComments: 'none',
    external: [...(options.external ?? [])],
    logLevel: 'silent',
    plugins: options.distrustSideEffects ? [distrust] : [],
  });
  const output = result.outputFiles[0];
  return {
    code: output.text,
    bytes: output.contents.length,
    gzip: gzipSync(output.contents, { level: 9 }).length,
    files: contributions(result.metafile),
  };
}

function contributions(metafile: Metafile): Record<string, number> {
  const [output] = Object.values(metafile.outputs);
  const entries = Object.entries(output.inputs).map(([path, { bytesInOutput }]) => [path, bytesInOutput] as const);
  return Object.fromEntries(entries.filter(([, bytes]) => bytes > 0));
}

/** Which of these names a bundle that was not minified declares. */
export function declaredNames(code: string, names: readonly string[]): readonly string[] {
  return names.filter((name) => new RegExp(`\\b(function|class|const|let|var) ${name}\\b`).test(code));
}

/** The files under a folder that contribute to a bundle, with their bytes. */
export function leftovers(files: Bundle['files'], folder: string): readonly (readonly [string, number])[] {
  return Object.entries(files).filter(([file]) => file.startsWith(folder));
}

const MARK = 'already resolved';

const distrust = {
  name: 'distrust side effects',
  setup(builder: import('esbuild').PluginBuild): void {
    builder.onResolve({ filter: /.*/ }, async ({ path, importer, resolveDir, kind, pluginData }) => {
      if (pluginData === MARK) return undefined;
      const resolved = await builder.resolve(path, { importer, resolveDir, kind, pluginData: MARK });
      return { ...resolved, sideEffects: true };
    });
  },
};
