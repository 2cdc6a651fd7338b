// What is run in a page or in a worker of it. A job takes the name of a backend, one of those that the
// browser example offers, and gives JSON-safe data. Its code is loaded only when it runs.

import type { ConformanceReport } from '@snn/backend-conformance';
import { BACKENDS } from '../../../examples/browser/src/backends.ts';
import type { Choice } from '../../../examples/browser/src/choices.ts';
import type { CompiledReport } from './compiled.ts';
import type { EnvironmentReport } from './environment.ts';
import type { GoldenReport } from './golden.ts';
import type { TrainingReport } from './training.ts';

/** What each job gives. */
export interface JobReports {
  /** What the page may do. */
  readonly environment: EnvironmentReport;
  /** The conformance suite. */
  readonly conformance: ConformanceReport;
  /** All golden files, on the CPU backend. */
  readonly golden: GoldenReport;
  /** A network run compiled and step by step. */
  readonly compiled: CompiledReport;
  /** A short training. */
  readonly training: TrainingReport;
}

export type JobName = keyof JobReports;

const JOBS: { readonly [K in JobName]: (backend: Choice) => Promise<JobReports[K]> } = {
  environment: async () => (await import('./environment.ts')).environment(),
  conformance: async (backend) => (await import('@snn/backend-conformance')).conformanceReport(BACKENDS[backend]),
  golden: async () => (await import('./golden.ts')).golden(),
  compiled: async (backend) => (await import('./compiled.ts')).compiled(await BACKENDS[backend]()),
  training: async (backend) => (await import('./training.ts')).training(await BACKENDS[backend]()),
};

/** Run a job. */
export const runJob = <K extends JobName>(job: K, backend: Choice): Promise<JobReports[K]> => JOBS[job](backend);
