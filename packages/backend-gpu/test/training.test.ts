import { plainCpu } from '@snn/backend-cpu';
import { expect, test } from 'vitest';
import { gpu } from '../src/index.ts';
import { apart, train } from './training.ts';

test('200 training steps on webasm follow those of the CPU', { timeout: 120_000 }, async () => {
  const b = await gpu({ mode: 'webasm' });
  const { losses, executedBy } = await train(b, 200);
  const want = await train(plainCpu(), 200);
  expect(executedBy).toContain('gpu.js webasm: createPipeline');
  expect(losses).toHaveLength(200);
  expect(losses[199]).toBeLessThan(0.7 * losses[0]);
  // exp and log of the two differ in their last bit, and spikes are discontinuous: curves part a little, but stay together
  expect(losses[0]).toBeCloseTo(want.losses[0], 6);
  expect(apart(losses, want.losses)).toBeLessThan(0.02);
  await b.destroy();
});
