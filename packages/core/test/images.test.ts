import { grad } from '@snn/autodiff';
import { reference } from '@snn/backend-conformance';
import { plainCpu } from '@snn/backend-cpu';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  avgPool2d,
  avgPool2dGradient,
  type Backend,
  conv2d,
  conv2dInputGradient,
  conv2dWeightGradient,
  maxPool2d,
  maxPool2dGradient,
  normal,
  randomKey,
  stream,
  sumAll,
  type TensorMeta,
} from '../src/index.ts';

const draw = (name: string, shape: readonly number[]): number[] =>
  Array.from(
    normal(
      stream(randomKey(1), name),
      shape.reduce((n, m) => n * m, 1),
    ),
  );

/** The definition of a convolution: seven loops. */
function naive(
  x: readonly number[],
  [n, c, h, w]: number[],
  k: readonly number[],
  [o, , kh, kw]: number[],
  stride: number,
  padding: number,
  dilation: number,
) {
  const rows = Math.floor((h + 2 * padding - dilation * (kh - 1) - 1) / stride) + 1;
  const columns = Math.floor((w + 2 * padding - dilation * (kw - 1) - 1) / stride) + 1;
  const out: number[] = [];
  for (let image = 0; image < n; image++)
    for (let filter = 0; filter < o; filter++)
      for (let row = 0; row < rows; row++)
        for (let column = 0; column < columns; column++) {
          let total = 0;
          for (let channel = 0; channel < c; channel++)
            for (let i = 0; i < kh; i++)
              for (let j = 0; j < kw; j++) {
                const y = row * stride + i * dilation - padding;
                const z = column * stride + j * dilation - padding;
                const inside = y >= 0 && y < h && z >= 0 && z < w;
                if (inside) total += x[((image * c + channel) * h + y) * w + z] * k[((filter * c + channel) * kh + i) * kw + j];
              }
          out.push(total);
        }
  return { out, shape: [n, o, rows, columns] };
}

