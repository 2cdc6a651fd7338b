import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readIdx } from '../src/index.ts';

/** An IDX file of unsigned bytes. */
function idx(shape: readonly number[], data: ArrayLike<number>, type = 8): Uint8Array {
  const bytes = new Uint8Array(4 + 4 * shape.length + data.length);
  bytes.set([0, 0, type, shape.length]);
  shape.forEach((size, axis) => {
    new DataView(bytes.buffer).setUint32(4 + 4 * axis, size);
  });
  bytes.set(data, 4 + 4 * shape.length);
  return bytes;
}

test('what was written is read', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 4 }),
      fc.infiniteStream(fc.nat(255)),
      (shape, bytes) => {
        const data = [...bytes.take(shape.reduce((product, size) => product * size, 1))];
        const read = readIdx(idx(shape, data));
        expect(read.shape).toEqual(shape);
        expect([...read.data]).toEqual(data);
      },
    ),
  );
});

test('a view that does not begin at its buffer is read from where it begins', () => {
  const bytes = idx([2], [7, 9]);
  const shifted = new Uint8Array(bytes.length + 3);
  shifted.set(bytes, 3);
  expect([...readIdx(shifted.subarray(3)).data]).toEqual([7, 9]);
});

test.each([
  ['nothing', new Uint8Array(0), 'only 0 bytes'],
  ['half a magic number', Uint8Array.of(0, 0, 8), 'only 3 bytes'],
  ['gzip', Uint8Array.of(0x1f, 0x8b, 8, 0), 'gzip'],
  ['another format', Uint8Array.of(0x89, 0x50, 0x4e, 0x47), 'another format'],
  ['floats', idx([1], [0, 0, 0, 0], 0x0d), '0x0d'],
  ['no axes', idx([], []), 'no axes'],
  ['half a header', idx([2, 3], []).subarray(0, 9), 'takes 12 bytes, but there are only 9'],
  ['a missing element', idx([2, 3], [1, 2, 3, 4, 5]), 'holds 6 bytes, but 5 follow the header; the file is cut off'],
  ['an element too many', idx([2], [1, 2, 3]), 'holds 2 bytes, but 3 follow the header; there is something behind'],
  ['an impossible size', idx([0xffffffff, 0xffffffff], [1]), 'the file is cut off'],
  ['sizes that overflow, and a zero', idx([...Array(40).fill(0xffffffff), 0], [1]), 'holds 0 bytes'],
])('%s is an error that says so', (_name, bytes, words) => {
  expect(() => readIdx(bytes, 'file')).toThrow(expect.objectContaining({ code: 'data', message: expect.stringContaining(words) }));
});

test('any bytes give an array within them or a data error', () => {
  const header = fc.array(fc.oneof(fc.constantFrom(0, 1, 2, 8, 255), fc.nat(255)), { maxLength: 24 });
  const valid = fc.tuple(fc.constant([0, 0, 8]), header).map(([magic, rest]) => [...magic, ...rest]);
  fc.assert(
    fc.property(fc.oneof(header, valid), (values) => {
      const bytes = Uint8Array.from(values);
      try {
        const { shape, data } = readIdx(bytes);
        expect(data.buffer).toBe(bytes.buffer);
        expect(data.length).toBe(shape.reduce((product, size) => product * size, 1));
      } catch (error) {
        expect(error).toMatchObject({ name: 'SnnError', code: 'data' });
      }
    }),
    { numRuns: 2000 },
  );
});
