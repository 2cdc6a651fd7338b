/** The product kernels against their definitions, bit by bit. */
import { assemble } from '@snn/compile/wasm';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { matmulInto } from '../src/matmul.ts';
import { multiplyScratchBytes, multiplyTransposedScratchBytes, packedBytes, products } from '../src/wasm/kernels/index.ts';

const { fround } = Math;
const memory = new WebAssembly.Memory({ initial: 512 });
const { exports } = new WebAssembly.Instance(new WebAssembly.Module(assemble(products(false))), { env: { memory } });
const run = (name: string, ...args: number[]): void => (exports[name] as (...args: number[]) => void)(...args);

/** Numbers written around every array; no kernel may change them. */
const CANARY = 12345.678;
const GAP = 8;

/** Arrays one after the other in the memory, with canaries between them. */
function place(...arrays: readonly Float32Array[]): { readonly at: number[]; intact(): boolean; read(i: number): Float32Array } {
  const heap = new Float32Array(memory.buffer);
  const at: number[] = [];
  const gaps: number[] = [];
  let next = 0;
  const gap = (): void => {
    gaps.push(next);
    heap.fill(CANARY, next, next + GAP);
    // addresses need no alignment beyond that of a number
    next += GAP + 1;
  };
  for (const array of arrays) {
    gap();
    at.push(4 * next);
    heap.set(array, next);
    next += array.length;
  }
  gap();
  return {
    at,
    intact: () => gaps.every((from) => heap.subarray(from, from + GAP).every((x) => x === fround(CANARY))),
    read: (i) => heap.slice(at[i] / 4, at[i] / 4 + arrays[i].length),
  };
}

const scratch = (bytes: number): Float32Array => new Float32Array(Math.ceil(bytes / 4)).fill(Number.NaN);
const words = (x: Float32Array): Uint32Array => new Uint32Array(x.slice().buffer);

/** A repeatable stream of numbers in [0, 1). */
function random(seed: number): () => number {
  let s = seed >>> 0;
  return () => (s = (Math.imul(s, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}

const ZEROS = [0, -0];
/** Denormal and large numbers, whose products and sums stay finite: the kernels promise nothing about the bits of NaN. */
const SPECIAL = [0, -0, 1, -1, 1e-40, -1e-40, 1.4e-45, 1e17];

/** `count` numbers of which the share `density` is not zero: ones, or any numbers, special ones among them. */
function numbers(next: () => number, count: number, density: number, kind: 'spikes' | 'any'): Float32Array {
  return Float32Array.from({ length: count }, () => {
    if (next() >= density) return ZEROS[Math.floor(next() * 2)];
    if (kind === 'spikes') return 1;
    return next() < 0.2 ? SPECIAL[Math.floor(next() * SPECIAL.length)] : next() * 4 - 2;
  });
}

const density = fc.constantFrom(0, 0.01, 0.05, 0.3, 0.5, 0.7, 1);
const kind = fc.constantFrom('spikes' as const, 'any' as const);
const columns = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constantFrom(10, 20, 64, 99, 100, 101, 102, 103, 128));
const depth = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constantFrom(100, 128, 257));
const height = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constantFrom(64, 100, 300));
const seed = fc.integer();

test('multiply has the bits of the plain tier, in one call or split over rows', () => {
  fc.assert(
    fc.property(
      height,
      depth,
      columns,
      density,
      kind,
      density,
      seed,
      fc.double({ min: 0, max: 1, noNaN: true }),
      (rows, k, n, d, of, dw, s, cut) => {
        const next = random(s);
        const x = numbers(next, rows * k, d, of);
        const w = numbers(next, k * n, dw, 'any');
        const expected = new Float32Array(rows * n);
        matmulInto(expected, 0, x, 0, w, 0, rows, k, n);
        const { at, intact, read } = place(
          x,
          w,
          new Float32Array(rows * n).fill(CANARY),
          scratch(multiplyScratchBytes(k)),
          scratch(packedBytes(k, n)),
          scratch(4 * k),
        );
        run('packMatrix', at[1], k, n, at[4], at[5]);
        const split = Math.floor(cut * rows);
        run('multiply', at[0], at[4], at[2], split, rows, k, n, at[3]);
        // rows before the range are not touched
        expect(
          read(2)
            .subarray(0, split * n)
            .every((value) => value === fround(CANARY)),
        ).toBe(true);
        run('multiply', at[0], at[4], at[2], 0, split, k, n, at[3]);
        expect(words(read(2))).toEqual(words(expected));
        expect(intact()).toBe(true);
      },
    ),
    { numRuns: 300 },
  );
});

