import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bernoulli, type Key, randomBits } from '../src/index.ts';

const bits = fc.integer({ min: 0, max: 0xffffffff });

test('bernoulli compares the words of randomBits with the probabilities', () => {
  const probability = fc.oneof(fc.constantFrom(0, 1, -1, Number.NaN), fc.double({ min: 0, max: 1, noNaN: true }));
  fc.assert(
    fc.property(fc.tuple(bits, bits), fc.array(probability, { maxLength: 40 }), (key, probabilities) => {
      const words = randomBits(key as Key, probabilities.length);
      const expected = probabilities.map((p, i) => ((words[i] >>> 8) * 2 ** -24 < p ? 1 : 0));
      expect([...bernoulli(key as Key, probabilities, probabilities.length)]).toEqual(expected);
    }),
    { numRuns: 300 },
  );
});
