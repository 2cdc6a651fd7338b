import { expect, test } from 'vitest';
import { TASKS } from '../src/tasks.ts';

/** Folder with data that are not part of the project. */
const DATA = process.env.SNN_DATA ?? null;

/** Milliseconds that one short form may take, where many things run at once. */
const MOST = 300_000;

test('tasks have names of their own, and so do the variants of each', () => {
  expect(new Set(TASKS.map(({ name }) => name)).size).toBe(TASKS.length);
  for (const { variants } of TASKS) expect(new Set(variants.map(({ name }) => name)).size).toBe(variants.length);
});

for (const { name, unit, needs, variants } of TASKS) {
  for (const variant of variants) {
    test(
      `${name}: ${variant.name}, short`,
      async ({ skip }) => {
        skip(needs !== null && DATA === null, `its data are not part of the project; SNN_DATA says where they are. ${needs}`);
        const lines: string[] = [];
        const { score, curves, details } = await variant.run({ seed: 1, short: true, data: DATA, progress: (line) => lines.push(line) });
        expect(lines.length).toBeGreaterThan(0);
        expect(Number.isFinite(score)).toBe(true);
        expect(curves[0].points.length).toBeGreaterThan(1);
        expect(Object.values(details).every(Number.isFinite)).toBe(true);
        if (variant.shortGoal === null) return;
        if (unit === 'accuracy') expect(score).toBeGreaterThanOrEqual(variant.shortGoal);
        else expect(score).toBeLessThanOrEqual(variant.shortGoal);
      },
      MOST,
    );
  }
}
