/**
 * Weights as bytes, in the safetensors format: 8 bytes with the length of a header (little-endian), the header as JSON, the tensors' bytes.
 *
 *   { "__metadata__": { name: text, ... }, name: { "dtype": "F32", "shape": [2, 3], "data_offsets": [from, to] }, ... }
 *
 * The reader is strict and reads what others may have tampered with: every number is checked before it is used, the tensors must cover the
 * data without gaps, overlaps or rest, and no name may come twice (which `JSON.parse` would hide, so the header has a parser of its own; its
 * grammar has a fixed depth). F32, I32 and BOOL only. Format: github.com/huggingface/safetensors.
 */
import { type DType, dataError, sizeOf } from '@snn/core';
import { decodeText, encodeText } from './host.ts';

/** A tensor on the host. */
export interface StoredTensor {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array | Uint8Array;
}

/** What a file holds: tensors by name, in the file's order, and free texts by name. */
export interface Stored {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly metadata: ReadonlyMap<string, string>;
}

/** Largest header, bytes: as in the original reader. */
const HEADER_LIMIT = 100_000_000;
const NAMES: Readonly<Record<DType, string>> = { float32: 'F32', int32: 'I32', bool: 'BOOL' };
const DTYPES: ReadonlyMap<string, DType> = /* @__PURE__ */ new Map([
  ['F32', 'float32'],
  ['I32', 'int32'],
  ['BOOL', 'bool'],
]);
const BYTES: Readonly<Record<DType, number>> = { float32: 4, int32: 4, bool: 1 };

const fail = (reason: string): never => {
  throw dataError(`safetensors: ${reason}`);
};

/** The bytes of a file that holds these tensors, in this order. */
export function writeSafetensors(
  tensors: ReadonlyMap<string, StoredTensor>,
  metadata: ReadonlyMap<string, string> = new Map(),
): Uint8Array {
  let end = 0;
  const entries: (readonly [string, unknown])[] = metadata.size > 0 ? [['__metadata__', Object.fromEntries(metadata)]] : [];
  for (const [name, { dtype, shape, data }] of tensors) {
    if (name === '__metadata__') fail("a tensor may not be called '__metadata__'.");
    if (data.length !== sizeOf(shape))
      fail(`'${name}' has ${data.length} numbers, but shape [${shape.join(', ')}] holds ${sizeOf(shape)}.`);
    const begin = end;
    end += data.length * BYTES[dtype];
    entries.push([name, { dtype: NAMES[dtype], shape, data_offsets: [begin, end] }]);
  }
  // no object in between: one would move names that look like numbers to the front
  const json = encodeText(`{${entries.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',')}}`);
  // blanks up to a multiple of 8, so that readers may map the data
  const length = Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(8 + length + end);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(length), true);
  bytes.fill(0x20, 8, 8 + length);
  bytes.set(json, 8);
  let at = 8 + length;
  for (const { dtype, data } of tensors.values()) {
    for (let i = 0; i < data.length; i++, at += BYTES[dtype]) {
      if (dtype === 'float32') view.setFloat32(at, data[i], true);
      else if (dtype === 'int32') view.setInt32(at, data[i], true);
      else bytes[at] = data[i] ? 1 : 0;
    }
  }
  return bytes;
}

/**
 * Read a file.
 *
 * @throws a `data` error that says what is wrong with the bytes; never any other error.
 */
