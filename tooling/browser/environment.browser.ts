// The headers do what the other tests rely on: otherwise a test of a policy would pass without one.

import { expect, test } from 'vitest';
import { ENVIRONMENT_NAMES, type EnvironmentName } from './environments.ts';
import type { EnvironmentReport } from './page/environment.ts';
import { runInBrowser } from './run-job.ts';

const EXPECTED: Readonly<Record<EnvironmentName, EnvironmentReport>> = {
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

test.for(ENVIRONMENT_NAMES.flatMap((environment) => (['page', 'worker'] as const).map((thread) => [environment, thread] as const)))(
  '%s, %s',
  async ([environment, thread]) => {
    expect(await runInBrowser('environment', { environment, thread })).toEqual(EXPECTED[environment]);
  },
);
