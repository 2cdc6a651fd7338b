/**
 * Reader of MAT files, version 5, the format of MATLAB since 1996: a header of 128 bytes, then one element per variable, as a rule compressed with
 * zlib. Real numeric arrays in little-endian byte order only; no cells, structures, objects, sparse or complex arrays, and not the HDF5 files that
 * MATLAB calls version 7.3 (The MathWorks: MAT-File Format).
 *
 *   element   u32 type, u32 bytes, data, padding to 8 bytes; or, for up to 4 bytes, u16 type, u16 bytes, data, padding to 4 bytes
 *   matrix    elements: flags (class and whether it is complex), sizes of the axes, name, numbers in column-major order
 */
import { inflateSync } from 'node:zlib';
import { dataError } from '@snn/core';

/** Numbers as they are stored: MATLAB keeps the integers of an array of doubles in the smallest type that holds them. */
export type MatNumbers = Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array | Float32Array | Float64Array;

/** A variable of a MAT file. */
export interface MatArray {
  /** Sizes of the axes, at least two. */
  readonly shape: readonly number[];
  /** The elements in column-major order: the first axis is the one that moves fastest. */
  readonly data: MatNumbers;
}

const HEADER = 128;
const MATRIX = 14;
const COMPRESSED = 15;
const COMPLEX = 0x0800;
const MOST_AXES = 32;

/** Classes of arrays that hold numbers, and what the others are. */
const [FIRST_NUMERIC, LAST_NUMERIC] = [6, 15];
const OTHERS: Readonly<Record<number, string>> = { 1: 'a cell array', 2: 'a structure', 3: 'an object', 4: 'a text', 5: 'a sparse array' };

/** Of each type of number: its bytes, and how its numbers are taken from a copy of them. */
const NUMBERS: Readonly<Record<number, readonly [bytes: number, from: (buffer: ArrayBuffer) => MatNumbers]>> = {
  1: [1, (buffer) => new Int8Array(buffer)],
  2: [1, (buffer) => new Uint8Array(buffer)],
  3: [2, (buffer) => new Int16Array(buffer)],
  4: [2, (buffer) => new Uint16Array(buffer)],
  5: [4, (buffer) => new Int32Array(buffer)],
  6: [4, (buffer) => new Uint32Array(buffer)],
  7: [4, (buffer) => new Float32Array(buffer)],
  9: [8, (buffer) => new Float64Array(buffer)],
};

interface Element {
  readonly type: number;
  readonly data: Uint8Array;
  /** Where the next one begins. */
  readonly end: number;
}

/** The element of `bytes` at `at`. Compressed ones may be followed by another without padding. */
function elementAt(bytes: Uint8Array, at: number, name: string): Element {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tagged = bytes.length - at;
  if (tagged < 8)
    throw dataError(`${name}: the tag of an element takes 8 bytes, but ${tagged} are left at byte ${at}; the file is cut off.`);
  const small = view.getUint16(at + 2, true);
  if (small > 0) {
    if (small > 4)
      throw dataError(`${name}: the small element at byte ${at} says that it has ${small} bytes, but at most 4 fit; the file is damaged.`);
    return { type: view.getUint16(at, true), data: bytes.subarray(at + 4, at + 4 + small), end: at + 8 };
  }
  const [type, size] = [view.getUint32(at, true), view.getUint32(at + 4, true)];
  if (tagged - 8 < size)
    throw dataError(`${name}: the element at byte ${at} has ${size} bytes, but ${tagged - 8} are left; the file is cut off.`);
  const padded = type === COMPRESSED ? size : Math.ceil(size / 8) * 8;
  return { type, data: bytes.subarray(at + 8, at + 8 + size), end: at + 8 + padded };
}

/** The numbers of an element, copied: they may lie at an odd address. */
function numbersOf({ type, data }: Element, name: string): MatNumbers {
  const found = NUMBERS[type];
  if (found === undefined)
    throw dataError(`${name}: numbers of type ${type} cannot be read; integers of up to 32 bits, singles and doubles can.`);
  const [bytes, from] = found;
  if (data.length % bytes !== 0)
    throw dataError(`${name}: ${data.length} bytes are no whole count of numbers of ${bytes} bytes; the file is damaged.`);
  // not slice(), which for the Buffers of Node is no copy
  return from(new Uint8Array(data).buffer);
}

/** The variable of a matrix element, with its name. */
function variableOf(bytes: Uint8Array, file: string): readonly [string, MatArray] {
  const flags = elementAt(bytes, 0, file);
  const sizes = elementAt(bytes, flags.end, file);
  const title = elementAt(bytes, sizes.end, file);
  const own = new TextDecoder('latin1').decode(title.data);
  const name = `${file}: ${own}`;
  const [flag = 0] = numbersOf(flags, name);
  const kind = flag & 0xff;
  if (kind < FIRST_NUMERIC || kind > LAST_NUMERIC)
    throw dataError(`${name}: is ${OTHERS[kind] ?? `of the unknown class ${kind}`}; only arrays of numbers can be read.`);
  if ((flag & COMPLEX) !== 0) throw dataError(`${name}: is complex; only arrays of real numbers can be read.`);
  const shape = Array.from(numbersOf(sizes, name));
  if (shape.length < 2 || shape.length > MOST_AXES)
    throw dataError(`${name}: has ${shape.length} axes, but 2 to ${MOST_AXES} are possible; the file is damaged.`);
  const data = numbersOf(elementAt(bytes, title.end, name), name);
  const count = shape.reduce((product, size) => product * size, 1);
  if (data.length !== count)
    throw dataError(`${name}: the shape [${shape.join(', ')}] holds ${count} numbers, but ${data.length} are there; the file is damaged.`);
  return [own, { shape, data }];
}

/**
 * The variables of a MAT file of version 5, by their names in the order of the file.
 *
 * @param file what error messages call it
 * @throws a `data` error when the bytes are not such a file, are cut off or damaged, or hold something else than real arrays of numbers.
 */
export function readMat5(bytes: Uint8Array, file = 'MAT file'): ReadonlyMap<string, MatArray> {
  const text = new TextDecoder('latin1').decode(bytes.subarray(0, 10));
  if (text.startsWith('MATLAB 7.3')) throw dataError(`${file}: is of version 7.3, which is HDF5; save it with the option -v7.`);
  if (!text.startsWith('MATLAB 5.0'))
    throw dataError(`${file}: a MAT file of version 5 begins with 'MATLAB 5.0', but this one with '${text}'.`);
  if (bytes.length < HEADER)
    throw dataError(`${file}: the header takes ${HEADER} bytes, but there are ${bytes.length}; the file is cut off.`);
  if (bytes[126] !== 0x49 || bytes[127] !== 0x4d)
    throw dataError(`${file}: only little-endian files can be read, those whose header ends with 'IM'.`);
  const variables = new Map<string, MatArray>();
  for (let at = HEADER; at < bytes.length; ) {
    const outer = elementAt(bytes, at, file);
    at = outer.end;
    const element = outer.type === COMPRESSED ? elementAt(inflated(outer.data, file), 0, file) : outer;
    if (element.type !== MATRIX)
      throw dataError(`${file}: an element of type ${element.type} stands where a variable should; the file is damaged.`);
    const [name, array] = variableOf(element.data, file);
    variables.set(name, array);
  }
  return variables;
}

function inflated(data: Uint8Array, file: string): Uint8Array {
  try {
    return inflateSync(data);
  } catch (error) {
    throw dataError(
      `${file}: a variable cannot be decompressed (${error instanceof Error ? error.message : String(error)}); the file is damaged.`,
    );
  }
}
