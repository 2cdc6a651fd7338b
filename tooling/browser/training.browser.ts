// A short training on every backend and in every environment: the loss falls, and on the CPU it is, to the bit, the loss of the same training in Node.

import { cpu, plainCpu } from '@snn/backend-cpu';
import { expect, test } from 'vitest';
import { CHOICES, type Choice } from '../../examples/browser/src/choices.ts';
import { ENVIRONMENT_NAMES } from './environments.ts';
import { type TrainingReport, training } from './page/training.ts';
import { runInBrowser } from './run-job.ts';

const mean = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length;

function expectLearning({ losses, accuracy }: TrainingReport): void {
  expect(losses).toHaveLength(30);
  expect(mean(losses.slice(-5))).toBeLessThan(0.5 * mean(losses.slice(0, 5)));
  expect(accuracy).toBeGreaterThan(0.9);
}

test.for(Object.keys(CHOICES) as Choice[])('the loss falls on %s', async (backend) => {
  expectLearning(await runInBrowser('training', { environment: 'isolated', thread: 'worker', backend }));
});

test.for(ENVIRONMENT_NAMES)('the CPU backend trains in %s as it does in Node', async (environment) => {
  const report = await runInBrowser('training', { environment });
  expectLearning(report);
  // the plain tier sums gradients of weights in another order
  const backend = environment === 'strict' ? plainCpu() : await cpu();
  expect(report.losses).toEqual((await training(backend)).losses);
});
