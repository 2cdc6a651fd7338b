// A short training on every backend: the loss falls. On the CPU it is also made in every environment (environment.browser.ts), and on the modes of gpu.js
// that are not here on real images, loss by loss (mnist.browser.ts).

import { expect, test } from 'vitest';
import { expectLearning } from './learning.ts';
import { runInBrowser } from './run-job.ts';

test.for(['plain', 'tfjs-webgl', 'tfjs-wasm', 'gpu-auto', 'gpu-webgl'] as const)('the loss falls on %s', async (backend) => {
  const report = await runInBrowser('training', { environment: 'isolated', thread: 'worker', backend });
  expectLearning(report);
  if (backend === 'gpu-auto') expect(report.backend).toBe('gpu-webgpu');
});
