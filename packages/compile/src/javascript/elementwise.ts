/**
 * Elementwise kernels in plain JavaScript, from the same description as those in WebAssembly (`../wasm/elementwise.ts`) but for packed bits: for
 * machines and pages without it. Nothing is evaluated from text, so any content security policy will do.
 *
 * A kernel walks blocks of a row through all steps. Within a block each operation is one loop over typed arrays that stay in the first-level
 * cache: the loops are shared by all kernels, so an engine compiles them once, and nothing is allocated on the way. Storing into a
 * Float32Array rounds as Math.fround does, so the bits are those of the operations one by one.
 */
import { exp32, log32 } from '@snn/core';
import type { KernelOp, KernelRef, KernelSpec } from '../wasm/elementwise.ts';

/** What a kernel works on, in the order of its description. Rows lie one after another, the first step's first. */
export interface KernelArrays {
  /** All steps. */
  readonly streams: readonly Float32Array[];
  /** One row. */
  readonly fixed: readonly Float32Array[];
  readonly scalars: readonly number[];
  /** One row: before the run what the states begin with, after it what they became. */
  readonly states: readonly Float32Array[];
  /** All steps; none of the other arrays. */
  readonly results: readonly Float32Array[];
}

/** A kernel, for `steps` rows of `size` numbers; the last one first if `reversed`. */
export type JavaScriptKernel = (arrays: KernelArrays, size: number, steps: number, reversed: boolean) => void;

/** Elements of a row that go through all operations together; a multiple of 4. */
const BLOCK = 1024;

/** Numbers, and the same memory as whole numbers. */
interface Values {
  readonly floats: Float32Array;
  readonly words: Int32Array;
}

/** `n` elements: out[h + e] from x[i + e], y[j + e] and z[k + e]. */
type Loop = (out: Values, h: number, x: Values, i: number, y: Values, j: number, z: Values, k: number, n: number) => void;

/**
 * The operations, and `copy`. `gt` and `where` must not branch: which way they go is random, and a wrong guess of the processor costs as much as
 * four elements.
 */
const LOOPS: Readonly<Record<KernelOp | 'copy', Loop>> = {
  add: (out, h, x, i, y, j, _z, _k, n) => {
    const [o, p, q] = [out.floats, x.floats, y.floats];
    for (let e = 0; e < n; e++) o[h + e] = p[i + e] + q[j + e];
  },
  sub: (out, h, x, i, y, j, _z, _k, n) => {
    const [o, p, q] = [out.floats, x.floats, y.floats];
    for (let e = 0; e < n; e++) o[h + e] = p[i + e] - q[j + e];
  },
  mul: (out, h, x, i, y, j, _z, _k, n) => {
    const [o, p, q] = [out.floats, x.floats, y.floats];
    for (let e = 0; e < n; e++) o[h + e] = p[i + e] * q[j + e];
  },
  div: (out, h, x, i, y, j, _z, _k, n) => {
    const [o, p, q] = [out.floats, x.floats, y.floats];
    for (let e = 0; e < n; e++) o[h + e] = p[i + e] / q[j + e];
  },
  max: (out, h, x, i, y, j, _z, _k, n) => {
    const [o, p, q] = [out.floats, x.floats, y.floats];
    for (let e = 0; e < n; e++) o[h + e] = Math.max(p[i + e], q[j + e]);
  },
  gt: (out, h, x, i, y, j, _z, _k, n) => {
    const [o, p, q] = [out.floats, x.floats, y.floats];
    for (let e = 0; e < n; e++) o[h + e] = +(p[i + e] > q[j + e]);
  },
  where: (out, h, x, i, y, j, z, k, n) => {
    const [o, c, p, q] = [out.words, x.floats, y.words, z.words];
    for (let e = 0; e < n; e++) {
      const mask = -+(c[i + e] !== 0);
      o[h + e] = (p[j + e] & mask) | (q[k + e] & ~mask);
    }
  },
  exp: (out, h, x, i, _y, _j, _z, _k, n) => {
    const [o, p] = [out.floats, x.floats];
    for (let e = 0; e < n; e++) o[h + e] = exp32(p[i + e]);
  },
  log: (out, h, x, i, _y, _j, _z, _k, n) => {
    const [o, p] = [out.floats, x.floats];
    for (let e = 0; e < n; e++) o[h + e] = log32(p[i + e]);
  },
  sqrt: (out, h, x, i, _y, _j, _z, _k, n) => {
    const [o, p] = [out.floats, x.floats];
    for (let e = 0; e < n; e++) o[h + e] = Math.sqrt(p[i + e]);
  },
  floor: (out, h, x, i, _y, _j, _z, _k, n) => {
    const [o, p] = [out.floats, x.floats];
    for (let e = 0; e < n; e++) o[h + e] = Math.floor(p[i + e]);
  },
  round: (out, h, x, i, _y, _j, _z, _k, n) => {
    const [o, p] = [out.floats, x.floats];
    for (let e = 0; e < n; e++) {
      const below = Math.floor(p[i + e]);
      const rest = p[i + e] - below;
      // halves to even; + 0 makes -0 the +0 of the others
      o[h + e] = below + (rest > 0.5 || (rest === 0.5 && below % 2 !== 0) ? 1 : 0) + 0;
    }
  },
  abs: (out, h, x, i, _y, _j, _z, _k, n) => {
    const [o, p] = [out.floats, x.floats];
    for (let e = 0; e < n; e++) o[h + e] = Math.abs(p[i + e]);
  },
  copy: (out, h, x, i, _y, _j, _z, _k, n) => {
    const [o, p] = [out.floats, x.floats];
    for (let e = 0; e < n; e++) o[h + e] = p[i + e];
  },
};

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

