/**
 * A small assembler for WebAssembly: enough of the binary format (core specification 2.0, fixed-width SIMD) for numeric kernels on one imported
 * memory. Code is written with a builder whose methods append instructions; operands go on the stack first, as in the text format.
 */

/** Types of values. */
export type ValueType = 'i32' | 'f32' | 'v128';

const TYPE_CODE: Record<ValueType, number> = { i32: 0x7f, f32: 0x7d, v128: 0x7b };

/** A local variable or parameter of a function. */
export interface Local {
  readonly index: number;
  readonly type: ValueType;
}

/** Unsigned LEB128. */
export function unsigned(n: number): number[] {
  const bytes: number[] = [];
  let rest = n >>> 0;
  do {
    const low = rest & 0x7f;
    rest >>>= 7;
    bytes.push(rest === 0 ? low : low | 0x80);
  } while (rest !== 0);
  return bytes;
}

/** Signed LEB128 of a 32-bit number. */
export function signed(n: number): number[] {
  const bytes: number[] = [];
  let rest = n | 0;
  for (;;) {
    const low = rest & 0x7f;
    rest >>= 7;
    const done = (rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0);
    bytes.push(done ? low : low | 0x80);
    if (done) return bytes;
  }
}

const float32 = (x: number): number[] => [...new Uint8Array(Float32Array.of(x).buffer)];

/** Instructions without immediate operands. */
const PLAIN = {
  'i32.eqz': [0x45],
  'i32.eq': [0x46],
  'i32.ne': [0x47],
  'i32.lt_s': [0x48],
  'i32.lt_u': [0x49],
  'i32.gt_s': [0x4a],
  'i32.le_s': [0x4c],
  'i32.ge_s': [0x4e],
  'i32.ge_u': [0x4f],
  'i32.add': [0x6a],
  'i32.sub': [0x6b],
  'i32.mul': [0x6c],
  'i32.div_u': [0x6e],
  'i32.rem_u': [0x70],
  'i32.and': [0x71],
  'i32.or': [0x72],
  'i32.shl': [0x74],
  'i32.shr_s': [0x75],
  'i32.shr_u': [0x76],
  'i32.ctz': [0x68],
  'i32.popcnt': [0x69],
  'f32.eq': [0x5b],
  'f32.ne': [0x5c],
  'f32.gt': [0x5e],
  'f32.add': [0x92],
  'f32.mul': [0x94],
  'f32.div': [0x95],
  'f32.max': [0x97],
  'f32.convert_i32_s': [0xb2],
  unreachable: [0x00],
  return: [0x0f],
  drop: [0x1a],
  // addresses and counts in bytes: target, value or source, count
  'memory.fill': [0xfc, 0x0b, 0],
  'memory.copy': [0xfc, 0x0a, 0, 0],
  'i8x16.swizzle': [0xfd, 0x0e],
  'f32x4.splat': [0xfd, 0x13],
  'i32x4.splat': [0xfd, 0x11],
  'i32x4.lt_s': [0xfd, 0x39],
  'f32x4.eq': [0xfd, 0x41],
  'f32x4.ne': [0xfd, 0x42],
  'f32x4.lt': [0xfd, 0x43],
  'f32x4.gt': [0xfd, 0x44],
  'f32x4.le': [0xfd, 0x45],
  'f32x4.ge': [0xfd, 0x46],
  'v128.not': [0xfd, 0x4d],
  'v128.and': [0xfd, 0x4e],
  'v128.andnot': [0xfd, 0x4f],
  'v128.or': [0xfd, 0x50],
  'v128.xor': [0xfd, 0x51],
  'v128.bitselect': [0xfd, 0x52],
  'v128.any_true': [0xfd, 0x53],
  'f32x4.ceil': [0xfd, 0x67],
  'f32x4.floor': [0xfd, 0x68],
  'i32x4.bitmask': [0xfd, 0xa4, 0x01],
  'i32x4.shl': [0xfd, 0xab, 0x01],
  'i32x4.shr_s': [0xfd, 0xac, 0x01],
  'i32x4.shr_u': [0xfd, 0xad, 0x01],
  'i32x4.add': [0xfd, 0xae, 0x01],
  'i32x4.sub': [0xfd, 0xb1, 0x01],
  'i32x4.mul': [0xfd, 0xb5, 0x01],
  'f32x4.abs': [0xfd, 0xe0, 0x01],
  'f32x4.neg': [0xfd, 0xe1, 0x01],
  'f32x4.sqrt': [0xfd, 0xe3, 0x01],
  'f32x4.add': [0xfd, 0xe4, 0x01],
  'f32x4.sub': [0xfd, 0xe5, 0x01],
  'f32x4.mul': [0xfd, 0xe6, 0x01],
  'f32x4.div': [0xfd, 0xe7, 0x01],
  'f32x4.min': [0xfd, 0xe8, 0x01],
  'f32x4.max': [0xfd, 0xe9, 0x01],
  'f32x4.pmin': [0xfd, 0xea, 0x01],
  'f32x4.pmax': [0xfd, 0xeb, 0x01],
  'f32x4.nearest': [0xfd, 0x6a],
  // relaxed SIMD: x * y + z, rounded once where the processor can
  'f32x4.relaxed_madd': [0xfd, 0x85, 0x02],
  'i32x4.trunc_sat_f32x4_s': [0xfd, 0xf8, 0x01],
  'f32x4.convert_i32x4_s': [0xfd, 0xfa, 0x01],
} as const;

