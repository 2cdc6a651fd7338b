import { expect, test } from 'vitest';
import { mnist, take } from '../src/index.ts';

const idx = (shape: readonly number[], data: readonly number[]): Uint8Array =>
  Uint8Array.from([0, 0, 8, shape.length, ...shape.flatMap((size) => [0, 0, 0, size]), ...data]);
const images = idx([2, 2, 3], [0, 1, 2, 3, 4, 5, 250, 251, 252, 253, 254, 255]);

test('images and labels belong together', () => {
  const set = mnist(images, idx([2], [3, 9]));
  expect(set).toMatchObject({ count: 2, rows: 2, columns: 3, classes: 10 });
  expect([...set.images.subarray(6)]).toEqual([250, 251, 252, 253, 254, 255]);
  expect([...set.labels]).toEqual([3, 9]);
});

test.each([
  ['a label of 10', images, idx([2], [3, 10]), 'label of image 1 is 10'],
  ['a missing label', images, idx([1], [3]), '2 images, but 1 labels'],
  ['no image', idx([0, 28, 28], []), idx([0], []), 'is empty'],
  ['files the wrong way round', idx([2], [3, 9]), images, 'images: three axes'],
  ['labels with two axes', images, idx([2, 1], [3, 9]), 'labels: one axis'],
  ['cut off images', images.subarray(0, 20), idx([2], [3, 9]), 'images: shape'],
])('%s is an error that says so', (_name, first, second, words) => {
  expect(() => mnist(first, second)).toThrow(expect.objectContaining({ code: 'data', message: expect.stringContaining(words) }));
});

test('a part of a set', () => {
  const set = take(mnist(images, idx([2], [3, 9])), 1);
  expect(set.count).toBe(1);
  expect([...set.images]).toEqual([0, 1, 2, 3, 4, 5]);
  expect([...set.labels]).toEqual([3]);
  for (const count of [0, 2, 0.5, Number.NaN])
    expect(() => take(set, count)).toThrow(expect.objectContaining({ code: 'argument', message: expect.stringContaining('from 1 to 1') }));
});
