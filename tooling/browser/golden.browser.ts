// All golden files in the browser, step by step and compiled: with WebAssembly, and where a policy forbids it.

import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readGolden } from '../golden/folder.ts';
import type { EnvironmentName } from './environments.ts';
import { runInBrowser } from './run-job.ts';

const files = readGolden(join(import.meta.dirname, '../golden/vectors'));
const checks = files.length + files.filter(({ content }) => !('kind' in content)).length;

test.for<EnvironmentName>(['isolated', 'strict'])('%s', async (environment) => {
  const { passed, failed, notBuilt, problems } = await runInBrowser('golden', { environment });
  expect(problems).toEqual([]);
  expect({ passed, failed, notBuilt }).toEqual({ passed: checks, failed: 0, notBuilt: 0 });
});
