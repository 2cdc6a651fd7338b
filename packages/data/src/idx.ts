/**
 * Reader of IDX files, the format of the MNIST family: two zero bytes, a type byte, the number of axes, each axis as a big-endian 32-bit
 * number, then the elements, row-major (Y. LeCun, C. Cortes, C. Burges: The MNIST database of handwritten digits). Only unsigned bytes, the
 * type that all of these data sets use, and no decompression: that is what `DecompressionStream` is for.
 */
import { dataError } from '@snn/core';

/** Contents of an IDX file. */
export interface IdxArray {
  /** Sizes of the axes. */
  readonly shape: readonly number[];
  /** The elements, row-major: a view into the bytes that were read, not a copy. */
  readonly data: Uint8Array;
}

const UNSIGNED_BYTE = 0x08;

/**
 * Read an IDX file of unsigned bytes. Strict: the length has to be exactly what the header says. Allocates nothing but the shape.
 *
 * @param name what error messages call the file
 * @throws a `data` error when the bytes are not such a file, are cut off, or go on after the last element.
 */
export function readIdx(bytes: Uint8Array, name = 'IDX data'): IdxArray {
  if (bytes.length < 4)
    throw dataError(`${name}: an IDX file begins with 4 bytes of magic number, but there are only ${bytes.length} bytes in all.`);
  if (bytes[0] === 0x1f && bytes[1] === 0x8b)
    throw dataError(`${name}: the bytes are compressed with gzip; decompress them first, for example with a DecompressionStream.`);
  if (bytes[0] !== 0 || bytes[1] !== 0)
    throw dataError(`${name}: an IDX file begins with two zero bytes, but these are ${bytes[0]} and ${bytes[1]}; it is another format.`);
  if (bytes[2] !== UNSIGNED_BYTE)
    throw dataError(`${name}: only elements of type 0x08 (unsigned byte) can be read, but the header says 0x${hex(bytes[2])}.`);
  const rank = bytes[3];
  if (rank === 0) throw dataError(`${name}: the header says that there are no axes; at least one is needed.`);
  const start = 4 + 4 * rank;
  if (bytes.length < start)
    throw dataError(`${name}: the header of ${rank} axes takes ${start} bytes, but there are only ${bytes.length}; the file is cut off.`);

  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  // without the test for 0, sizes that overflow to Infinity times 0 would be NaN
  const expected = shape.includes(0) ? 0 : shape.reduce((product, size) => product * size, 1);
  const found = bytes.length - start;
  if (found !== expected) {
    const what = found < expected ? 'the file is cut off' : 'there is something behind the last element';
    throw dataError(`${name}: shape [${shape.join(', ')}] holds ${expected} bytes, but ${found} follow the header; ${what}.`);
  }
  return { shape, data: bytes.subarray(start) };
}

const hex = (byte: number): string => byte.toString(16).padStart(2, '0');
