// Compares our neurons and functions with what the reference libraries computed: outputs, states and gradients of every golden file of a
// folder. Run on sources: `pnpm golden [folder] [--plain | --compiled] [--backend tfjs-wasm] [--report folder]`; step by step and compiled, unless one is
// asked for; on the CPU backend, unless another is. A model that is not built yet fails, unless `--expect-unbuilt list.json` names it. A report is for the
// table in docs/backends.md.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { BACKENDS } from './backends.ts';
import type { Errors } from './compare.ts';
import { readGolden } from './folder.ts';
import { checkFile, type FileReport, judge, type Path } from './golden.ts';
import { writeReport } from './report.ts';

const SHOWN = 5;

const show = (errors: Errors | undefined): string =>
  errors ? [errors.out, errors.state, errors.gradient].map((x) => x.toExponential(1).padStart(7)).join(' ') : '';

function line({ name, model, status, float32, float64, problems }: FileReport): string {
  if (status === 'not built') return `NOT BUILT  ${name}: not built yet (${model})`;
  const double = float64 ? `   float64 ${show(float64)}` : '';
  const head = `${status === 'passed' ? 'ok       ' : 'FAILED   '}  ${name.padEnd(44)} float32 ${show(float32)}${double}`;
  const rest = problems.length > SHOWN ? [`... and ${problems.length - SHOWN} more`] : [];
  return [head, ...[...problems.slice(0, SHOWN), ...rest].map((problem) => `             ${problem}`)].join('\n');
}

const { values, positionals } = parseArgs({
  options: {
    'expect-unbuilt': { type: 'string' },
    plain: { type: 'boolean' },
    compiled: { type: 'boolean' },
    backend: { type: 'string' },
    report: { type: 'string' },
  },
  allowPositionals: true,
});
const paths: readonly Path[] = values.plain === values.compiled ? ['plain', 'compiled'] : values.plain ? ['plain'] : ['compiled'];
const backend = values.backend ?? 'cpu';
if (backend !== 'cpu' && !Object.hasOwn(BACKENDS, backend)) {
  console.log(`There is no backend '${backend}'; there are cpu, ${Object.keys(BACKENDS).join(', ')}.`);
  process.exit(2);
}
const single = backend === 'cpu' ? undefined : await BACKENDS[backend]();
const folder = positionals[0] ?? join(import.meta.dirname, 'vectors');
const list = values['expect-unbuilt'];
const expected = new Set(list === undefined ? [] : Object.keys(JSON.parse(readFileSync(list, 'utf8')) as Record<string, string>));

const files = readGolden(folder);
if (files.length === 0) {
  console.log(`${folder} holds no golden files (*.json).`);
  process.exit(2);
}
if (single && single.widened > 1)
  console.log(
    `${backend} declares errors ${single.widened} times those of float32: tolerances are as many times wider, spikes must be identical.`,
  );
console.log('Largest errors of outputs, states (over 1 + |stored|) and gradients (over the largest entry):');
const reports: FileReport[] = [];
for (const file of files) {
  // a file of functions has no steps that could be compiled
  for (const path of 'kind' in file.content ? paths.slice(0, 1) : paths) {
    const report = await checkFile(file, path, single);
    console.log(`${path.padEnd(8)} ${line(report)}`);
    reports.push(report);
  }
}
const { passed, failed, notBuilt, problems } = judge(reports, expected);
for (const problem of problems) console.log(problem);
if (values.report !== undefined)
  writeReport(values.report, { backend, where: 'Node', files: 'all', passed, failed, widened: single?.widened ?? 1 });
if (list !== undefined) console.log(`${notBuilt} not built yet, as ${list} says`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
