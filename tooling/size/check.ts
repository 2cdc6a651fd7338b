// Measures the built packages against their budgets, and proves what the budgets rest on: that an import without use
// costs nothing, and that one neuron brings no other neuron along. Run after a build: `pnpm size`.

import { basename } from 'node:path';
import { readPackages, report, requireBuild } from '../lib/workspace.ts';
import { BUDGETS, EACH_EXPORT } from './budgets.ts';
import { bundle } from './bundle.ts';

interface Row {
  readonly what: string;
  readonly gzip: number;
  readonly bytes: number;
  readonly limit: number;
}

/** `export { a } from '@snn/x'; export { b } from '@snn/y';` reads `a from @snn/x + b from @snn/y`. */
function describe(code: string): string {
  return [...code.matchAll(/export (?:\{ (.*?) \}|(\*)) from '(.*?)'/g)]
    .map(([, names, all, from]) => `${names ?? all} from ${from}`)
    .join(' + ');
}

async function measureBudgets(): Promise<{ rows: Row[]; problems: string[] }> {
  const rows: Row[] = [];
  const problems: string[] = [];
  for (const { code, limit, external } of BUDGETS) {
    const what = `${describe(code)}${external ? `, without ${external.join(', ')}` : ''}`;
    try {
      const { gzip, bytes } = await bundle(code, { external });
      rows.push({ what, gzip, bytes, limit });
    } catch (error) {
      problems.push(`Cannot bundle ${what}: ${(error as Error).message}`);
    }
  }
  return { rows, problems };
}

async function measureExports(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [name, limit] of Object.entries(EACH_EXPORT)) {
    for (const key of Object.keys(await import(name))) {
      const { gzip, bytes } = await bundle(`export { ${key} } from '${name}';`);
      rows.push({ what: `${key} from ${name}`, gzip, bytes, limit });
    }
  }
  return rows;
}

/** `sideEffects: false` is a promise: bundling a package for nothing, without believing the promise, must leave nothing. */
async function checkSideEffects(names: readonly string[]): Promise<string[]> {
  const problems: string[] = [];
  for (const name of names) {
    const { code, bytes } = await bundle(`import '${name}';`, { distrustSideEffects: true });
    if (bytes > 0) problems.push(`Importing ${name} for nothing leaves code behind, so it has side effects: ${code.slice(0, 200).trim()}`);
  }
  return problems;
}

/** A neuron has one file and one `...Step` in it; the bundle of a step must contain no file of another step. */
async function checkOneNeuron(name: string): Promise<string[]> {
  const steps = Object.keys(await import(name)).filter((key) => key.endsWith('Step'));
  const bundles = new Map<string, Awaited<ReturnType<typeof bundle>>>();
  for (const step of steps) bundles.set(step, await bundle(`export { ${step} } from '${name}';`, { minify: false }));
  const problems: string[] = [];
  for (const [step, { code }] of bundles) {
    const others = steps.filter((other) => other !== step && new RegExp(`\\b(function|const|var|let) ${other}\\b`).test(code));
    if (others.length > 0) problems.push(`${step} from ${name} brings along ${others.join(', ')}.`);
  }
  if (steps.length === 0) problems.push(`${name} exports no function called ...Step: is this still the right name to look for?`);
  return problems;
}

function print(rows: readonly Row[]): void {
  console.log(`${'gzip'.padStart(7)} ${'limit'.padStart(7)} ${'raw'.padStart(7)}  what`);
  for (const { what, gzip, bytes, limit } of rows) {
    const flag = gzip >= limit ? '  <-- over' : '';
    console.log(`${String(gzip).padStart(7)} ${String(limit).padStart(7)} ${String(bytes).padStart(7)}  ${what}${flag}`);
  }
}

const packages = readPackages();
requireBuild(packages);
const { rows: budgeted, problems } = await measureBudgets();
const rows = [...budgeted, ...(await measureExports())];
print(rows);
for (const { what, gzip, limit } of rows) if (gzip >= limit) problems.push(`${what} costs ${gzip} bytes; its budget is ${limit}.`);
problems.push(...(await checkSideEffects(packages.map(({ manifest }) => manifest.name))));
for (const { manifest, dir } of packages) {
  if (basename(dir).startsWith('neurons-')) problems.push(...(await checkOneNeuron(manifest.name)));
}
report(`${rows.length} sizes`, problems);
