// What a short training must have come to.

import { expect } from 'vitest';
import type { TrainingReport } from './page/training.ts';

const mean = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length;

/** Its loss halves, and nearly all patterns are told apart. */
export function expectLearning({ losses, accuracy }: TrainingReport): void {
  expect(losses).toHaveLength(30);
  expect(mean(losses.slice(-5))).toBeLessThan(0.5 * mean(losses.slice(0, 5)));
  expect(accuracy).toBeGreaterThan(0.9);
}
