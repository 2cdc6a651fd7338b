import { expect, test } from 'vitest';
import { mackeyGlass, POINTS_PER_LYAPUNOV_TIME } from '../src/tasks/mackey-glass-series.ts';

test('within the first delay the series is an exponential', () => {
  const [past, spacing] = [0.7206597, 197 / POINTS_PER_LYAPUNOV_TIME];
  const target = (2 * past) / (1 + past ** 10);
  const series = mackeyGlass(7);
  for (let k = 0; k * spacing < 17; k++) expect(series[k]).toBeCloseTo(target + (past - target) * Math.exp(-0.1 * k * spacing), 5);
});

test('it stays within its known bounds and does not repeat', () => {
  const series = mackeyGlass(1500);
  const late = series.subarray(300);
  expect(Math.min(...late)).toBeGreaterThan(0.3);
  expect(Math.max(...late)).toBeLessThan(1.4);
  expect(Math.max(...late) - Math.min(...late)).toBeGreaterThan(0.8);
});

test('a longer series begins with the shorter one', () => expect(mackeyGlass(50)).toEqual(mackeyGlass(100).subarray(0, 50)));
