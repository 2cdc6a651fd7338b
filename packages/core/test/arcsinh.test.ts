import { grad } from '@snn/autodiff';
import { type ReferenceOptions, reference } from '@snn/backend-conformance';
import { arcsinh, sumAll } from '@snn/core';
import { expect, test } from 'vitest';

const positive = Array.from({ length: 161 }, (_, i) => Math.fround(10 ** (i / 8 - 10)));
const grid = [...positive.map((x) => -x).reverse(), 0, ...positive];

test.each<[NonNullable<ReferenceOptions['precision']>, number]>([
  ['float64', 4e-15],
  ['float32', 4e-7],
])('arcsinh and its derivative from -1e10 to 1e10 in %s', (precision, allowed) => {
  const b = reference({ precision });
  const x = b.fromData(grid, [grid.length]);
  const y = b.readSync(arcsinh(b, x));
  const slope = b.readSync(grad(b, (ad, raw) => sumAll(ad, arcsinh(ad, raw)), x));
  grid.forEach((value, i) => {
    expect(Math.abs(y[i] - Math.asinh(value))).toBeLessThanOrEqual(allowed * Math.abs(Math.asinh(value)));
    expect(slope[i] * Math.sqrt(1 + value * value)).toBeCloseTo(1, 6);
  });
});
