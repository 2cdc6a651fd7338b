import fc from 'fast-check';
import { expect, test } from 'vitest';
import { matmulInto } from '../src/matmul.ts';

const { fround } = Math;

/** The definition, one output after the other. */
function product(a: Float32Array, b: Float32Array, m: number, k: number, n: number): Float32Array {
  const out = new Float32Array(m * n);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let p = 0; p < k; p++) if (a[i * k + p] !== 0) sum = fround(sum + fround(a[i * k + p] * b[p * n + j]));
      out[i * n + j] = sum;
    }
  }
  return out;
}

const size = fc.integer({ min: 1, max: 9 });
const weight = fc.oneof(fc.float(), fc.constantFrom(0, -0, 1, Number.NaN, Infinity, -Infinity));

test.each([
  ['spikes', fc.constantFrom(0, 1)],
  ['ternary spikes', fc.constantFrom(-1, 0, 1)],
  ['real numbers', weight],
  ['now and then one that is no spike', fc.oneof({ weight: 9, arbitrary: fc.constantFrom(0, 1) }, { weight: 1, arbitrary: weight })],
])('the bits are those of the definition: %s', (_name, input) => {
  fc.assert(
    fc.property(size, size, size, fc.infiniteStream(input), fc.infiniteStream(weight), (m, k, n, left, right) => {
      const a = Float32Array.from([...left.take(m * k)]);
      const b = Float32Array.from([...right.take(k * n)]);
      const out = new Float32Array(m * n + 2);
      // with gaps before and after: offsets count, and nothing else is touched
      matmulInto(out, 1, Float32Array.from([7, ...a]), 1, Float32Array.from([7, 7, ...b]), 2, m, k, n);
      const words = (x: Float32Array): number[] => [...new Uint32Array(x.map((value) => (value === value ? value : Number.NaN)).buffer)];
      expect(words(out.slice(1, -1))).toEqual(words(product(a, b, m, k, n)));
      expect([out[0], out[m * n + 1]]).toEqual([0, 0]);
    }),
    { numRuns: 300 },
  );
});
