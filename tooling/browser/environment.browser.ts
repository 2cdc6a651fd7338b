// The CPU backend in every environment: the same bits as in Node, of a compiled program and of a training, by whatever may run there, and words for what
// may not. The headers do what they are meant to do: otherwise a test of a policy would pass without one.

import { cpu, plainCpu } from '@snn/backend-cpu';
import { expect, test } from 'vitest';
import { ENVIRONMENT_NAMES, type EnvironmentName } from './environments.ts';
import { expectLearning } from './learning.ts';
import { compiled } from './page/compiled.ts';
import type { EnvironmentReport } from './page/environment.ts';
import { training } from './page/training.ts';
import { runInBrowser } from './run-job.ts';

/** What each environment allows. */
const ALLOWED: Readonly<Record<EnvironmentName, EnvironmentReport>> = {
  open: { crossOriginIsolated: false, sharedMemory: false, webAssembly: true, newFunction: true },
  isolated: { crossOriginIsolated: true, sharedMemory: true, webAssembly: true, newFunction: true },
  strict: { crossOriginIsolated: false, sharedMemory: false, webAssembly: false, newFunction: false },
  'strict + WebAssembly': { crossOriginIsolated: false, sharedMemory: false, webAssembly: true, newFunction: false },
  'isolated + strict + WebAssembly': { crossOriginIsolated: true, sharedMemory: true, webAssembly: true, newFunction: false },
  'isolated + strict + WebAssembly + blob workers': {
    crossOriginIsolated: true,
    sharedMemory: true,
    webAssembly: true,
    newFunction: false,
  },
};

/** What must run a compiled program. */
interface Executed {
  readonly executedBy: RegExp;
  readonly fallbackReason: RegExp | null;
}

const oneThread = { executedBy: /^WebAssembly SIMD, one thread \(.*not cross-origin isolated/, fallbackReason: null };

const threads = { executedBy: /^WebAssembly SIMD, \d+ threads$/, fallbackReason: null };

const EXECUTED: Readonly<Record<EnvironmentName, Executed>> = {
  open: oneThread,
  isolated: threads,
  strict: {
    executedBy: /^JavaScript kernels and operations of cpu/,
    fallbackReason: /^WebAssembly with SIMD was refused: .*Content Security Policy/,
  },
  'strict + WebAssembly': oneThread,
  // the policy forbids workers that are made of a text
  'isolated + strict + WebAssembly': {
    executedBy: /^WebAssembly SIMD, one thread \(worker threads could not be started: /,
    fallbackReason: null,
  },
  'isolated + strict + WebAssembly + blob workers': threads,
};

const inNode = { compiled: compiled(plainCpu()), training: cpu().then(training), plainTraining: training(plainCpu()) };

test.for(ENVIRONMENT_NAMES.flatMap((environment) => (['page', 'worker'] as const).map((thread) => ({ environment, thread }))))(
  '$environment, $thread',
  async (place) => {
    const report = await runInBrowser('on the CPU', place);
    expect(report.environment).toEqual(ALLOWED[place.environment]);

    const { executedBy, fallbackReason } = EXECUTED[place.environment];
    expect(report.compiled.executedBy).toMatch(executedBy);
    if (fallbackReason === null) expect(report.compiled.fallbackReason).toBeNull();
    else expect(report.compiled.fallbackReason).toMatch(fallbackReason);
    const { stepByStep } = await inNode.compiled;
    expect(stepByStep.some((x) => x !== 0)).toBe(true);
    expect(report.compiled.stepByStep).toEqual(stepByStep);
    expect(report.compiled.outputs).toEqual(stepByStep);

    expectLearning(report.training);
    // the plain tier sums gradients of weights in another order
    const { losses } = await (place.environment === 'strict' ? inNode.plainTraining : inNode.training);
    expect(report.training.losses).toEqual(losses);
  },
);
