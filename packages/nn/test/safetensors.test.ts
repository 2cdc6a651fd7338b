// The reader and writer of weights: round trips, every refusal, and a reader that never fails otherwise.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readSafetensors, type StoredTensor, writeSafetensors } from '../src/index.ts';

/** A file of a header, written as text, and data. */
function file(header: string, data: ArrayLike<number> = [], length: number | bigint | null = null): Uint8Array {
  const json = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + json.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length ?? json.length), true);
  bytes.set(json, 8);
  bytes.set(Array.from(data), 8 + json.length);
  return bytes;
}

const entry = (name: string, dtype: string, shape: string, offsets: string): string =>
  `"${name}":{"dtype":"${dtype}","shape":${shape},"data_offsets":${offsets}}`;
const one = entry('w', 'F32', '[1]', '[0,4]');

const tensor: fc.Arbitrary<StoredTensor> = fc
  .record({
    dtype: fc.constantFrom('float32' as const, 'int32' as const, 'bool' as const),
    shape: fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 3 }),
  })
  .chain(({ dtype, shape }): fc.Arbitrary<StoredTensor> => {
    const size = shape.reduce((n, m) => n * m, 1);
    const list = (numbers: fc.Arbitrary<number>) => fc.array(numbers, { minLength: size, maxLength: size });
    if (dtype === 'float32') return list(fc.float()).map((data) => ({ dtype, shape, data: Float32Array.from(data) }));
    if (dtype === 'int32') return list(fc.integer()).map((data) => ({ dtype, shape, data: Int32Array.from(data) }));
    return list(fc.integer({ min: 0, max: 1 })).map((data) => ({ dtype, shape, data: Uint8Array.from(data) }));
  });
const names = fc
  .oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('1', '0', '__proto__', 'layers[0].weight', 'a"b\\'))
  .filter((name) => name !== '__metadata__');
const contents = fc.record({
  tensors: fc.uniqueArray(fc.tuple(names, tensor), { selector: ([name]) => name, maxLength: 5 }).map((list) => new Map(list)),
  metadata: fc.uniqueArray(fc.tuple(names, fc.string()), { selector: ([name]) => name, maxLength: 2 }).map((list) => new Map(list)),
});

test('what was written is read, in order', () => {
  fc.assert(
    fc.property(contents, ({ tensors, metadata }) => {
      const bytes = writeSafetensors(tensors, metadata);
      const stored = readSafetensors(bytes);
      expect([...stored.tensors]).toEqual([...tensors]);
      expect(new Map(stored.metadata)).toEqual(metadata);
      // bytes may begin anywhere in a buffer
      const shifted = new Uint8Array(bytes.length + 3);
      shifted.set(bytes, 3);
      expect(readSafetensors(shifted.subarray(3))).toEqual(stored);
    }),
  );
});

test('the bytes are those of the format', () => {
  const bytes = writeSafetensors(new Map([['w', { dtype: 'float32', shape: [1], data: Float32Array.of(1) }]]));
  const header = '{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}';
  expect(bytes.length).toBe(8 + 56 + 4);
  expect(new TextDecoder().decode(bytes.subarray(8, 64))).toBe(header.padEnd(56));
  expect([...bytes.subarray(0, 8)]).toEqual([56, 0, 0, 0, 0, 0, 0, 0]);
  expect([...bytes.subarray(64)]).toEqual([0, 0, 0x80, 0x3f]);
  expect(
    [...readSafetensors(file(` \n{ ${one.replace(':', ' : ')} }\t`.trimStart(), [0, 0, 0x80, 0x3f])).tensors.values()][0].data[0],
  ).toBe(1);
});

