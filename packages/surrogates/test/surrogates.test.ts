import { autodiff } from '@snn/autodiff';
import { reference } from '@snn/backend-conformance';
import { plainCpu } from '@snn/backend-cpu';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { snntorchHeaviside, snntorchSparseFastSigmoid, snntorchSpikeRateEscape, snntorchTriangular } from '../src/defective.ts';
import {
  arctan,
  circular,
  custom,
  erfc,
  fastSigmoid,
  gaussian,
  leaky,
  multiGaussian,
  rectangle,
  type Surrogate,
  sigmoid,
  spike,
  straightThrough,
  tanh,
  triangle,
} from '../src/index.ts';

const exact = reference();
const single = plainCpu();
const derivative = ({ derivative }: Surrogate, x: readonly number[]): number[] => [
  ...exact.readSync(derivative(exact, exact.fromData(x, [x.length]))),
];
const derivative32 = ({ derivative }: Surrogate, x: readonly number[]): number[] => [
  ...single.readSync(derivative(single, single.fromData(x, [x.length]))),
];

const { PI, SQRT2, abs, atan, cosh, exp, max, sqrt } = Math;
const normal = (x: number, deviation: number): number => exp(-((x / deviation) ** 2) / 2) / (deviation * sqrt(2 * PI));
const squash = (x: number): number => 1 / (1 + exp(-x));

interface Case {
  readonly make: (k: number) => Surrogate;
  readonly closed: (x: number, k: number) => number;
  /** Integral over the whole axis; absent where it diverges. */
  readonly integral?: (k: number) => number;
  readonly symmetric: boolean;
}

// written apart from the sources: from the derivatives' definitions
const CASES: Readonly<Record<string, Case>> = {
  arctan: {
    make: (k) => arctan({ sharpness: k }),
    closed: (x, k) => k / 2 / (1 + ((PI * k * x) / 2) ** 2),
    integral: () => 1,
    symmetric: true,
  },
  fastSigmoid: {
    make: (k) => fastSigmoid({ sharpness: k }),
    closed: (x, k) => 1 / (k * abs(x) + 1) ** 2,
    integral: (k) => 2 / k,
    symmetric: true,
  },
  sigmoid: {
    make: (k) => sigmoid({ sharpness: k }),
    closed: (x, k) => k * squash(k * x) * squash(-k * x),
    integral: () => 1,
    symmetric: true,
  },
  tanh: { make: (k) => tanh({ sharpness: k }), closed: (x, k) => 1 / cosh(k * x) ** 2, integral: (k) => 2 / k, symmetric: true },
  triangle: {
    make: (k) => triangle({ height: 3, width: 1 / k }),
    closed: (x, k) => 3 * max(0, 1 - k * abs(x)),
    integral: (k) => 3 / k,
    symmetric: true,
  },
  rectangle: {
    make: (k) => rectangle({ height: 3, width: 1 / k }),
    closed: (x, k) => (abs(x) < 1 / k ? 3 : 0),
    integral: (k) => 6 / k,
    symmetric: true,
  },
  gaussian: { make: (k) => gaussian({ width: 1 / k }), closed: (x, k) => normal(x, 1 / k), integral: () => 1, symmetric: true },
  multiGaussian: {
    make: (k) => multiGaussian({ width: 1 / k, spread: 2, sideHeight: 0.3 }),
    closed: (x, k) => 1.3 * normal(x, 1 / k) - 0.3 * normal(x - 1 / k, 2 / k) - 0.3 * normal(x + 1 / k, 2 / k),
    integral: () => 0.7,
    symmetric: true,
  },
  erfc: {
    make: (k) => erfc({ sharpness: k }),
    closed: (x, k) => (2 / sqrt(PI)) * exp(-((k * x) ** 2)),
    integral: (k) => 2 / k,
    symmetric: true,
  },
  circular: {
    make: (k) => circular({ width: 1 / k }),
    closed: (x, k) => (1 + (k * x) ** 2) ** -1.5,
    integral: (k) => 2 / k,
    symmetric: true,
  },
  straightThrough: { make: straightThrough, closed: () => 1, symmetric: true },
  leaky: { make: (k) => leaky({ slope: 1 / k }), closed: (x, k) => (x > 0 ? 1 : 1 / k), symmetric: false },
  custom: { make: () => custom('mine', (b, x) => b.exp(b.mul(b.mul(x, x), -1))), closed: (x) => exp(-x * x), symmetric: true },
};

const GRID = Array.from({ length: 61 }, (_, n) => (n - 30) / 8 + 1 / 1024);
const within = fc.double({ min: -1e4, max: 1e4, noNaN: true });
const sharpnesses = fc.double({ min: 0.01, max: 200, noNaN: true });