const V128_CONST = [0xfd, 0x0c] as const;

/** Loads and stores: code and natural alignment as a power of two. */
const MEMORY = {
  'i32.load': [[0x28], 2],
  'i32.load8_u': [[0x2d], 0],
  'i32.store8': [[0x3a], 0],
  // atomic ones need their natural alignment
  'i32.atomic.load': [[0xfe, 0x10], 2],
  'i32.atomic.store': [[0xfe, 0x17], 2],
  'i32.atomic.add': [[0xfe, 0x1e], 2],
  'memory.notify': [[0xfe, 0x00], 2],
  'memory.wait32': [[0xfe, 0x01], 2],
  'f32.load': [[0x2a], 2],
  'i32.store': [[0x36], 2],
  'f32.store': [[0x38], 2],
  'v128.load': [[0xfd, 0x00], 4],
  'v128.load32_splat': [[0xfd, 0x09], 2],
  'v128.store': [[0xfd, 0x0b], 4],
} as const;

/** Appends the instructions of one function. */
export class Code {
  readonly bytes: number[] = [];
  readonly #locals: ValueType[] = [];
  readonly #parameters: number;
  readonly #functions: ReadonlyMap<string, number>;
  readonly #constants = new Map<string, { readonly local: Local; readonly bytes: readonly number[] }>();

  constructor(parameters: number, functions: ReadonlyMap<string, number>) {
    this.#parameters = parameters;
    this.#functions = functions;
  }

  /** Call a function of the module, or an imported one, by name; its arguments are on the stack. */
  call(name: string): this {
    const index = this.#functions.get(name);
    if (index === undefined) throw new Error(`assemble: no function '${name}'`);
    this.bytes.push(0x10, ...unsigned(index));
    return this;
  }