describe('conv2d', () => {
  const geometry = fc.record({
    n: fc.integer({ min: 1, max: 2 }),
    c: fc.integer({ min: 1, max: 3 }),
    o: fc.integer({ min: 1, max: 3 }),
    h: fc.integer({ min: 5, max: 9 }),
    w: fc.integer({ min: 5, max: 9 }),
    kh: fc.integer({ min: 1, max: 3 }),
    kw: fc.integer({ min: 1, max: 3 }),
    stride: fc.integer({ min: 1, max: 4 }),
    padding: fc.integer({ min: 0, max: 3 }),
    dilation: fc.integer({ min: 1, max: 2 }),
  });

  test.each([
    ['derived, in float64', reference(), 1e-12],
    ['derived, in float32', reference({ precision: 'float32' }), 1e-5],
  ] as const)('%s, is the seven loops for any stride, padding and dilation', (_, b, allowed) => {
    fc.assert(
      fc.property(geometry, ({ n, c, o, h, w, kh, kw, stride, padding, dilation }) => {
        const [xs, ks] = [draw('images', [n, c, h, w]), draw('kernels', [o, c, kh, kw])];
        const want = naive(xs, [n, c, h, w], ks, [o, c, kh, kw], stride, padding, dilation);
        const got = conv2d(b, b.fromData(xs, [n, c, h, w]), b.fromData(ks, [o, c, kh, kw]), { stride, padding, dilation });
        expect(got.shape).toEqual(want.shape);
        for (const [i, y] of b.readSync(got).entries()) expect(Math.abs(y - want.out[i])).toBeLessThan(allowed);
      }),
      { seed: 1, numRuns: 60 },
    );
  });

  test('the fast path of the CPU backend gives the bits of the derived operation', () => {
    const cpu = plainCpu();
    const b = reference({ precision: 'float32' });
    fc.assert(
      fc.property(geometry, ({ n, c, o, h, w, kh, kw, ...options }) => {
        const [xs, ks] = [draw('images', [n, c, h, w]), draw('kernels', [o, c, kh, kw])];
        const fast = conv2d(cpu, cpu.fromData(xs, [n, c, h, w]), cpu.fromData(ks, [o, c, kh, kw]), options);
        const slow = conv2d(b, b.fromData(xs, [n, c, h, w]), b.fromData(ks, [o, c, kh, kw]), options);
        expect([...cpu.readSync(fast)]).toEqual([...b.readSync(slow)]);
      }),
      { seed: 2, numRuns: 60 },
    );
  });

  test('so do those of its gradients, which are the derivatives of the seven loops', () => {
    const cpu = plainCpu();
    const b = reference({ precision: 'float32' });
    fc.assert(
      fc.property(geometry, ({ n, c, o, h, w, kh, kw, ...options }) => {
        const [x, k] = [
          [n, c, h, w],
          [o, c, kh, kw],
        ];
        const [xs, ks] = [draw('images', x), draw('kernels', k)];
        const { shape } = naive(xs, x, ks, k, options.stride, options.padding, options.dilation);
        const gs = draw('cotangents', shape);
        const both = <T extends TensorMeta>(backend: Backend<T>): readonly T[] => {
          const g = backend.fromData(gs, shape);
          return [
            conv2dInputGradient(backend, g, backend.fromData(ks, k), [h, w], options),
            conv2dWeightGradient(backend, backend.fromData(xs, x), g, [kh, kw], options),
          ];
        };
        const fast = both(cpu).map((y) => cpu.readSync(y));
        both(b).forEach((slow, i) => {
          const want = b.readSync(slow);
          expect([...fast[i]]).toEqual([...want]);
          // linear: <gradient, d> = <g, convolution with d in the place of the input>
          const d = draw('direction', slow.shape);
          const along = naive(i === 0 ? d : xs, x, i === 1 ? d : ks, k, options.stride, options.padding, options.dilation).out;
          const inner = (u: ArrayLike<number>, v: ArrayLike<number>): number => Array.from(u).reduce((sum, y, j) => sum + y * v[j], 0);
          expect(Math.abs(inner(want, d) - inner(gs, along))).toBeLessThan(1e-3);
        });
      }),
      { seed: 6, numRuns: 60 },
    );
  });

  test('gradients refuse a cotangent of another shape', () => {
    const b = reference();
    const g = b.fromData(draw('g', [1, 2, 3, 3]), [1, 2, 3, 3]);
    const k = b.fromData(draw('k', [2, 1, 2, 2]), [2, 1, 2, 2]);
    const x = b.fromData(draw('x', [1, 1, 5, 5]), [1, 1, 5, 5]);
    const shape = expect.objectContaining({ code: 'shape' });
    expect(conv2dInputGradient(b, g, k, [4, 4]).shape).toEqual([1, 1, 4, 4]);
    expect(() => conv2dInputGradient(b, g, k, [5, 5])).toThrow(shape);
    expect(() => conv2dInputGradient(b, g, k, [4, 4], { stride: 2 })).toThrow('g must have the shape of the output, [1, 2, 2, 2]');
    expect(() => conv2dWeightGradient(b, x, g, [2, 2])).toThrow(shape);
    expect(() => conv2dWeightGradient(b, x, b.reshape(g, [2, 3, 3]), [3, 3])).toThrow(shape);
    expect(() => avgPool2dGradient(b, g, [5, 5], 2, 2)).toThrow(shape);
    expect(() => maxPool2dGradient(b, x, g, 2, 2)).toThrow(shape);
  });

  test('refuses what does not fit', () => {
    const b = reference();
    const x = b.fromData(draw('x', [1, 2, 4, 4]), [1, 2, 4, 4]);
    const k = b.fromData(draw('k', [1, 2, 3, 3]), [1, 2, 3, 3]);
    const shape = expect.objectContaining({ code: 'shape' });
    const argument = expect.objectContaining({ code: 'argument' });
    expect(() => conv2d(b, b.reshape(x, [2, 4, 4]), k)).toThrow(shape);
    expect(() => conv2d(b, x, b.reshape(k, [2, 1, 3, 3]))).toThrow(shape);
    expect(() => conv2d(b, x, k, { dilation: 2 })).toThrow(shape);
    for (const bad of [{ stride: 0 }, { padding: -1 }, { dilation: 0.5 }]) expect(() => conv2d(b, x, k, bad)).toThrow(argument);
    expect(() => maxPool2d(b, x, 5)).toThrow(shape);
    expect(() => avgPool2d(b, x, 0)).toThrow(argument);
    expect(() => avgPool2d(b, x, 2, 0)).toThrow(argument);
  });
});

