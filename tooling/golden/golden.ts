// Checks golden files: each on a backend in float32, the CPU's unless another is given, and on the reference backend in float64. Prints nothing, reads no arguments.

import { reference } from '@snn/backend-conformance';
import { cpu } from '@snn/backend-cpu';
import { scheduled } from '@snn/compile';
import type { TensorMeta } from '@snn/core';
import { FUNCTION_ADAPTERS, STEP_ADAPTERS } from './adapters/index.ts';
import type { Errors, Tolerances } from './compare.ts';
import type { GoldenFile, NamedFile } from './file.ts';
import { type Readable, type RunReport, runFunctions, runSteps } from './run.ts';
import type { Compile } from './trajectory.ts';

/** From vectors/README.md. */
const FLOAT64: Tolerances = { value: 1e-12, gradient: 1e-10, gradientFloor: 0 };

/**
 * Float32 gradients of step files against the float64 ones. A surrogate of sharpness 100 multiplies the rounding error of the membrane by up to
 * 200: measured are up to 4e-4 of the largest entry. The gradient of a parameter is a sum over steps, batch and neurons; where it cancels to a
 * thousandth of its terms, it loses that much more: hence the floor. That each term is right is what the float64 run shows.
 */
const STEP_GRADIENT32 = { gradient: 1e-3, gradientFloor: 2e-6 };

/** The same for function files, where nothing accumulates: measured up to 1.2e-7. */
const FUNCTION_GRADIENT32 = { gradient: 1e-5, gradientFloor: 0 };

/** What became of a file. */
export interface FileReport {
  readonly name: string;
  readonly model: string;
  readonly status: 'passed' | 'failed' | 'not built';
  readonly float32?: Errors;
  readonly float64?: Errors;
  readonly problems: readonly string[];
}

/** How a step is run: its operations one by one, or traced once, scheduled over time and compiled. */
export type Path = 'plain' | 'compiled';

const runOn = async <T extends TensorMeta>(
  b: Readable<T>,
  file: GoldenFile,
  tolerances: Tolerances,
  compile: Compile<T> | null,
): Promise<RunReport | null> => {
  if ('kind' in file) {
    const adapter = FUNCTION_ADAPTERS.get(file.model);
    return adapter ? runFunctions(b, file, adapter, tolerances, FUNCTION_GRADIENT32.gradient) : null;
  }
  const adapter = STEP_ADAPTERS.get(file.model);
  return adapter ? runSteps(b, file, adapter, tolerances, compile) : null;
};

/** Runs a file on the backend that is checked in float32. */
export type Single = (file: GoldenFile, tolerances: Tolerances, path: Path) => Promise<RunReport | null>;

/** `b` as the backend to check. */
export const onBackend =
  <T extends TensorMeta>(b: Readable<T>): Single =>
  (file, tolerances, path) =>
    runOn(b, file, tolerances, path === 'compiled' ? (b.compile ?? null) : null);

/** Check one file in both precisions. Files of functions have no steps and are the same on both paths. `single`: default the CPU backend. */
export async function checkFile({ name, content, tolerance32 }: NamedFile, path: Path = 'plain', single?: Single): Promise<FileReport> {
  const { model } = content;
  try {
    const gradient32 = 'kind' in content ? FUNCTION_GRADIENT32 : STEP_GRADIENT32;
    const float64 = reference();
    const run = await (single ?? onBackend(await cpu()))(content, { value: tolerance32, ...gradient32 }, path);
    const double = await runOn(float64, content, FLOAT64, path === 'compiled' ? async (step) => scheduled(float64, step) : null);
    if (!run || !double) return { name, model, status: 'not built', problems: [] };
    const problems = [...run.problems.map((text) => `float32: ${text}`), ...double.problems.map((text) => `float64: ${text}`)];
    return {
      name,
      model,
      status: problems.length === 0 ? 'passed' : 'failed',
      float32: run.errors,
      float64: double.errors,
      problems,
    };
  } catch (error) {
    return { name, model, status: 'failed', problems: [(error as Error).message] };
  }
}

/** How the files of a folder came out, given the models that are known to be missing. */
export interface Verdict {
  readonly passed: number;
  readonly failed: number;
  /** Files of models that are missing as expected: neither passed nor failed. */
  readonly notBuilt: number;
  /** What speaks against the list of missing models. */
  readonly problems: readonly string[];
}

/** Count reports. Files of missing models fail, unless `expected` lists them; a listed model that is built is a failure, too. */
export function judge(reports: readonly FileReport[], expected: ReadonlySet<string>): Verdict {
  const count = (of: (report: FileReport) => boolean): number => reports.filter(of).length;
  const missing = ({ status, model }: FileReport): boolean => status === 'not built' && expected.has(model);
  const stale = [
    ...new Set(reports.filter(({ status, model }) => status !== 'not built' && expected.has(model)).map(({ model }) => model)),
  ];
  const notBuilt = count(missing);
  const passed = count(({ status }) => status === 'passed');
  return {
    passed,
    failed: reports.length - passed - notBuilt + stale.length,
    notBuilt,
    problems: stale.map((model) => `${model} is built, but listed as not built: take it off the list.`),
  };
}