  /** Declare a local variable, initially zero. */
  local(type: ValueType): Local {
    this.#locals.push(type);
    return { index: this.#parameters + this.#locals.length - 1, type };
  }

  /** Append instructions without immediates, in order. */
  op(...names: (keyof typeof PLAIN)[]): this {
    for (const name of names) this.bytes.push(...PLAIN[name]);
    return this;
  }

  /** A load or store at the address on the stack plus `offset` bytes. */
  memory(name: keyof typeof MEMORY, offset = 0): this {
    const [code, align] = MEMORY[name];
    // alignment is a hint: vectors may lie anywhere
    this.bytes.push(...code, align === 4 ? 2 : align, ...unsigned(offset));
    return this;
  }

  get(...locals: Local[]): this {
    for (const { index } of locals) this.bytes.push(0x20, ...unsigned(index));
    return this;
  }
  set(local: Local): this {
    this.bytes.push(0x21, ...unsigned(local.index));
    return this;
  }
  tee(local: Local): this {
    this.bytes.push(0x22, ...unsigned(local.index));
    return this;
  }
  i32(n: number): this {
    this.bytes.push(0x41, ...signed(n));
    return this;
  }
  /** A number of 64 bits that fits 32: `wait32` takes its patience, in nanoseconds, as one; -1 is for ever. */
  i64(n: number): this {
    this.bytes.push(0x42, ...signed(n));
    return this;
  }
  f32(x: number): this {
    this.bytes.push(0x43, ...float32(x));
    return this;
  }
  /** Four equal float32. */
  f32x4(x: number): this {
    const lane = float32(x);
    return this.#vector([...lane, ...lane, ...lane, ...lane]);
  }
  /** Four equal int32. */
  i32x4(n: number): this {
    return this.words(n, n, n, n);
  }
  /** Four int32. */
  words(a: number, b: number, c: number, d: number): this {
    return this.#vector([...new Uint8Array(Int32Array.of(a, b, c, d).buffer)]);
  }
  /** Sixteen bytes. */
  v128(bytes: readonly number[]): this {
    return this.#vector(bytes);
  }
  /**
   * A constant vector. Engines make each anew where it stands, inside loops too, in three instructions: so it is made once, at the beginning of the
   * function. Zero is one instruction anywhere.
   */
  #vector(bytes: readonly number[]): this {
    if (bytes.every((byte) => byte === 0)) {
      this.bytes.push(...V128_CONST, ...bytes);
      return this;
    }
    const key = bytes.join();
    const known = this.#constants.get(key) ?? { local: this.local('v128'), bytes };
    this.#constants.set(key, known);
    return this.get(known.local);
  }
  /** A vector of four words of the two on the stack: 0 to 3 are those of the lower one, 4 to 7 those of the upper. */
  shuffle(...lanes: readonly [number, number, number, number]): this {
    this.bytes.push(0xfd, 0x0d, ...lanes.flatMap((lane) => [4 * lane, 4 * lane + 1, 4 * lane + 2, 4 * lane + 3]));
    return this;
  }
  /** Store half 0 or 1 of the vector on the stack at the address below it. */
  storeHalf(half: 0 | 1): this {
    this.bytes.push(0xfd, 0x5b, 3, 0, half);
    return this;
  }
  /** Store lane `lane` of the vector on the stack at the address below it plus `offset` bytes. */
  storeLane(lane: number, offset: number): this {
    this.bytes.push(0xfd, 0x5a, 2, ...unsigned(offset), lane);
    return this;
  }
  /** local += n. */
  increment(local: Local, n: number): this {
    return this.get(local).i32(n).op('i32.add').set(local);
  }

