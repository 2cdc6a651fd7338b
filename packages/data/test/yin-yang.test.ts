import { createHash } from 'node:crypto';
import { yinYang } from '@snn/data';
import { expect, test } from 'vitest';
import { mersenneTwister } from '../src/mersenne-twister.ts';

const hash = (values: ArrayBufferView): string =>
  createHash('sha256')
    .update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
    .digest('hex');

// of the arrays in publication_data of lkriener/yin_yang_data_set: float64 [n, 4] and int64 [n], little-endian, without the headers of the files
test.each([
  [
    'train',
    5000,
    42,
    'f5a4054d56f2a058f8250fba7ff9720458e1625db7af78a295e45701745b2228',
    '534d12acda4f9dbc7208a99d3646115a4aa7d74ca31d6d23f822079a568559b7',
  ],
  [
    'validation',
    1000,
    41,
    '5eac358bdf2122763dce3703a79f3005e56e46a4db25ec329a07333d0f7b8093',
    '5a4c2f605814a620f514c1091f10441ce562cd81e902ce701b3cf94ae7576f7d',
  ],
  [
    'test',
    1000,
    40,
    '7bab3ed668ed4992679cff6339fe21bfe7d0c921ddc6187eaa3bc6ef34b888d7',
    'daa0f8f4e3b37b1ddec2afee22f09afb768f0e575f3f568e7469f1ebc6af73c1',
  ],
] as const)('the published part: %s', (_, count, seed, samples, labels) => {
  const set = yinYang(count, seed);
  expect(hash(set.samples)).toBe(samples);
  expect(hash(BigInt64Array.from(set.labels, BigInt))).toBe(labels);
});

test('a shorter set is the beginning of a longer one', () => {
  const [short, long] = [yinYang(10, 7), yinYang(20, 7)];
  expect(short.samples).toEqual(long.samples.subarray(0, 40));
  expect(short.labels).toEqual(long.labels.subarray(0, 10));
});

test('the twister draws what NumPy draws', () => {
  const random = mersenneTwister(42);
  // numpy.random.RandomState(42).rand(3)
  expect([random.rand(), random.rand(), random.rand()]).toEqual([0.3745401188473625, 0.9507143064099162, 0.7319939418114051]);
});

test('numbers out of range are refused', () => {
  expect(() => yinYang(0, 1)).toThrow('yinYang: count must be a whole number of at least 1, but is 0.');
  expect(() => yinYang(1, -1)).toThrow('yinYang: seed must be a whole number from 0 to 2^32 - 1, but is -1.');
  expect(() => yinYang(1, 2 ** 32)).toThrow('4294967296');
});
