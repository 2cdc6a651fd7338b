// Compiled programs in every environment: the same bits as in Node, by whatever may run there, and words for what may not.

import { plainCpu } from '@snn/backend-cpu';
import { expect, test } from 'vitest';
import { ENVIRONMENT_NAMES, type EnvironmentName } from './environments.ts';
import { compiled } from './page/compiled.ts';
import { runInBrowser } from './run-job.ts';

/** What must run it. */
interface Expected {
  readonly executedBy: RegExp;
  readonly fallbackReason: RegExp | null;
}

const oneThread = { executedBy: /^WebAssembly SIMD, one thread \(.*not cross-origin isolated/, fallbackReason: null };

const threads = { executedBy: /^WebAssembly SIMD, \d+ threads$/, fallbackReason: null };

const EXPECTED: Readonly<Record<EnvironmentName, Expected>> = {
  open: oneThread,
  isolated: threads,
  strict: { executedBy: /^operations of cpu/, fallbackReason: /^WebAssembly with SIMD was refused: .*Content Security Policy/ },
  'strict + WebAssembly': oneThread,
  // the policy forbids workers that are made of a text
  'isolated + strict + WebAssembly': {
    executedBy: /^WebAssembly SIMD, one thread \(worker threads could not be started: /,
    fallbackReason: null,
  },
  'isolated + strict + WebAssembly + blob workers': threads,
};

const inNode = compiled(plainCpu());

test.for(ENVIRONMENT_NAMES.flatMap((environment) => (['page', 'worker'] as const).map((thread) => ({ environment, thread }))))(
  '$environment, $thread',
  async (place) => {
    const report = await runInBrowser('compiled', place);
    const { executedBy, fallbackReason } = EXPECTED[place.environment];
    expect(report.executedBy).toMatch(executedBy);
    if (fallbackReason === null) expect(report.fallbackReason).toBeNull();
    else expect(report.fallbackReason).toMatch(fallbackReason);

    const { stepByStep } = await inNode;
    expect(stepByStep.some((x) => x !== 0)).toBe(true);
    expect(report.stepByStep).toEqual(stepByStep);
    expect(report.outputs).toEqual(stepByStep);
  },
);
