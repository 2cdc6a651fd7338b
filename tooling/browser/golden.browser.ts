// Golden files in the browser, step by step and compiled: all of them on the CPU backend, with WebAssembly and where a policy forbids it; on WebGPU the
// first of each family of adapters, on WebGL 2, which compiles a shader for each size, the first of each library. `pnpm --filter @snn/tooling
// browser-reports` checks the first of each model.

import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readGolden } from '../golden/folder.ts';
import { chosen, type Part } from '../golden/part.ts';
import { runInBrowser } from './run-job.ts';

const files = readGolden(join(import.meta.dirname, '../golden/vectors'));
const first = (part: Part): typeof files => {
  const wanted = chosen(part);
  return files.filter(({ content }) => wanted(content.model));
};
const checksOf = (checked: typeof files): number => checked.length + checked.filter(({ content }) => !('kind' in content)).length;

test.for(['isolated', 'strict'] as const)('all, %s', async (environment) => {
  const { passed, failed, notBuilt, widened, problems } = await runInBrowser('golden', { environment });
  expect(problems).toEqual([]);
  expect({ passed, failed, notBuilt, widened }).toEqual({ passed: checksOf(files), failed: 0, notBuilt: 0, widened: 1 });
});

test.for([
  ['families', 'gpu-webgpu'],
  ['libraries', 'gpu-webgl2'],
] as const)('the first of all %s, %s', async ([part, backend]) => {
  const { passed, failed, notBuilt, widened, left, problems } = await runInBrowser(`golden of ${part}`, {
    environment: 'isolated',
    backend,
  });
  expect(problems).toEqual([]);
  // their manifests declare errors of 2^-20, float32 has 2^-23
  expect({ passed, failed, notBuilt, widened, left }).toEqual({
    passed: checksOf(first(part)),
    failed: 0,
    notBuilt: 0,
    widened: 8,
    left: 0,
  });
});