  /** Run `body` while `counter` (which the body advances) is below `end`, as signed numbers; not at all if it is not at first. */
  while(counter: Local, end: () => void, body: () => void): this {
    this.bytes.push(0x02, 0x40); // block
    this.get(counter);
    end();
    this.op('i32.ge_s').bytes.push(0x0d, 0); // br_if out
    this.bytes.push(0x03, 0x40); // loop
    body();
    this.get(counter);
    end();
    this.op('i32.lt_s').bytes.push(0x0d, 0, 0x0b, 0x0b); // br_if again, end, end
    return this;
  }
  /** Run `body` as long as `condition` leaves something else than 0. */
  repeat(condition: () => void, body: () => void): this {
    this.bytes.push(0x02, 0x40, 0x03, 0x40); // block, loop
    condition();
    this.op('i32.eqz').bytes.push(0x0d, 1); // br_if out
    body();
    this.bytes.push(0x0c, 0, 0x0b, 0x0b); // br again, end, end
    return this;
  }
  /** for (; counter < end; counter += step) body */
  for(counter: Local, end: () => void, step: number, body: () => void): this {
    return this.while(counter, end, () => {
      body();
      this.increment(counter, step);
    });
  }
  /** Put base + 4 * index on the stack: the address of a number in an array. */
  element(base: Local, index: Local): this {
    return this.get(base, index).i32(2).op('i32.shl', 'i32.add');
  }
  /** Run `body` if the number on the stack is not 0. */
  if(body: () => void, otherwise?: () => void): this {
    this.bytes.push(0x04, 0x40);
    body();
    if (otherwise) {
      this.bytes.push(0x05);
      otherwise();
    }
    this.bytes.push(0x0b);
    return this;
  }

  /** The function's body as the binary format has it. */
  body(): number[] {
    const locals = this.#locals.map((type) => [1, TYPE_CODE[type]]);
    const constants = [...this.#constants.values()].flatMap(({ local, bytes }) => [
      ...V128_CONST,
      ...bytes,
      0x21,
      ...unsigned(local.index),
    ]);
    const bytes = [...unsigned(locals.length), ...locals.flat(), ...constants, ...this.bytes, 0x0b];
    return [...unsigned(bytes.length), ...bytes];
  }
}

/** A function of a module. */
export interface FunctionSpec {
  readonly name: string;
  readonly parameters: readonly ValueType[];
  readonly results?: readonly ValueType[];
  /** Writes the body; `parameters` are its locals. */
  build(code: Code, ...parameters: readonly Local[]): void;
}

const section = (id: number, items: readonly (readonly number[])[]): number[] => {
  const content = [...unsigned(items.length), ...items.flat()];
  return [id, ...unsigned(content.length), ...content];
};
const text = (s: string): number[] => [...unsigned(s.length), ...[...s].map((c) => c.charCodeAt(0))];

/** A function that a module imports from `env`. */
export interface FunctionImport {
  readonly name: string;
  readonly parameters: readonly ValueType[];
  readonly results?: readonly ValueType[];
}

/**
 * The bytes of a module that exports `functions` and imports its memory as `env.memory`.
 *
 * @param shared whether the memory is shared between threads; it then has a maximum of `maximum` pages.
 * @param imports functions that the code may call beside its own.
 */
export function assemble(
  functions: readonly FunctionSpec[],
  shared?: { readonly maximum: number },
  imports: readonly FunctionImport[] = [],
): Uint8Array<ArrayBuffer> {
  const all: readonly FunctionImport[] = [...imports, ...functions];
  const types = all.map(({ parameters, results = [] }) => [
    0x60,
    ...unsigned(parameters.length),
    ...parameters.map((type) => TYPE_CODE[type]),
    ...unsigned(results.length),
    ...results.map((type) => TYPE_CODE[type]),
  ]);
  const limits = shared ? [0x03, 1, ...unsigned(shared.maximum)] : [0x00, 1];
  const indices = new Map(all.map(({ name }, i) => [name, i]));
  const bodies = functions.map((f) => {
    const code = new Code(f.parameters.length, indices);
    f.build(code, ...f.parameters.map((type, index) => ({ index, type })));
    return code.body();
  });
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, types),
    ...section(2, [
      ...imports.map(({ name }, i) => [...text('env'), ...text(name), 0x00, ...unsigned(i)]),
      [...text('env'), ...text('memory'), 0x02, ...limits],
    ]),
    ...section(
      3,
      functions.map((_, i) => unsigned(imports.length + i)),
    ),
    ...section(
      7,
      functions.map(({ name }, i) => [...text(name), 0x00, ...unsigned(imports.length + i)]),
    ),
    ...section(10, bodies),
  ]);
}
