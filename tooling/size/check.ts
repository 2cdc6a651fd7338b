// Measures the built packages against their budgets, and proves what the budgets rest on: that an import without use
// costs nothing, and that one neuron brings no other neuron along. Run after a build: `pnpm size`.

import { type Package, readPackages, report, requireBuild } from '../lib/workspace.ts';
import { BUDGETS, BUILT_ON, EACH_EXPORT, LEAVES_NOTHING, NETWORKS } from './budgets.ts';
import { bundle, declaredNames, leftovers } from './bundle.ts';

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

/** What remains of a package's own files when it is imported for nothing. What it imports is looked at by itself. */
async function checkLeftovers({ id, manifest }: Package): Promise<string[]> {
  const { files } = await bundle(`import '${manifest.name}';`, { distrustSideEffects: true });
  return leftovers(files, `packages/${id}/`).map(
    ([file, bytes]) => `${file} leaves ${bytes} bytes when nothing of it is used: mark what runs at module level as /* @__PURE__ */.`,
  );
}

/** The bundle of a step must contain no other step of its package but the one it is built on. */
async function checkOneNeuron({ manifest: { name } }: Package): Promise<string[]> {
  const steps = Object.keys(await import(name)).filter((key) => key.endsWith('Step'));
  if (steps.length === 0) return [`${name} exports no function called ...Step: is this still the right name to look for?`];
  const problems: string[] = [];
  for (const step of steps) {
    const { code } = await bundle(`export { ${step} } from '${name}';`, { minify: false });
    const others = declaredNames(code, steps).filter((other) => other !== step && other !== BUILT_ON[step]);
    if (others.length > 0) problems.push(`${step} from ${name} brings along ${others.join(', ')}.`);
  }
  return problems;
}

/** The bundle of a network must contain the steps of its own neurons and no other. */
async function checkNetworks(neuronPackages: readonly Package[]): Promise<string[]> {
  const modules = await Promise.all(neuronPackages.map(({ manifest: { name } }) => import(name)));
  const all = [...new Set(modules.flatMap((exports) => Object.keys(exports)).filter((key) => key.endsWith('Step')))];
  const problems: string[] = [];
  for (const { code, steps } of NETWORKS) {
    const found = declaredNames((await bundle(code, { minify: false })).code, all);
    const [extra, lost] = [found.filter((step) => !steps.includes(step)), steps.filter((step) => !found.includes(step))];
    if (extra.length > 0) problems.push(`${describe(code)} brings along ${extra.join(', ')}.`);
    if (lost.length > 0) problems.push(`${describe(code)} has no ${lost.join(', ')}: is this still the right name to look for?`);
  }
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
for (const item of packages) {
  if (LEAVES_NOTHING.includes(item.id)) problems.push(...(await checkLeftovers(item)));
  if (item.id.startsWith('neurons-')) problems.push(...(await checkOneNeuron(item)));
}
problems.push(...(await checkNetworks(packages.filter(({ id }) => id.startsWith('neurons-')))));
report(`${rows.length} sizes`, problems);
