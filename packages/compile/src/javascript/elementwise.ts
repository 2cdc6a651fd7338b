/**
 * Elementwise kernels in plain JavaScript, from the same description and with the same way of being called as those in WebAssembly
 * (`../wasm/elementwise.ts`): for machines and pages without it. Nothing is evaluated from text, so any content security policy will do.
 *
 * A kernel walks blocks of a row through all steps. Within a block each operation is one loop over typed arrays that stay in the first-level
 * cache: the loops are shared by all kernels, so an engine compiles them once, and nothing is allocated on the way. Storing into a
 * Float32Array rounds as Math.fround does, so the bits are those of the operations one by one.
 */
import { exp32, log32 } from '@snn/core';
import type { KernelOp, KernelRef, KernelSpec } from '../wasm/elementwise.ts';

/**
 * A kernel: see `../wasm/elementwise.ts` for the arguments. All addresses are multiples of 4.
 *
 * @param memory what the addresses count in, the memory of a WebAssembly module for example.
 */
export type JavaScriptKernel = (
  memory: ArrayBufferLike,
  args: number,
  first: number,
  steps: number,
  rowStep: number,
  begin: number,
  end: number,
  bitFirst?: number,
  bitRowStep?: number,
) => void;

/** Elements of a row that go through all operations together; a multiple of 4. */
const BLOCK = 256;

/** Numbers, and the same memory as whole numbers. */
interface Values {
  readonly floats: Float32Array;
  readonly words: Int32Array;
}

/** `n` elements: out[e] from x[i + e], y[j + e] and z[k + e]. */
type Loop = (out: Values, x: Values, i: number, y: Values, j: number, z: Values, k: number, n: number) => void;

/**
 * The operations, and `copy`. `gt` and `where` must not branch: which way they go is random, and a wrong guess of the processor costs as much as
 * four elements.
 */
const LOOPS: Readonly<Record<KernelOp | 'copy', Loop>> = {
  add: (out, x, i, y, j, _z, _k, n) => {
    const [o, p, q] = [out.floats, x.floats, y.floats];
    for (let e = 0; e < n; e++) o[e] = p[i + e] + q[j + e];
  },
  sub: (out, x, i, y, j, _z, _k, n) => {
    const [o, p, q] = [out.floats, x.floats, y.floats];
    for (let e = 0; e < n; e++) o[e] = p[i + e] - q[j + e];
  },
  mul: (out, x, i, y, j, _z, _k, n) => {
    const [o, p, q] = [out.floats, x.floats, y.floats];
    for (let e = 0; e < n; e++) o[e] = p[i + e] * q[j + e];
  },
  div: (out, x, i, y, j, _z, _k, n) => {
    const [o, p, q] = [out.floats, x.floats, y.floats];
    for (let e = 0; e < n; e++) o[e] = p[i + e] / q[j + e];
  },
  max: (out, x, i, y, j, _z, _k, n) => {
    const [o, p, q] = [out.floats, x.floats, y.floats];
    for (let e = 0; e < n; e++) o[e] = Math.max(p[i + e], q[j + e]);
  },
  gt: (out, x, i, y, j, _z, _k, n) => {
    const [o, p, q] = [out.floats, x.floats, y.floats];
    for (let e = 0; e < n; e++) o[e] = +(p[i + e] > q[j + e]);
  },
  where: (out, x, i, y, j, z, k, n) => {
    const [o, c, p, q] = [out.words, x.floats, y.words, z.words];
    for (let e = 0; e < n; e++) {
      const mask = -+(c[i + e] !== 0);
      o[e] = (p[j + e] & mask) | (q[k + e] & ~mask);
    }
  },
  exp: (out, x, i, _y, _j, _z, _k, n) => {
    const [o, p] = [out.floats, x.floats];
    for (let e = 0; e < n; e++) o[e] = exp32(p[i + e]);
  },
  log: (out, x, i, _y, _j, _z, _k, n) => {
    const [o, p] = [out.floats, x.floats];
    for (let e = 0; e < n; e++) o[e] = log32(p[i + e]);
  },
  sqrt: (out, x, i, _y, _j, _z, _k, n) => {
    const [o, p] = [out.floats, x.floats];
    for (let e = 0; e < n; e++) o[e] = Math.sqrt(p[i + e]);
  },
  floor: (out, x, i, _y, _j, _z, _k, n) => {
    const [o, p] = [out.floats, x.floats];
    for (let e = 0; e < n; e++) o[e] = Math.floor(p[i + e]);
  },
  round: (out, x, i, _y, _j, _z, _k, n) => {
    const [o, p] = [out.floats, x.floats];
    for (let e = 0; e < n; e++) {
      const below = Math.floor(p[i + e]);
      const rest = p[i + e] - below;
      // halves to even; + 0 makes -0 the +0 of the others
      o[e] = below + (rest > 0.5 || (rest === 0.5 && below % 2 !== 0) ? 1 : 0) + 0;
    }
  },
  abs: (out, x, i, _y, _j, _z, _k, n) => {
    const [o, p] = [out.floats, x.floats];
    for (let e = 0; e < n; e++) o[e] = Math.abs(p[i + e]);
  },
  copy: (out, x, i, _y, _j, _z, _k, n) => {
    const [o, p] = [out.floats, x.floats];
    for (let e = 0; e < n; e++) o[e] = p[i + e];
  },
};

