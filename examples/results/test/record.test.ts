import { expect, test } from 'vitest';
import { type Machine, type Run, runOf, runsWith, type TaskRecord, textOf, variantOf, withVariant } from '../src/record.ts';

const machine: Machine = { cpu: 'a processor', cores: 2, node: 'v24', date: '2026-01-02' };
const run = (seed: number, score: number): Run => ({ seed, score, seconds: 1, details: {}, executedBy: null, curves: [] });
const record: TaskRecord = {
  task: 'some',
  unit: 'accuracy',
  variants: [variantOf('a', machine, [run(1, 0.5)]), variantOf('b', machine, [run(1, 0.25)])],
};

test('mean and sample standard deviation', () => {
  const { mean, deviation } = variantOf('a', machine, [run(1, 1), run(2, 2), run(3, 6)]);
  expect(mean).toBe(3);
  expect(deviation).toBeCloseTo(Math.sqrt(7), 12);
  expect(variantOf('a', machine, [run(1, 1)]).deviation).toBeNull();
});

test('a variant replaces its own record and leaves the others', () => {
  const merged = withVariant(record, variantOf('b', machine, [run(1, 0.75)]), ['a', 'b']);
  expect(merged.variants.map(({ name, mean }) => [name, mean])).toEqual([
    ['a', 0.5],
    ['b', 0.75],
  ]);
});

test('variants stand in the order of the task, and those that it no longer has are dropped', () => {
  const merged = withVariant(record, variantOf('c', machine, [run(1, 1)]), ['c', 'b']);
  expect(merged.variants.map(({ name }) => name)).toEqual(['c', 'b']);
});

test('a run replaces that of its own seed and leaves the others', () => {
  const merged = runsWith([run(1, 0.1), run(2, 0.2), run(3, 0.3)], [run(2, 0.5)]);
  expect(merged.map(({ seed, score }) => [seed, score])).toEqual([
    [1, 0.1],
    [2, 0.5],
    [3, 0.3],
  ]);
});

test('curves are thinned, but end where they ended', () => {
  const points = Array.from({ length: 1001 }, (_, i) => [i, i / 3] as const);
  const { curves } = runOf(1, 1.23456, { score: 1, details: {}, curves: [{ name: 'curve', points }] });
  expect(curves[0].points.length).toBeLessThanOrEqual(200);
  expect(curves[0].points.at(-1)).toEqual([1000, 333.3]);
});

test('the text is JSON of the same contents, with curves on one line', () => {
  const points = [
    [1, 0.5],
    [2, 1e-7],
  ] as const;
  const whole = withVariant(record, variantOf('a', machine, [{ ...run(1, 0.5), curves: [{ name: '[1, 2]', points }] }]), ['a', 'b']);
  expect(JSON.parse(textOf(whole))).toEqual(whole);
  expect(textOf(whole)).toContain('"points": [[1,0.5],[2,1e-7]]');
});