/** The definition of multiplyTransposed, one output after the other. */
function weightGradient(x: Float32Array, g: Float32Array, steps: number, rows: number, k: number, n: number): Float32Array {
  const out = new Float32Array(k * n);
  for (let p = 0; p < k; p++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let t = steps - 1; t >= 0; t--)
        for (let r = 0; r < rows; r++) sum = fround(sum + fround(x[(t * rows + r) * k + p] * g[(t * rows + r) * n + j]));
      out[p * n + j] = sum;
    }
  }
  return out;
}

test('multiplyTransposed has the bits of its definition, whole or split over rows of the result and over steps', () => {
  const cut = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 1, max: 20 }),
      fc.tuple(depth, columns),
      density,
      kind,
      density,
      seed,
      fc.tuple(cut, cut),
      (steps, rows, [k, n], d, of, dg, s, [cutK, cutT]) => {
        const next = random(s);
        const x = numbers(next, steps * rows * k, d, of);
        const g = numbers(next, steps * rows * n, dg, 'any');
        const expected = weightGradient(x, g, steps, rows, k, n);
        const { at, intact, read } = place(x, g, new Float32Array(k * n), scratch(multiplyTransposedScratchBytes(n)));
        const splitK = Math.floor(cutK * k);
        const splitT = Math.floor(cutT * steps);
        const part = (t: number, until: number, from: number, to: number): void =>
          run('multiplyTransposed', at[0] + 4 * t * rows * k, at[1] + 4 * t * rows * n, at[2], until - t, rows, k, from, to, n, at[3]);
        for (const [from, to] of [
          [splitK, k],
          [0, splitK],
        ]) {
          part(splitT, steps, from, to);
          part(0, splitT, from, to);
          if (from > 0)
            expect(
              read(2)
                .subarray(0, from * n)
                .every((value) => Object.is(value, 0)),
            ).toBe(true);
        }
        expect(words(read(2))).toEqual(words(expected));
        expect(intact()).toBe(true);
      },
    ),
    { numRuns: 150 },
  );
});

test.each([
  ['spikes of x are listed', 0.05, 'spikes', 1, 530, 42],
  ['spikes in nearly all places', 0.95, 'spikes', 1, 203, 42],
  ['values of x are listed', 0.05, 'any', 1, 203, 202],
  ['g is listed', 1, 'any', 0.02, 203, 202],
  ['neither', 1, 'any', 1, 203, 202],
] as const)('multiplyTransposed over several chunks and blocks: %s', (_name, dx, of, dg, k, n) => {
  const [steps, rows] = [41, 15];
  const next = random(5);
  const x = numbers(next, steps * rows * k, dx, of);
  const g = numbers(next, steps * rows * n, dg, 'any');
  const { at, intact, read } = place(x, g, new Float32Array(k * n), scratch(multiplyTransposedScratchBytes(n)));
  run('multiplyTransposed', at[0], at[1], at[2], steps, rows, k, 0, k, n, at[3]);
  expect(words(read(2))).toEqual(words(weightGradient(x, g, steps, rows, k, n)));
  expect(intact()).toBe(true);
});

test('transpose', () => {
  fc.assert(
    fc.property(depth, depth, (rows, across) => {
      const x = Float32Array.from({ length: rows * across }, (_, i) => i);
      const { at, intact, read } = place(x, new Float32Array(rows * across));
      run('transpose', at[0], rows, across, at[1]);
      expect(read(1)).toEqual(Float32Array.from(x, (_, i) => (i % rows) * across + Math.floor(i / rows)));
      expect(intact()).toBe(true);
    }),
  );
});

test('addRows and addRowsReversed have the bits of their definitions, in one call or split over columns', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 9 }),
      columns,
      seed,
      fc.double({ min: 0, max: 1, noNaN: true }),
      (steps, rows, n, s, cut) => {
        const next = random(s);
        const x = numbers(next, steps * rows * n, 0.7, 'any');
        const start = numbers(next, n, 1, 'any');
        const sums = new Float32Array(steps * n);
        for (let t = 0; t < steps; t++)
          for (let r = 0; r < rows; r++) for (let j = 0; j < n; j++) sums[t * n + j] += x[(t * rows + r) * n + j];
        const reversed = start.slice();
        for (let t = steps - 1; t >= 0; t--) for (let j = 0; j < n; j++) reversed[j] += sums[t * n + j];
        const { at, intact, read } = place(x, new Float32Array(steps * n), start);
        const split = Math.floor(cut * n);
        for (const [from, to] of [
          [split, n],
          [0, split],
        ]) {
          run('addRows', at[0], at[1], rows, n, steps, from, to);
          run('addRowsReversed', at[0], at[2], steps, rows, n, from, to);
        }
        expect(words(read(1))).toEqual(words(sums));
        expect(words(read(2))).toEqual(words(reversed));
        expect(intact()).toBe(true);
      },
    ),
    { numRuns: 300 },
  );
});
