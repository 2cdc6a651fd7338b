// Golden files in the browser, step by step and compiled: all of them on the CPU backend, with WebAssembly and where a policy forbids it; the first of
// each model on graphics devices.

import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readGolden } from '../golden/folder.ts';
import { runInBrowser } from './run-job.ts';

const files = readGolden(join(import.meta.dirname, '../golden/vectors'));
const models = new Set<string>();
const ofModels = files.filter(({ content: { model } }) => !models.has(model) && models.add(model));
const checksOf = (checked: typeof files): number => checked.length + checked.filter(({ content }) => !('kind' in content)).length;

test.for(['isolated', 'strict'] as const)('all, %s', async (environment) => {
  const { passed, failed, notBuilt, widened, problems } = await runInBrowser('golden', { environment });
  expect(problems).toEqual([]);
  expect({ passed, failed, notBuilt, widened }).toEqual({ passed: checksOf(files), failed: 0, notBuilt: 0, widened: 1 });
});

test.for(['gpu-webgpu', 'gpu-webgl2'] as const)('of each model, %s', async (backend) => {
  const { passed, failed, notBuilt, widened, left, problems } = await runInBrowser('golden of models', {
    environment: 'isolated',
    backend,
  });
  expect(problems).toEqual([]);
  // their manifests declare errors of 2^-20, float32 has 2^-23
  expect({ passed, failed, notBuilt, widened, left }).toEqual({ passed: checksOf(ofModels), failed: 0, notBuilt: 0, widened: 8, left: 0 });
});
