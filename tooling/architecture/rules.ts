// The rules of the architecture as pure functions from what was read to problems in sentences. Reads no files.

import { posix } from 'node:path';
import { entryPoints, type Manifest, specifier } from '../lib/workspace.ts';
import type { SourceFile } from './imports.ts';

export interface Workspace {
  readonly layers: Readonly<Record<string, readonly string[]>>;
  readonly functionsOnly: readonly string[];
  readonly manifests: Readonly<Record<string, Manifest>>;
  readonly files: readonly SourceFile[];
  /** Whether an export of a package is a plain function (and not a class or data). */
  readonly isFunction: (from: string, name: string) => boolean;
}

const packageOf = (path: string): string | undefined => /^packages\/([^/]+)\//.exec(path)?.[1];
const isSource = (path: string): boolean => /^packages\/[^/]+\/src\//.test(path) && !path.endsWith('.test.ts');
const isForNode = (path: string): boolean => /(^|\/)node(\.ts$|\/)|\.node\.ts$/.test(path);

/** `@snn/data/node` -> `@snn/data`, `fast-check` -> `fast-check`; nothing for relative and built-in modules. */
function moduleName(from: string): string | undefined {
  if (from.startsWith('.') || from.startsWith('node:')) return undefined;
  return from
    .split('/')
    .slice(0, from.startsWith('@') ? 2 : 1)
    .join('/');
}

/** Manifests: every package has a row in the table, and depends on nothing outside it. */
export function checkManifests({ layers, manifests }: Workspace): string[] {
  const problems: string[] = [];
  for (const [id, manifest] of Object.entries(manifests)) {
    const allowed = layers[id];
    if (!allowed) {
      problems.push(`packages/${id} has no row in tooling/architecture/layers.ts: say there which packages it may import.`);
      continue;
    }
    for (const name of Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })) {
      if (name.startsWith('@snn/') && !allowed.includes(name.slice(5))) {
        problems.push(`packages/${id}/package.json depends on ${name}, which the table of layers does not allow.`);
      }
    }
  }
  for (const id of Object.keys(layers)) {
    if (!manifests[id]) problems.push(`tooling/architecture/layers.ts has a row for ${id}, but there is no packages/${id}.`);
  }
  return problems;
}

/** Dependencies between packages that no source file uses. (Other dependencies are the business of knip.) */
export function checkUnusedDependencies({ manifests, files }: Workspace): string[] {
  const problems: string[] = [];
  for (const [id, manifest] of Object.entries(manifests)) {
    const used = new Set(
      files
        .filter(({ path }) => isSource(path) && packageOf(path) === id)
        .flatMap(({ imports }) => imports.map(({ from }) => moduleName(from))),
    );
    for (const name of Object.keys(manifest.dependencies ?? {})) {
      if (name.startsWith('@snn/') && !used.has(name))
        problems.push(`packages/${id}/package.json depends on ${name}, but no source file imports it.`);
    }
  }
  return problems;
}

/** Imports between packages: declared, allowed, and by public entry points only. */
export function checkImports({ layers, manifests, files }: Workspace): string[] {
  const problems: string[] = [];
  const publicNames = new Set(Object.values(manifests).flatMap((m) => entryPoints(m).map((entry) => specifier(m, entry))));
  for (const { path, imports } of files) {
    const id = packageOf(path);
    for (const { from, line } of imports) {
      const at = `${path}:${line}`;
      if (from.startsWith('.') && id && packageOf(posix.join(posix.dirname(path), from)) !== id) {
        problems.push(`${at} imports ${from}, outside its own package: import a package by its name.`);
      }
      const name = moduleName(from);
      if (name?.startsWith('@snn/') && manifests[name.slice(5)] && !publicNames.has(from)) {
        problems.push(`${at} imports ${from}, an internal of ${name}: only what its \`exports\` list is public.`);
      }
      if (!id || !isSource(path) || !name) continue;
      const manifest = manifests[id];
      const declared = { ...manifest?.dependencies, ...manifest?.peerDependencies };
      if (name === manifest?.name) {
        problems.push(`${at} imports its own package by name: use a relative path.`);
      } else if (name.startsWith('@snn/') && !layers[id]?.includes(name.slice(5))) {
        problems.push(`${at} imports ${name}: ${id} may import ${layers[id]?.join(', ') || 'no other package'}.`);
      } else if (!(name in declared)) {
        problems.push(`${at} imports ${name}, which packages/${id}/package.json does not declare.`);
      }
    }
  }
  return problems;
}

