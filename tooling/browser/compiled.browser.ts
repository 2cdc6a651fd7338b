// Compiled programs in every environment: the same bits as in Node, by whatever may run there, and words for what may not.

import { plainCpu } from '@snn/backend-cpu';
import { expect, test } from 'vitest';
import { ENVIRONMENT_NAMES, type EnvironmentName } from './environments.ts';
import { compiled } from './page/compiled.ts';
import { runInBrowser } from './run-job.ts';

const wasm = { executedBy: /^WebAssembly SIMD/, fallbackReason: null };
const plain = { executedBy: /^operations of cpu/, fallbackReason: /^WebAssembly with SIMD was refused: .*Content Security Policy/ };

const EXPECTED: Readonly<Record<EnvironmentName, { readonly executedBy: RegExp; readonly fallbackReason: RegExp | null }>> = {
  open: wasm,
  isolated: wasm,
  strict: plain,
  'strict + WebAssembly': wasm,
  'isolated + strict + WebAssembly': wasm,
};

test.for(ENVIRONMENT_NAMES.flatMap((environment) => (['page', 'worker'] as const).map((thread) => ({ environment, thread }))))(
  '$environment, $thread',
  async (place) => {
    const report = await runInBrowser('compiled', place);
    const { executedBy, fallbackReason } = EXPECTED[place.environment];
    expect(report.executedBy).toMatch(executedBy);
    if (fallbackReason === null) expect(report.fallbackReason).toBeNull();
    else expect(report.fallbackReason).toMatch(fallbackReason);
    const { stepByStep } = await compiled(plainCpu());
    expect(stepByStep.some((x) => x !== 0)).toBe(true);
    expect(report.stepByStep).toEqual(stepByStep);
    expect(report.outputs).toEqual(stepByStep);
  },
);
