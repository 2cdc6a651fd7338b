// The first steps of training on MNIST: each device's losses are those of the CPU backend. `pnpm browser:mnist` makes 200 steps.

import { expect, test } from 'vitest';
import { runInBrowser } from './run-job.ts';

const STEPS = 10;
const want = runInBrowser('mnist 10', { environment: 'isolated' });

test.for(['gpu-webgpu', 'gpu-webgl2', 'gpu-webasm'] as const)('%s', async (backend) => {
  const { losses, relativeError } = await runInBrowser('mnist 10', { environment: 'isolated', thread: 'worker', backend });
  const { losses: expected } = await want;
  expect(expected).toHaveLength(STEPS);
  expect(expected[STEPS - 1]).toBeLessThan(expected[0]);
  const apart = losses.map((loss, i) => Math.abs(loss - expected[i]) / expected[i]);
  expect(losses).toHaveLength(STEPS);
  expect(Math.max(...apart)).toBeLessThan(relativeError);
});
