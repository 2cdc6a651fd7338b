// What is run in a page or in a worker of it. A job takes the name of a backend, one of those that the
// browser example offers, and gives JSON-safe data. Its code is loaded only when it runs.

import type { ConformanceReport } from '@snn/backend-conformance';
import type { GpuMode } from '@snn/backend-gpu';
import { BACKENDS } from '../../../examples/browser/src/backends.ts';
import type { Choice } from '../../../examples/browser/src/choices.ts';
import type { CompiledReport } from './compiled.ts';
import type { EnvironmentReport } from './environment.ts';
import type { LimitReport, LossReport, MissingReport } from './failures.ts';
import type { FiguresReport } from './figures.ts';
import type { GoldenReport } from './golden.ts';
import type { MnistReport } from './mnist.ts';
import type { TrainingReport } from './training.ts';

/** What each job gives. */
export interface JobReports {
  /** The conformance suite. */
  readonly conformance: ConformanceReport;
  /** All golden files. */
  readonly golden: GoldenReport;
  /** The first golden file of each model, of each family of adapters, of each library. */
  readonly 'golden of models': GoldenReport;
  readonly 'golden of families': GoldenReport;
  readonly 'golden of libraries': GoldenReport;
  /** A network run compiled and step by step. */
  readonly compiled: CompiledReport;
  /** What the page may do, a network run compiled and step by step, and a short training: on the CPU backend, with two threads where threads are. */
  readonly 'on the CPU': { readonly environment: EnvironmentReport; readonly compiled: CompiledReport; readonly training: TrainingReport };
  /** A short training. */
  readonly training: TrainingReport;
  /** 10 training steps on images of MNIST, or 200. */
  readonly 'mnist 10': MnistReport;
  readonly 'mnist 200': MnistReport;
  /** A device of gpu.js is lost. */
  readonly 'device loss': LossReport;
  /** There is no WebGPU, no adapter for it, no graphics at all. */
  readonly 'missing webgpu': MissingReport;
  readonly 'missing adapter': MissingReport;
  readonly 'missing graphics': MissingReport;
  /** More is asked for than a device of gpu.js allows. */
  readonly limits: LimitReport;
  /** Times of our networks, and of loops that are written in operations of tfjs. */
  readonly figures: FiguresReport;
  readonly 'figures by hand': FiguresReport;
}

export type JobName = keyof JobReports;

const modeOf = (backend: Choice): GpuMode => backend.replace('gpu-', '') as GpuMode;

const JOBS: { readonly [K in JobName]: (backend: Choice) => Promise<JobReports[K]> } = {
  async 'on the CPU'() {
    const { environment } = await import('./environment.ts');
    const { compiled } = await import('./compiled.ts');
    const { training } = await import('./training.ts');
    const { cpu } = await import('@snn/backend-cpu');
    // two, whatever the machine has
    const make = () => cpu({ threads: 2 });
    return { environment: environment(), compiled: await compiled(await make()), training: await training(await make()) };
  },
  conformance: async (backend) => (await import('@snn/backend-conformance')).conformanceReport(BACKENDS[backend]),
  golden: async (backend) => (await import('./golden.ts')).golden(BACKENDS[backend], 'all'),
  'golden of models': async (backend) => (await import('./golden.ts')).golden(BACKENDS[backend], 'models'),
  'golden of families': async (backend) => (await import('./golden.ts')).golden(BACKENDS[backend], 'families'),
  'golden of libraries': async (backend) => (await import('./golden.ts')).golden(BACKENDS[backend], 'libraries'),
  compiled: async (backend) => (await import('./compiled.ts')).compiled(await BACKENDS[backend]()),
  training: async (backend) => (await import('./training.ts')).training(await BACKENDS[backend]()),
  'mnist 10': async (backend) => (await import('./mnist.ts')).mnistTraining(await BACKENDS[backend](), 10),
  'mnist 200': async (backend) => (await import('./mnist.ts')).mnistTraining(await BACKENDS[backend](), 200),
  'device loss': async (backend) => (await import('./failures.ts')).deviceLoss(modeOf(backend)),
  'missing webgpu': async () => (await import('./failures.ts')).missingDevices('webgpu'),
  'missing adapter': async () => (await import('./failures.ts')).missingDevices('adapter'),
  'missing graphics': async () => (await import('./failures.ts')).missingDevices('graphics'),
  limits: async (backend) => (await import('./failures.ts')).limits(modeOf(backend)),
  async figures(backend) {
    const { figures, onBackend } = await import('./figures.ts');
    return figures(onBackend(await BACKENDS[backend]()));
  },
  async 'figures by hand'(backend) {
    const { figures } = await import('./figures.ts');
    const { tfjsLoop } = await import('../../../benchmarks/src/engines/tfjs-loop.ts');
    const { tensorflow } = await import('../../../examples/browser/src/tfjs.ts');
    // tfjs-core comes without derivatives; our backend needs none of them
    await import('@tensorflow/tfjs-core/dist/register_all_gradients.js');
    // every run reads a number at its end
    return figures({ prepare: tfjsLoop(await tensorflow(backend.replace('tfjs-', ''))), done: async () => {} });
  },
};

/** Run a job. */
export const runJob = <K extends JobName>(job: K, backend: Choice): Promise<JobReports[K]> => JOBS[job](backend);
