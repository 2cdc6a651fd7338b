// The order of sums over time: one running sum per element from +0, the last step first, which can be continued.
import { plainCpu } from '@snn/backend-cpu';
import { normal, type ProgramNode, randomKey, sizeOf, split } from '@snn/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sumOverTime } from '../src/index.ts';

const { fround } = Math;
const b = plainCpu();
type Tensor = ReturnType<typeof b.fromData>;
const numbers = (x: Tensor): number[] => [...b.readSync(x)];
const node = (op: ProgramNode['op'], shape: readonly number[], attributes: readonly unknown[] = []): ProgramNode => ({
  op,
  inputs: [{ node: 0 }, { node: 1 }],
  attributes,
  shape,
  dtype: 'float32',
});
const sizes = fc.record({
  seed: fc.nat(),
  steps: fc.integer({ min: 1, max: 7 }),
  cut: fc.integer({ min: 0, max: 7 }),
  rows: fc.integer({ min: 1, max: 4 }),
  m: fc.integer({ min: 1, max: 4 }),
  n: fc.integer({ min: 1, max: 4 }),
});
const steps = (x: Tensor, from: number, to: number): Tensor =>
  b.slice(x, [from, ...x.shape.slice(1).map(() => 0)], [to - from, ...x.shape.slice(1)]);

test('a product runs over steps descending and rows ascending, in one sum, which can be continued from any step', () => {
  fc.assert(
    fc.property(sizes, ({ seed, steps: T, cut, rows, m, n }) => {
      const [k1, k2] = split(randomKey(seed), 2);
      const x = b.fromData(normal(k1, T * m * rows), [T, m, rows]);
      const y = b.fromData(normal(k2, T * rows * n), [T, rows, n]);
      const expected = new Float32Array(m * n);
      const [xs, ys] = [numbers(x), numbers(y)];
      for (let t = T - 1; t >= 0; t--)
        for (let r = 0; r < rows; r++)
          for (let i = 0; i < m; i++)
            for (let j = 0; j < n; j++)
              expected[i * n + j] = fround(expected[i * n + j] + fround(xs[(t * m + i) * rows + r] * ys[(t * rows + r) * n + j]));
      const product = node('matmul', [m, n]);
      const over = (from: number, to: number, before?: Tensor): Tensor => {
        const operands = [x, y].map((value) => ({ value: steps(value, from, to), timed: true }));
        return sumOverTime(b, product, operands, to - from, before);
      };
      expect(numbers(over(0, T))).toEqual([...expected]);
      if (cut > 0 && cut < T) expect(numbers(over(0, cut, over(cut, T)))).toEqual([...expected]);
    }),
  );
});

test('any other node adds its values step by step, the last one first', () => {
  fc.assert(
    fc.property(sizes, ({ seed, steps: T, cut, rows, n }) => {
      const [key] = split(randomKey(seed), 2);
      const x = b.fromData(normal(key, T * rows * n), [T, rows, n]);
      const xs = numbers(x);
      const expected = new Float32Array(n);
      for (let t = T - 1; t >= 0; t--)
        for (let j = 0; j < n; j++) {
          let step = 0;
          for (let r = 0; r < rows; r++) step = fround(step + xs[(t * rows + r) * n + j]);
          expected[j] = fround(expected[j] + step);
        }
      const sum = node('sum', [1, n], [[0]]);
      const over = (from: number, to: number, before?: Tensor): Tensor =>
        sumOverTime(b, sum, [{ value: steps(x, from, to), timed: true }], to - from, before);
      expect(numbers(over(0, T))).toEqual([...expected]);
      if (cut > 0 && cut < T) expect(numbers(over(0, cut, over(cut, T)))).toEqual([...expected]);
    }),
  );
});

test('what does not change with time is added once for each step, not multiplied', () => {
  const x = b.fromData([0.1, -3e-8], [2]);
  const once = node('mul', [2]);
  const total = sumOverTime(b, once, [{ value: x, timed: false }, 1], 10);
  const expected = numbers(x).map((value) => Array.from({ length: 10 }).reduce<number>((sum) => fround(sum + value), 0));
  expect(numbers(total)).toEqual(expected);
  expect(expected[0]).not.toBe(fround(numbers(x)[0] * 10));
  expect(sizeOf(total.shape)).toBe(2);
});
