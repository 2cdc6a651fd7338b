// Constraints: raw value and value are each other's inverse, in range, and out of range is refused.
import { reference } from '@snn/backend-conformance';
import type { Constraint } from '@snn/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fromRaw, toRaw } from '../src/constraint.ts';

const b = reference();
const used = (constraint: Constraint, raw: number): number => b.readSync(fromRaw(b, constraint, b.fromData([raw], [])))[0];

test.each<readonly [Constraint, number, number]>([
  ['none', -1e3, 1e3],
  ['positive', 1e-6, 1e3],
  ['unit', 1e-6, 1 - 1e-6],
  ['clamp', 0, 1],
])('%s: the value comes back', (constraint, min, max) => {
  fc.assert(
    fc.property(fc.double({ min, max, noNaN: true }), (value) => {
      expect(Math.abs(used(constraint, toRaw('x', constraint, value)) - value)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(value)));
    }),
  );
});

test.each<readonly [Constraint, number]>([
  ['none', Number.NaN],
  ['none', Number.POSITIVE_INFINITY],
  ['positive', 0],
  ['positive', -2],
  ['unit', 0],
  ['unit', 1],
  ['clamp', -0.1],
  ['clamp', 1.1],
])('%s refuses %d', (constraint, value) => {
  expect(() => toRaw('lif: tau', constraint, value)).toThrow(`lif: tau: a value under the constraint '${constraint}' must be`);
});

test('any raw value gives a value in range', () => {
  for (const raw of [-80, -1, 0, 1, 80]) {
    expect(used('positive', raw)).toBeGreaterThan(0);
    expect(used('unit', raw)).toBeGreaterThanOrEqual(0);
    expect(used('unit', raw)).toBeLessThanOrEqual(1);
    expect(used('clamp', raw)).toBe(Math.min(1, Math.max(0, raw)));
  }
});