export function readSafetensors(bytes: Uint8Array): Stored {
  if (bytes.length < 8) fail(`a file has at least 8 bytes, but ${bytes.length} came.`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const declared = view.getBigUint64(0, true);
  const limit = Math.min(HEADER_LIMIT, bytes.length - 8);
  if (declared > BigInt(limit))
    fail(`the header is said to have ${declared} bytes, but at most ${limit} are possible; the file is cut off or no safetensors file.`);
  const start = 8 + Number(declared);
  const header = readHeader(bytes.subarray(8, start));
  const size = bytes.length - start;
  checkCover(header.entries, size);
  const tensors = new Map<string, StoredTensor>();
  for (const [name, { dtype, shape, begin, end }] of header.entries) {
    tensors.set(name, { dtype, shape, data: readData(name, dtype, view, start + begin, (end - begin) / BYTES[dtype]) });
  }
  return { tensors, metadata: header.metadata };
}

interface Entry {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/** Throw unless the tensors cover `size` bytes exactly. */
function checkCover(entries: ReadonlyMap<string, Entry>, size: number): void {
  let at = 0;
  for (const [name, { begin, end }] of [...entries].sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== at)
      fail(`the data of '${name}' begin at byte ${begin}, but those before them end at ${at}; there must be no gap or overlap.`);
    at = end;
  }
  if (at !== size) fail(`the header describes ${at} bytes of data, but ${size} follow it.`);
}

function readData(name: string, dtype: DType, view: DataView, at: number, length: number): StoredTensor['data'] {
  if (dtype === 'float32') return Float32Array.from({ length }, (_, i) => view.getFloat32(at + 4 * i, true));
  if (dtype === 'int32') return Int32Array.from({ length }, (_, i) => view.getInt32(at + 4 * i, true));
  return Uint8Array.from({ length }, (_, i) => {
    const value = view.getUint8(at + i);
    return value > 1 ? fail(`'${name}' is BOOL, but element ${i} is ${value}; it must be 0 or 1.`) : value;
  });
}

interface Header {
  readonly entries: ReadonlyMap<string, Entry>;
  readonly metadata: ReadonlyMap<string, string>;
}

function readHeader(bytes: Uint8Array): Header {
  let text = '';
  try {
    text = decodeText(bytes);
  } catch {
    fail('the header is not valid UTF-8.');
  }
  if (text[0] !== '{') fail("the header must begin with '{'.");
  const scan = new Scanner(text);
  const entries = new Map<string, Entry>();
  let metadata: ReadonlyMap<string, string> = new Map();
  scan.record((name) => {
    if (name === '__metadata__') metadata = readMetadata(scan);
    else entries.set(name, readEntry(name, scan));
  });
  scan.end();
  return { entries, metadata };
}

function readMetadata(scan: Scanner): ReadonlyMap<string, string> {
  const metadata = new Map<string, string>();
  scan.record((name) => metadata.set(name, scan.text()));
  return metadata;
}

function readEntry(name: string, scan: Scanner): Entry {
  let code: string | null = null;
  let shape: readonly number[] | null = null;
  let offsets: readonly number[] | null = null;
  scan.record((key) => {
    if (key === 'dtype') code = scan.text();
    else if (key === 'shape') shape = scan.numbers();
    else if (key === 'data_offsets') offsets = scan.numbers();
    else fail(`'${name}' has a field '${key}', which the format does not know.`);
  });
  return checkEntry(name, code, shape, offsets);
}

function checkEntry(name: string, code: string | null, shape: readonly number[] | null, offsets: readonly number[] | null): Entry {
  if (code === null || shape === null || offsets === null) return fail(`'${name}' must have dtype, shape and data_offsets.`);
  const dtype = DTYPES.get(code) ?? fail(`'${name}' has dtype '${code}'; only F32, I32 and BOOL are read. Convert the file.`);
  if (offsets.length !== 2) fail(`'${name}' has ${offsets.length} data_offsets; they must be two.`);
  const [begin, end] = offsets;
  if (shape.includes(0)) fail(`'${name}' has shape [${shape.join(', ')}], but no axis may be empty.`);
  const size = sizeOf(shape) * BYTES[dtype];
  if (!Number.isSafeInteger(size) || end - begin !== size)
    fail(`'${name}' of shape [${shape.join(', ')}] and dtype ${code} needs ${size} bytes, but its data_offsets are ${begin} and ${end}.`);
  return { dtype, shape, begin, end };
}

/** Reads the JSON of a header: records, texts and lists of whole numbers. */
class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** `{ "name": ..., ... }`: calls `member` after each colon. No name may come twice. */
  record(member: (name: string) => void): void {
    const names = new Set<string>();
    this.#expect('{');
    if (this.#take('}')) return;
    do {
      const name = this.text();
      if (names.has(name)) fail(`the header has '${name}' twice.`);
      names.add(name);
      this.#expect(':');
      member(name);
    } while (this.#take(','));
    this.#expect('}');
  }

  /** `"..."`. */
  text(): string {
    this.#blanks();
    const begin = this.#at;
    this.#expect('"');
    while (this.#at < this.#text.length && this.#text[this.#at] !== '"') this.#at += this.#text[this.#at] === '\\' ? 2 : 1;
    this.#expect('"', false);
    try {
      return JSON.parse(this.#text.slice(begin, this.#at)) as string;
    } catch {
      return fail(`the header has a malformed text at character ${begin}.`);
    }
  }

  /** `[1, 2, ...]`: whole numbers from 0 to 2^53 - 1, without sign, fraction or exponent. */
  numbers(): readonly number[] {
    const list: number[] = [];
    this.#expect('[');
    if (this.#take(']')) return list;
    do {
      this.#blanks();
      const begin = this.#at;
      while (this.#text[this.#at] >= '0' && this.#text[this.#at] <= '9') this.#at++;
      const digits = this.#text.slice(begin, this.#at);
      const value = Number(digits);
      if (!/^(0|[1-9]\d{0,15})$/.test(digits) || !Number.isSafeInteger(value))
        fail(`the header needs a whole number at character ${begin}.`);
      list.push(value);
    } while (this.#take(','));
    this.#expect(']');
    return list;
  }

  /** Nothing but blanks may follow. */
  end(): void {
    this.#blanks();
    if (this.#at < this.#text.length) fail(`the header goes on after its end, at character ${this.#at}.`);
  }

  #blanks(): void {
    while (' \t\n\r'.includes(this.#text[this.#at] ?? 'x')) this.#at++;
  }

  #take(character: string): boolean {
    this.#blanks();
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #expect(character: string, blanks = true): void {
    if (blanks) this.#blanks();
    if (this.#text[this.#at] !== character) fail(`the header is no valid JSON: '${character}' is missing at character ${this.#at}.`);
    this.#at++;
  }
}
