import { deflateSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { readMat5 } from '../src/node.ts';

const [INT16, UINT16, INT32, UINT32, SINGLE, DOUBLE, MATRIX, COMPRESSED] = [3, 4, 5, 6, 7, 9, 14, 15];
const [CELL, DOUBLES, SINGLES] = [1, 6, 7];
const COMPLEX = 0x0800;

const bytesOf = (array: Int8Array | Int16Array | Uint16Array | Int32Array | Uint32Array | Float32Array | Float64Array): Uint8Array =>
  new Uint8Array(array.buffer);
const ascii = (text: string): Int8Array => Int8Array.from(text, (letter) => letter.charCodeAt(0));
const joined = (...parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]));

/** With an ordinary tag and padding to 8 bytes. */
const element = (type: number, data: Uint8Array): Uint8Array =>
  joined(bytesOf(Uint32Array.of(type, data.length)), data, new Uint8Array((8 - (data.length % 8)) % 8));
/** With the tag of elements of up to 4 bytes. */
const small = (type: number, data: Uint8Array): Uint8Array =>
  joined(bytesOf(Uint16Array.of(type, data.length)), data, new Uint8Array(4 - data.length));

const title = (name: string): Uint8Array => (name.length <= 4 ? small(1, bytesOf(ascii(name))) : element(1, bytesOf(ascii(name))));
const matrix = (name: string, flags: number, shape: readonly number[], numbers: Uint8Array): Uint8Array =>
  element(
    MATRIX,
    joined(element(UINT32, bytesOf(Uint32Array.of(flags, 0))), element(INT32, bytesOf(Int32Array.from(shape))), title(name), numbers),
  );
/** Compressed elements are not padded. */
const compressed = (inner: Uint8Array): Uint8Array => {
  const data = new Uint8Array(deflateSync(inner));
  return joined(bytesOf(Uint32Array.of(COMPRESSED, data.length)), data);
};
const file = (...variables: readonly Uint8Array[]): Uint8Array => {
  const header = new Uint8Array(128).fill(32);
  header.set(bytesOf(ascii('MATLAB 5.0 MAT-file, made by a test')));
  header.set([0, 1, 0x49, 0x4d], 124);
  return joined(header, ...variables);
};

// doubles that are whole numbers, stored as int16
const x = matrix('x', DOUBLES, [2, 3], element(INT16, bytesOf(Int16Array.of(-1, 0, 1, 2, 3, 400))));
const label = matrix('label', SINGLES, [1, 2, 2], element(SINGLE, bytesOf(Float32Array.of(0.5, 1.5, 2.5, 3.5))));
const one = matrix('one', DOUBLES, [1, 1], small(UINT16, bytesOf(Uint16Array.of(1301))));

describe('what can be read', () => {
  test('variables as they are stored, compressed or not, in the order of the file', () => {
    const variables = readMat5(file(compressed(x), compressed(label), one));
    expect([...variables.keys()]).toEqual(['x', 'label', 'one']);
    expect(variables.get('x')).toEqual({ shape: [2, 3], data: Int16Array.of(-1, 0, 1, 2, 3, 400) });
    expect(variables.get('label')).toEqual({ shape: [1, 2, 2], data: Float32Array.of(0.5, 1.5, 2.5, 3.5) });
    expect(variables.get('one')).toEqual({ shape: [1, 1], data: Uint16Array.of(1301) });
  });

  test('bytes at an odd address', () => {
    const bytes = file(compressed(x));
    const shifted = new Uint8Array(bytes.length + 1);
    shifted.set(bytes, 1);
    expect(readMat5(shifted.subarray(1))).toEqual(readMat5(bytes));
  });

  test('doubles', () => {
    const y = matrix('y', DOUBLES, [1, 2], element(DOUBLE, bytesOf(Float64Array.of(Math.PI, -1e300))));
    expect(readMat5(file(y)).get('y')?.data).toEqual(Float64Array.of(Math.PI, -1e300));
  });

  test('a file without variables', () => {
    expect(readMat5(file()).size).toBe(0);
  });
});

describe('what cannot', () => {
  const message = (bytes: Uint8Array): string => {
    try {
      readMat5(bytes, 'signals.mat');
    } catch (error) {
      expect(error).toMatchObject({ code: 'data' });
      return (error as Error).message;
    }
    throw new Error('there should be an error');
  };

  test('every file that is cut off says so in a sentence', () => {
    const bytes = file(compressed(x), one);
    const whole = [128, 128 + compressed(x).length, bytes.length];
    for (let length = 0; length < bytes.length; length++) {
      if (!whole.includes(length))
        expect(message(bytes.subarray(0, length))).toMatch(/^signals\.mat: .*(cut off|begins with 'MATLAB 5.0')/);
    }
  });

  test('bytes that are changed give numbers or a sentence, nothing else', () => {
    const bytes = file(compressed(x), label);
    for (let i = 0; i < bytes.length; i++) {
      const changed = bytes.slice();
      changed[i] ^= 0xff;
      try {
        readMat5(changed);
      } catch (error) {
        expect(error).toMatchObject({ code: 'data' });
      }
    }
  });

  test('other versions and byte orders', () => {
    const newer = file();
    newer.set(bytesOf(ascii('MATLAB 7.3')));
    expect(message(newer)).toMatch(/7\.3.*-v7/);
    const turned = file();
    turned.set([0x4d, 0x49], 126);
    expect(message(turned)).toMatch(/little-endian/);
  });

  test('other things than real arrays of numbers', () => {
    expect(message(file(matrix('c', CELL, [1, 1], new Uint8Array(0))))).toMatch(/: c: is a cell array/);
    expect(message(file(matrix('z', DOUBLES | COMPLEX, [1, 1], small(UINT16, Uint8Array.of(1, 0)))))).toMatch(/: z: is complex/);
    expect(message(file(matrix('big', DOUBLES, [1, 1], element(13, new Uint8Array(8)))))).toMatch(/numbers of type 13/);
    expect(message(file(element(INT32, new Uint8Array(4))))).toMatch(/type 5 stands where a variable should/);
  });

  test('a shape that does not hold what follows', () => {
    expect(message(file(matrix('x', DOUBLES, [2, 4], element(INT16, bytesOf(Int16Array.of(1, 2, 3))))))).toMatch(
      /\[2, 4\] holds 8 numbers, but 3 are there/,
    );
  });
});
