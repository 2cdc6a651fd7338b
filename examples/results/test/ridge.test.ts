import { normal, randomKey } from '@snn/core';
import { expect, test } from 'vitest';
import { ridge } from '../src/ridge.ts';

const drawn = normal(randomKey(1), 60 * 5);
const rows = Array.from({ length: 60 }, (_, i) => Array.from(drawn.subarray(5 * i, 5 * i + 5)));

test('without a penalty, a linear law is found', () => {
  const law = [1, -2, 0.5, 0, 3];
  const targets = rows.map((row) => row.reduce((sum, x, i) => sum + x * law[i], 0));
  for (const [i, weight] of ridge(rows, targets, 0).entries()) expect(weight).toBeCloseTo(law[i], 10);
});

test.each([
  ['more rows than columns', rows],
  ['more columns than rows', rows.slice(0, 3)],
] as const)('the gradient of the penalised error is 0: %s', (_, some) => {
  const targets = some.map((row) => Math.sin(row[0]) + row[1] ** 2);
  const [strength, weights] = [0.7, ridge(some, targets, 0.7)];
  for (let k = 0; k < 5; k++) {
    const slope = some.reduce((sum, row, s) => sum + row[k] * (row.reduce((y, x, i) => y + x * weights[i], 0) - targets[s]), 0);
    expect(slope + strength * weights[k]).toBeCloseTo(0, 10);
  }
});

test('equal columns need a penalty', () => {
  const twice = [
    [1, 1],
    [2, 2],
  ];
  expect(() => ridge(twice, [1, 2], 0)).toThrow('ridge: row or column 1 cannot be told apart');
  const [first, second] = ridge(twice, [1, 2], 1e-9);
  expect(first).toBeCloseTo(0.5, 5);
  expect(second).toBeCloseTo(0.5, 5);
});