describe.each(Object.entries(CASES))('%s', (_name, { make, closed, integral, symmetric }) => {
  test('is its closed form on a grid, in float64 and float32', () => {
    for (const k of [0.7, 2, 25]) {
      const expected = GRID.map((x) => closed(x, k));
      const peak = max(...expected);
      derivative(make(k), GRID).forEach((g, n) => {
        expect(abs(g - expected[n])).toBeLessThanOrEqual(1e-13 * peak);
      });
      derivative32(make(k), GRID).forEach((g, n) => {
        expect(abs(g - expected[n])).toBeLessThanOrEqual(2e-6 * peak);
      });
    }
  });
  test('is finite up to 1e4 from the threshold, in float32', () => {
    fc.assert(
      fc.property(within, sharpnesses, (x, k) => {
        expect(derivative32(make(k), [x]).every(Number.isFinite)).toBe(true);
      }),
    );
  });
  if (symmetric) {
    test('is symmetric', () => {
      fc.assert(
        fc.property(within, sharpnesses, (x, k) => {
          const [left, right] = derivative32(make(k), [-x, x]);
          expect(left).toBe(right);
        }),
      );
    });
  }
  if (integral) {
    test('has the integral that it says', () => {
      for (const k of [0.7, 2, 25]) {
        // x = u / (1 - u^2) / k takes -1 ... 1 to the whole axis
        const cells = 4000;
        const u = Array.from({ length: cells }, (_, n) => (2 * n + 1) / cells - 1);
        const values = derivative(
          make(k),
          u.map((t) => t / (1 - t * t) / k),
        );
        const total = values.reduce((sum, g, n) => sum + (g * (1 + u[n] ** 2)) / (1 - u[n] ** 2) ** 2 / k, 0) * (2 / cells);
        expect(total).toBeCloseTo(integral(k), 3 - Math.ceil(Math.log10(integral(k))));
      }
    });
  }
});

describe('relations between surrogates', () => {
  test('the sigmoid of sharpness 4 is the gradient of traceTorch: 4 y (1 - y) with y = sigmoid(4 x)', () => {
    const y = GRID.map((x) => squash(4 * x));
    derivative(sigmoid(), GRID).forEach((g, n) => {
      expect(g).toBeCloseTo(4 * y[n] * (1 - y[n]), 12);
    });
  });
  test('a gaussian of width 1 / (sqrt(2) k) is k / 2 erfc', () => {
    const bell = derivative(gaussian({ width: 1 / (SQRT2 * 3) }), GRID);
    derivative(erfc({ sharpness: 3 }), GRID).forEach((g, n) => {
      expect(bell[n]).toBeCloseTo((3 / 2) * g, 12);
    });
  });
  test('arctan is the derivative of the arctangent', () => {
    const primitive = (x: number): number => atan(PI * x) / PI;
    derivative(arctan(), GRID).forEach((g, n) => {
      expect(g).toBeCloseTo((primitive(GRID[n] + 1e-5) - primitive(GRID[n] - 1e-5)) / 2e-5, 6);
    });
  });
  test('the snnTorch originals are as wrong as they are coded', () => {
    const x = [-2, -0.5, 0, 0.5, 1, 1.5, 2];
    expect(derivative(snntorchTriangular(), x)).toEqual([1, 1, -1, -1, -1, -1, -1]);
    expect(derivative(snntorchHeaviside(), x)).toEqual([0, 0, 0, 1, 1, 1, 1]);
    expect(derivative(snntorchSpikeRateEscape(), x)).toEqual(x.map((u) => 25 * exp(-abs(u - 1))));
    expect(derivative(snntorchSparseFastSigmoid(), x)).toEqual(x.map((u) => (u > 1 ? 1 / (25 * u + 1) ** 2 : 0)));
  });
});

describe('spike', () => {
  const x = [-1, -0, 0, 1e-30, 2, Number.NaN];
  test('is strict unless told otherwise, and silent for NaN', () => {
    const t = single.fromData(x, [6]);
    expect([...single.readSync(spike(single, t, triangle()))]).toEqual([0, 0, 0, 1, 1, 0]);
    expect([...single.readSync(spike(single, t, triangle(), '>='))]).toEqual([0, 1, 1, 1, 1, 0]);
  });
  test('passes the gradient times the derivative', () => {
    const ad = autodiff(exact);
    const v = ad.variable(exact.fromData([-0.5, 0.25, 3], [3]));
    for (const comparison of ['>', '>='] as const) {
      const z = spike(ad, v, triangle({ height: 2 }), comparison);
      const [g] = ad.backward([z], [exact.fromData([1, 10, 100], [3])], [v]);
      expect([...exact.readSync(g as NonNullable<typeof g>)]).toEqual([1, 15, 0]);
    }
  });
});

describe('bad parameters', () => {
  test.each([
    [() => arctan({ sharpness: 0 }), 'arctan: sharpness must be a finite number above 0, but is 0.'],
    [() => fastSigmoid({ sharpness: Number.NaN }), 'fastSigmoid: sharpness'],
    [() => sigmoid({ sharpness: Infinity }), 'sigmoid: sharpness'],
    [() => tanh({ sharpness: -1 }), 'tanh: sharpness'],
    [() => erfc({ sharpness: -1 }), 'erfc: sharpness'],
    [() => triangle({ width: 0 }), 'triangle: width'],
    [() => triangle({ height: Number.NaN }), 'triangle: height'],
    [() => rectangle({ width: -1 }), 'rectangle: width'],
    [() => rectangle({ height: 0 }), 'rectangle: height'],
    [() => gaussian({ width: 0 }), 'gaussian: width'],
    [() => circular({ width: 0 }), 'circular: width'],
    [() => multiGaussian({ spread: 0 }), 'multiGaussian: spread'],
    [() => multiGaussian({ width: 0 }), 'multiGaussian: width'],
    [() => multiGaussian({ sideHeight: -1 }), 'multiGaussian: sideHeight'],
    [() => leaky({ slope: -0.1 }), 'leaky: slope must be a finite number of at least 0, but is -0.1.'],
  ])('%# are refused by name', (make, message) => {
    expect(make).toThrow(expect.objectContaining({ code: 'argument', message: expect.stringContaining(message) }));
  });
});