describe('pools', () => {
  const b = reference();
  const x = Array.from({ length: 30 }, (_, i) => ((i * 7) % 11) - 5);
  const image = b.fromData(x, [1, 1, 5, 6]);

  const pooled = (size: number, stride: number, fold: (window: number[]) => number): number[] => {
    const out: number[] = [];
    for (let row = 0; row + size <= 5; row += stride)
      for (let column = 0; column + size <= 6; column += stride) {
        const window: number[] = [];
        for (let i = 0; i < size; i++) for (let j = 0; j < size; j++) window.push(x[(row + i) * 6 + column + j]);
        out.push(fold(window));
      }
    return out;
  };

  test.each([
    [2, 2],
    [3, 1],
    [2, 3],
    [3, 2],
    [1, 1],
    [1, 2],
  ])('windows of %d at a stride of %d', (size, stride) => {
    const largest = pooled(size, stride, (window) => Math.max(...window));
    const means = pooled(size, stride, (window) => window.reduce((total, v) => total + v) / window.length);
    expect([...b.readSync(maxPool2d(b, image, size, stride))]).toEqual(largest);
    for (const [i, y] of b.readSync(avgPool2d(b, image, size, stride)).entries()) expect(y).toBeCloseTo(means[i], 12);
  });

  test('the gradient of a largest that occurs twice goes to the first, row by row', () => {
    const tied = b.fromData([1, 3, 3, 3, 2, 2, 2, 2], [1, 1, 2, 4]);
    const g = grad(b, (ad, y) => sumAll(ad, maxPool2d(ad, y, 2)), tied);
    expect([...b.readSync(g)]).toEqual([0, 1, 1, 0, 0, 0, 0, 0]);
    const flat = b.fromData([0, 0, 0, 0], [1, 1, 2, 2]);
    expect([...b.readSync(grad(b, (ad, y) => sumAll(ad, maxPool2d(ad, y, 2)), flat))]).toEqual([1, 0, 0, 0]);
  });

  test.each([
    [2, 2],
    [3, 1],
    [2, 3],
    [3, 2],
    [1, 1],
    [1, 2],
  ])('the fast paths give the bits of the derived operations, windows of %d at a stride of %d', (size, stride) => {
    const all = <T extends TensorMeta>(backend: Backend<T>): readonly T[] => {
      const shape = [2, 2, 7, 8];
      const real = backend.fromData(draw('x', shape), shape);
      return [real, backend.gt(real, 0.5), backend.mul(backend.gt(real, 0), -0)].flatMap((y) => {
        const pooled = maxPool2d(backend, y, size, stride);
        const g = backend.fromData(draw('g', pooled.shape), pooled.shape);
        return [
          pooled,
          avgPool2d(backend, y, size, stride),
          maxPool2dGradient(backend, y, g, size, stride),
          avgPool2dGradient(backend, g, [7, 8], size, stride),
        ];
      });
    };
    const cpu = plainCpu();
    const slow = reference({ precision: 'float32' });
    const want = all(slow).map((y) => [...slow.readSync(y)]);
    expect(all(cpu).map((y) => [...cpu.readSync(y)])).toEqual(want);
  });

  test('the gradient of overlapping windows adds up', () => {
    const row = b.fromData([1, 5, 2, 4, 0, 0, 0, 0], [1, 1, 2, 4]);
    expect([...b.readSync(grad(b, (ad, y) => sumAll(ad, maxPool2d(ad, y, 2, 1)), row))]).toEqual([0, 2, 0, 1, 0, 0, 0, 0]);
    expect([...b.readSync(grad(b, (ad, y) => sumAll(ad, avgPool2d(ad, y, 2, 1)), row))]).toEqual([
      0.25, 0.5, 0.5, 0.25, 0.25, 0.5, 0.5, 0.25,
    ]);
  });
});