/** out[o + e] = x[e]. */
function store(out: Float32Array, o: number, x: Float32Array, n: number): void {
  for (let e = 0; e < n; e++) out[o + e] = x[e];
}

/** `n` packed elements from byte `at` on as 0 or 1. */
function unpack(out: Float32Array, bytes: Uint8Array, at: number, n: number): void {
  for (let e = 0; e < n; e++) out[e] = (bytes[at + (e >> 2)] >> (e & 3)) & 1;
}

/** Whether each of `n` elements is not 0, as bits from byte `at` on. */
function pack(bytes: Uint8Array, at: number, x: Float32Array, n: number): void {
  for (let e = 0; e < n; e += 4) {
    // a block has a multiple of four elements, so there is something to read beyond n; its bits are 0
    const bits = +(x[e] !== 0) | (+(x[e + 1] !== 0) << 1) | (+(x[e + 2] !== 0) << 2) | (+(x[e + 3] !== 0) << 3);
    bytes[at + (e >> 2)] = n - e < 4 ? bits & ((1 << (n - e)) - 1) : bits;
  }
}

/** One operation on slots: where a value is found, in memory or in a block of its own. */
interface Instruction {
  readonly loop: Loop;
  readonly out: number;
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

/** Where values are: `values[slot]` from element `offsets[slot]` on. */
class Slots {
  readonly values: Values[] = [];
  readonly offsets: number[] = [];
  readonly #names = new Map<string, number>();
  readonly #numbers = new Map<string, number>();