const valuesOf = (floats: Float32Array): Values => ({ floats, words: new Int32Array(floats.buffer, floats.byteOffset, floats.length) });

/** The kernel as a function. It owns blocks for its values. */
export function elementwiseJavaScript(spec: Omit<KernelSpec, 'bitStreams' | 'bitResults'>): JavaScriptKernel {
  const slots = new Slots();
  const { values, offsets } = slots;
  const [streams, fixed, scalars] = [spec.streams, spec.fixed, spec.scalars].map((names) => names.map((name) => slots.named(name)));
  const states = spec.states.map(({ name }) => slots.named(name));
  const instructions = spec.operations.map(({ name, op, inputs }): Instruction => {
    const [x, y = x, z = x] = inputs.map((ref) => slots.of(ref));
    return { loop: LOOPS[op], out: slots.named(name), x, y, z };
  });
  const copy = (out: number, x: number): void => void instructions.push({ loop: LOOPS.copy, out, x, y: x, z: x });
  const computed = new Set(instructions.map(({ out }) => out));
  // what an operation computes is computed where the result lies; other results are copied there
  const results = spec.results.map((ref) => {
    const slot = slots.of(ref);
    if (computed.delete(slot)) return slot;
    const result = slots.block();
    copy(result, slot);
    return result;
  });
  // states may take each other's place: all are read before any is written
  const next = spec.states.map(({ next: ref }) => {
    const slot = slots.of(ref);
    if (!states.includes(slot)) return slot;
    const kept = slots.block();
    copy(kept, slot);
    return kept;
  });
  for (const [k, slot] of states.entries()) copy(slot, next[k]);

  return (arrays, size, steps, reversed) => {
    for (const [group, given] of [
      [streams, arrays.streams],
      [fixed, arrays.fixed],
      [states, arrays.states],
      [results, arrays.results],
    ] as const)
      for (const [k, slot] of group.entries()) values[slot] = valuesOf(given[k]);
    for (const [k, slot] of scalars.entries()) values[slot].floats.fill(arrays.scalars[k]);
    for (let block = 0; block < size; block += BLOCK) {
      const n = Math.min(BLOCK, size - block);
      for (const slot of fixed) offsets[slot] = block;
      for (const slot of states) offsets[slot] = block;
      for (let i = 0; i < steps; i++) {
        const at = (reversed ? steps - 1 - i : i) * size + block;
        for (const slot of streams) offsets[slot] = at;
        for (const slot of results) offsets[slot] = at;
        for (const { loop, out, x, y, z } of instructions)
          loop(values[out], offsets[out], values[x], offsets[x], values[y], offsets[y], values[z], offsets[z], n);
      }
    }
  };
}
