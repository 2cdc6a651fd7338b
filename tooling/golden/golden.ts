// Checks golden files: each on the CPU backend in float32 and on the reference backend in float64, or in float32 on another backend that is given.
// Prints nothing, reads no arguments.

import { reference } from '@snn/backend-conformance';
import { cpu } from '@snn/backend-cpu';
import { scheduled } from '@snn/compile';
import type { Backend, TensorMeta } from '@snn/core';
import { FUNCTION_ADAPTERS, STEP_ADAPTERS } from './adapters/index.ts';
import type { Errors, Tolerances } from './compare.ts';
import type { GoldenFile, NamedFile } from './file.ts';
import { type RunReport, runFunctions, runSteps } from './run.ts';
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
  b: Backend<T>,
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

/** The backend that is checked in float32. */
export interface Single {
  /**
   * How many times the tolerances of values and gradients are widened: the relative error of an operation that the backend's manifest declares, over
   * that of float32. Spikes must be at the same places whatever it is.
   */
  readonly widened: number;
  run(file: GoldenFile, tolerances: Tolerances, path: Path): Promise<RunReport | null>;
}

/** `b` as the backend to check. */
export function onBackend<T extends TensorMeta>(b: Backend<T>): Single {
  const widened = Math.max(1, b.supports.relativeError / 2 ** -23);
  return {
    widened,
    run: (file, { value, gradient, gradientFloor }, path) =>
      runOn(
        b,
        file,
        { value: widened * value, gradient: widened * gradient, gradientFloor: widened * gradientFloor },
        path === 'compiled' ? (b.compile ?? null) : null,
      ),
  };
}

/** The formulas in float64, which no backend but the reference has. */
function inFloat64(file: GoldenFile, path: Path): Promise<RunReport | null> {
  const b = reference();
  return runOn(b, file, FLOAT64, path === 'compiled' ? async (step) => scheduled(b, step) : null);
}

/**
 * Check one file. Files of functions have no steps and are the same on both paths.
 *
 * @param single the backend to check, in float32 alone; default the CPU backend, and the formulas in float64 besides.
 */
export async function checkFile({ name, content, tolerance32 }: NamedFile, path: Path = 'plain', single?: Single): Promise<FileReport> {
  const { model } = content;
  try {
    const gradient32 = 'kind' in content ? FUNCTION_GRADIENT32 : STEP_GRADIENT32;
    const run = await (single ?? onBackend(await cpu())).run(content, { value: tolerance32, ...gradient32 }, path);
    const double = single ? null : await inFloat64(content, path);
    if (!run) return { name, model, status: 'not built', problems: [] };
    const problems = [...run.problems.map((text) => `float32: ${text}`), ...(double?.problems ?? []).map((text) => `float64: ${text}`)];
    return {
      name,
      model,
      status: problems.length === 0 ? 'passed' : 'failed',
      float32: run.errors,
      ...(double ? { float64: double.errors } : {}),
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