  /** A new slot, in a block of its own that holds `fill`. */
  block(fill = 0): number {
    this.offsets.push(0);
    const floats = new Float32Array(BLOCK).fill(fill);
    return this.values.push({ floats, words: new Int32Array(floats.buffer) }) - 1;
  }
  /** A slot for a named value. */
  named(name: string): number {
    const slot = this.block();
    this.#names.set(name, slot);
    return slot;
  }
  /** The slot of a value that is there. */
  of(ref: KernelRef): number {
    if (typeof ref === 'string') return this.#names.get(ref) as number;
    const key = Object.is(ref, -0) ? '-0' : String(ref);
    const slot = this.#numbers.get(key) ?? this.block(ref);
    this.#numbers.set(key, slot);
    return slot;
  }
}

/** The kernel as a function. It owns blocks for its values. */
export function elementwiseJavaScript(spec: KernelSpec): JavaScriptKernel {
  const { bitStreams = [], bitResults = [] } = spec;
  const slots = new Slots();
  const { values, offsets } = slots;
  const [streams, fixed, scalars] = [spec.streams, spec.fixed, spec.scalars].map((names) => names.map((name) => slots.named(name)));
  const states = spec.states.map(({ name }) => slots.named(name));
  const inMemory = new Set([...streams, ...fixed, ...states]);
  const bits = bitStreams.map((name) => slots.named(name));
  const instructions = spec.operations.map(({ name, op, inputs }): Instruction => {
    const [x, y = x, z = x] = inputs.map((ref) => slots.of(ref));
    return { loop: LOOPS[op], out: slots.named(name), x, y, z };
  });
  // what is stored is read before anything is: results may take the place of a stream, states may take each other's
  const kept = new Map<number, number>();
  const stored = (ref: KernelRef): number => {
    const slot = slots.of(ref);
    if (!inMemory.has(slot)) return slot;
    const copy = kept.get(slot) ?? slots.block();
    if (!kept.has(slot)) instructions.push({ loop: LOOPS.copy, out: copy, x: slot, y: slot, z: slot });
    kept.set(slot, copy);
    return copy;
  };
  const results = spec.results.map(stored);
  const packed = bitResults.map(stored);
  const next = spec.states.map((state) => stored(state.next));

  // addresses in the order of the list: of numbers in elements, of packed bits in bytes
  const groups = [streams, fixed, scalars, states, results].map(({ length }) => new Int32Array(length));
  const [streamBases, fixedBases, scalarBases, stateBases, resultBases] = groups;
  const bitBases = new Uint32Array(bits.length);
  const packedBases = new Uint32Array(packed.length);
  // views of the memory of the last call
  let own: Values = { floats: new Float32Array(0), words: new Int32Array(0) };
  let bytes: Uint8Array = new Uint8Array(0);

  return (memory, args, first, steps, rowStep, begin, end, bitFirst = 0, bitRowStep = 0) => {
    if (bytes.buffer !== memory) {
      const length = memory.byteLength >>> 2;
      own = { floats: new Float32Array(memory, 0, length), words: new Int32Array(memory, 0, length) };
      bytes = new Uint8Array(memory);
      for (const slot of inMemory) values[slot] = own;
    }
    const { floats, words } = own;
    let address = args >>> 2;
    for (const group of groups) for (let k = 0; k < group.length; k++) group[k] = words[address++] >>> 2;
    for (const group of [bitBases, packedBases]) for (let k = 0; k < group.length; k++) group[k] = words[address++];
    for (let k = 0; k < scalars.length; k++) values[scalars[k]].floats.fill(floats[scalarBases[k]]);
    // from here on whole numbers of 32 bits, so that engines compute indices as such: bytes become elements
    const stop = end >> 2;
    const rowElements = rowStep >> 2;
    for (let block = begin >> 2; block < stop; block += BLOCK) {
      const n = Math.min(BLOCK, stop - block);
      for (let k = 0; k < fixed.length; k++) offsets[fixed[k]] = fixedBases[k] + block;
      for (let k = 0; k < states.length; k++) offsets[states[k]] = stateBases[k] + block;
      let at = (first >>> 2) + block;
      let bitAt = bitFirst + (block >> 2);
      for (let step = 0; step < steps; step++) {
        for (let k = 0; k < streams.length; k++) offsets[streams[k]] = streamBases[k] + at;
        for (let k = 0; k < bits.length; k++) unpack(values[bits[k]].floats, bytes, bitBases[k] + bitAt, n);
        for (const { loop, out, x, y, z } of instructions)
          loop(values[out], values[x], offsets[x], values[y], offsets[y], values[z], offsets[z], n);
        for (let k = 0; k < results.length; k++) store(floats, resultBases[k] + at, values[results[k]].floats, n);
        for (let k = 0; k < packed.length; k++) pack(bytes, packedBases[k] + bitAt, values[packed[k]].floats, n);
        for (let k = 0; k < states.length; k++) store(floats, offsets[states[k]], values[next[k]].floats, n);
        at += rowElements;
        bitAt += bitRowStep;
      }
    }
  };
}