test.each<readonly [string, Uint8Array, string]>([
  ['too short', new Uint8Array(7), 'at least 8 bytes, but 7 came'],
  ['header beyond the file', file('{}', [], 3), 'at most 2 are possible'],
  ['header beyond all files', file('{}', [], 2n ** 64n - 1n), 'at most 2 are possible'],
  ['no header', file('', []), "must begin with '{'"],
  ['blanks before the header', file(' {}'), "must begin with '{'"],
  ['no UTF-8', file('{"a', [], 3).fill(0xff, 9, 11), 'not valid UTF-8'],
  ['cut off', file('{"w"'), "':' is missing"],
  ['cut off in a text', file('{"w'), `'"' is missing`],
  ['cut off in an escape', file('{"w\\'), `'"' is missing`],
  ['bad escape', file('{"\\x":1}'), 'malformed text'],
  ['control character', file('{"\n":1}'), 'malformed text'],
  ['trailing comma', file(`{${one},}`, [0, 0, 0, 0]), `'"' is missing`],
  ['more after the end', file(`{${one}} x`, [0, 0, 0, 0]), 'goes on after its end'],
  ['a name twice', file(`{${one},${one}}`, [0, 0, 0, 0]), "has 'w' twice"],
  ['a name twice, once escaped', file(`{${one},${one.replace('w', '\\u0077')}}`, [0, 0, 0, 0]), "has 'w' twice"],
  ['a field twice', file('{"w":{"dtype":"F32","dtype":"F32"}}'), "has 'dtype' twice"],
  ['an unknown field', file('{"w":{"type":"F32"}}'), "has a field 'type'"],
  ['a missing field', file('{"w":{"dtype":"F32","shape":[1]}}'), 'must have dtype, shape and data_offsets'],
  ['another dtype', file(`{${entry('w', 'F64', '[1]', '[0,8]')}}`, new Uint8Array(8)), "has dtype 'F64'"],
  ['an inherited name as dtype', file(`{${entry('w', 'constructor', '[1]', '[0,4]')}}`, [0, 0, 0, 0]), "has dtype 'constructor'"],
  ['a negative size', file(`{${entry('w', 'F32', '[-1]', '[0,4]')}}`, [0, 0, 0, 0]), 'whole number'],
  ['a fraction', file(`{${entry('w', 'F32', '[1.0]', '[0,4]')}}`, [0, 0, 0, 0]), "']' is missing"],
  ['a leading zero', file(`{${entry('w', 'F32', '[01]', '[0,4]')}}`, [0, 0, 0, 0]), 'whole number'],
  ['too large a number', file(`{${entry('w', 'F32', '[9007199254740993]', '[0,4]')}}`, [0, 0, 0, 0]), 'whole number'],
  ['an empty axis', file(`{${entry('w', 'F32', '[0]', '[0,0]')}}`), 'no axis may be empty'],
  [
    'a size beyond numbers',
    file(`{${entry('w', 'F32', `[${'9007199254740991,'.repeat(30)}2]`, '[0,4]')}}`, [0, 0, 0, 0]),
    'needs Infinity bytes',
  ],
  ['one offset', file(`{${entry('w', 'F32', '[1]', '[4]')}}`, [0, 0, 0, 0]), '1 data_offsets'],
  ['shape and offsets apart', file(`{${entry('w', 'F32', '[2]', '[0,4]')}}`, [0, 0, 0, 0]), 'needs 8 bytes'],
  ['offsets the wrong way', file(`{${entry('w', 'F32', '[1]', '[4,0]')}}`, [0, 0, 0, 0]), 'needs 4 bytes'],
  ['a gap', file(`{${entry('w', 'F32', '[1]', '[4,8]')}}`, new Uint8Array(8)), 'no gap or overlap'],
  ['an overlap', file(`{${one},${entry('v', 'F32', '[1]', '[0,4]')}}`, [0, 0, 0, 0]), 'no gap or overlap'],
  ['bytes left over', file(`{${one}}`, new Uint8Array(5)), 'describes 4 bytes of data, but 5 follow'],
  ['bytes missing', file(`{${one}}`, new Uint8Array(3)), 'describes 4 bytes of data, but 3 follow'],
  ['a bool of 2', file(`{${entry('w', 'BOOL', '[2]', '[0,2]')}}`, [1, 2]), 'element 1 is 2'],
  ['metadata that are no texts', file('{"__metadata__":{"a":1}}'), `'"' is missing`],
])('refuses: %s', (_, bytes, message) => {
  expect(() => readSafetensors(bytes)).toThrow(message);
  expect(() => readSafetensors(bytes)).toThrow(expect.objectContaining({ code: 'data' }));
});

test('the writer refuses what it could not read again', () => {
  const wrong: StoredTensor = { dtype: 'float32', shape: [2], data: Float32Array.of(1) };
  expect(() => writeSafetensors(new Map([['w', wrong]]))).toThrow("'w' has 1 numbers");
  expect(() => writeSafetensors(new Map([['__metadata__', wrong]]))).toThrow("may not be called '__metadata__'");
});

/** Either a value or our error. */
function survives(bytes: Uint8Array): boolean {
  try {
    const { tensors } = readSafetensors(bytes);
    let held = 0;
    for (const { data } of tensors.values()) held += data.byteLength;
    return held <= bytes.length;
  } catch (error) {
    return (error as { code?: string }).code === 'data';
  }
}

test('fuzz: any bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => survives(bytes)),
    { numRuns: 2000 },
  );
});

test('fuzz: any text as header', () => {
  const text = fc.oneof(
    fc.string(),
    fc.json(),
    fc
      .array(
        fc.constantFrom('{', '}', '[', ']', ':', ',', '"', '\\', '0', '4', '"w"', '"dtype"', '"F32"', '"shape"', '"data_offsets"', ' '),
      )
      .map((parts) => `{${parts.join('')}`),
  );
  fc.assert(
    fc.property(text, fc.uint8Array({ maxLength: 16 }), (header, data) => survives(file(header, data))),
    { numRuns: 3000 },
  );
});

test('fuzz: valid files with bytes changed, cut or added', () => {
  const change = fc.tuple(fc.nat(400), fc.nat(255), fc.constantFrom('set', 'cut', 'add'));
  fc.assert(
    fc.property(contents, fc.array(change, { minLength: 1, maxLength: 4 }), ({ tensors, metadata }, changes) => {
      let bytes = writeSafetensors(tensors, metadata);
      for (const [at, value, kind] of changes) {
        const i = at % bytes.length;
        if (kind === 'set') bytes[i] = value;
        else if (kind === 'cut') bytes = bytes.slice(0, Math.max(1, i));
        else bytes = Uint8Array.of(...bytes.subarray(0, i), value, ...bytes.subarray(i));
      }
      return survives(bytes);
    }),
    { numRuns: 2000 },
  );
});