/** Published code runs in browsers: node:* is for files called node.ts, in node/, or *.node.ts. */
export function checkNodeModules({ files }: Workspace): string[] {
  const problems: string[] = [];
  for (const { path, imports } of files) {
    if (!isSource(path) || isForNode(path)) continue;
    for (const { from, line } of imports) {
      if (from.startsWith('node:'))
        problems.push(`${path}:${line} imports ${from}: published code needs Node only in node.ts, node/ or *.node.ts.`);
    }
  }
  return problems;
}

/** Neurons, surrogates and encoders bring nothing but functions along, so that one of them costs a few hundred bytes. */
export function checkFunctionsOnly({ functionsOnly, files, isFunction }: Workspace): string[] {
  const problems: string[] = [];
  for (const { path, imports } of files) {
    if (!isSource(path) || !functionsOnly.includes(packageOf(path) ?? '')) continue;
    for (const { from, line, runtimeNames } of imports) {
      if (!from.startsWith('@snn/')) continue;
      for (const name of runtimeNames) {
        if (name === '*') problems.push(`${path}:${line} imports all of ${from}: name the functions that it needs.`);
        else if (!isFunction(from, name)) problems.push(`${path}:${line} imports ${name} from ${from}, which is not a plain function.`);
      }
    }
  }
  return problems;
}

/** No module state and no instanceof of our own classes: two copies of a package in one bundle must do no harm. */
export function checkCopies({ files }: Workspace): string[] {
  const problems: string[] = [];
  for (const { path, moduleState, instanceofs } of files) {
    if (!isSource(path)) continue;
    for (const line of moduleState) problems.push(`${path}:${line} holds module state: keep it in a value that the caller owns.`);
    for (const { line, name } of instanceofs) {
      problems.push(`${path}:${line} tests instanceof ${name}: another copy of the package makes another class; test a property.`);
    }
  }
  return problems;
}

/** No circular imports, of values or of types: neither between files nor between packages. */
export function checkCycles({ manifests, files }: Workspace): string[] {
  const known = new Set(files.map(({ path }) => path));
  const fileGraph = new Map<string, string[]>();
  for (const { path, imports } of files) {
    const targets = imports.filter(({ from }) => from.startsWith('.')).map(({ from }) => posix.join(posix.dirname(path), from));
    fileGraph.set(
      path,
      targets.filter((target) => known.has(target)),
    );
  }
  const packageGraph = new Map<string, string[]>();
  for (const [id, manifest] of Object.entries(manifests)) {
    const names = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
    packageGraph.set(
      id,
      names.filter((name) => name.startsWith('@snn/')).map((name) => name.slice(5)),
    );
  }
  return [...findCycles(fileGraph), ...findCycles(packageGraph)].map(({ shortest, members }) => {
    const others = members > shortest.length - 1 ? ` ${members} are entangled in circles with these.` : '';
    return `Circular import: ${shortest.join(' -> ')}.${others}`;
  });
}

interface Entanglement {
  /** The shortest cycle that was found, its first node again at the end. */
  readonly shortest: readonly string[];
  /** How many nodes the cycles that touch each other have together. */
  readonly members: number;
}

/** Cycles by a depth-first walk, one for each back edge; those with a node in common are reported together. */
function findCycles(graph: ReadonlyMap<string, readonly string[]>): readonly Entanglement[] {
  const cycles: string[][] = [];
  const done = new Set<string>();
  const walk = (node: string, path: readonly string[]): void => {
    const seenAt = path.indexOf(node);
    if (seenAt >= 0) {
      cycles.push([...path.slice(seenAt), node]);
      return;
    }
    if (done.has(node)) return;
    for (const next of graph.get(node) ?? []) walk(next, [...path, node]);
    done.add(node);
  };
  for (const node of graph.keys()) walk(node, []);

  let groups: { shortest: string[]; nodes: Set<string> }[] = [];
  for (const cycle of cycles) {
    const merged = { shortest: cycle, nodes: new Set(cycle) };
    for (const group of groups.filter(({ nodes }) => cycle.some((node) => nodes.has(node)))) {
      if (group.shortest.length < merged.shortest.length) merged.shortest = group.shortest;
      for (const node of group.nodes) merged.nodes.add(node);
    }
    groups = [...groups.filter(({ nodes }) => !cycle.some((node) => nodes.has(node))), merged];
  }
  return groups.map(({ shortest, nodes }) => ({ shortest, members: nodes.size }));
}

export function checkAll(workspace: Workspace): string[] {
  return [checkManifests, checkUnusedDependencies, checkImports, checkNodeModules, checkFunctionsOnly, checkCopies, checkCycles].flatMap(
    (check) => check(workspace),
  );
}
