/** What an elementwise kernel must do, and how one is run: shared by the tests of all targets. */
import { exp32, log32, normal, randomKey } from '@snn/core';
import fc from 'fast-check';
import { elementwiseJavaScript } from '../src/javascript/index.ts';
import { assemble, elementwise, type KernelOp, type KernelRef, type KernelSpec } from '../src/wasm/index.ts';

const f = Math.fround;
export const SCALAR: Record<KernelOp, (x: number, y: number, z: number) => number> = {
  add: (x, y) => f(x + y),
  sub: (x, y) => f(x - y),
  mul: (x, y) => f(x * y),
  div: (x, y) => f(x / y),
  max: (x, y) => Math.max(x, y),
  gt: (x, y) => (x > y ? 1 : 0),
  where: (x, y, z) => (x !== 0 ? y : z),
  exp: (x) => exp32(x),
  log: (x) => log32(x),
  sqrt: (x) => f(Math.sqrt(x)),
  floor: (x) => Math.floor(x),
  round(x) {
    const below = Math.floor(x);
    const odd = below - 2 * Math.floor(below / 2);
    return below + (odd ? 1 - +(0.5 > x - below) : +(x - below > 0.5));
  },
  abs: (x) => Math.max(x, -x),
};

/** Operands of a kernel, in the order of its description; those of `bitStreams` are 0 or 1. */
export interface Data {
  readonly streams: readonly Float32Array[];
  readonly fixed: readonly Float32Array[];
  readonly scalars: readonly number[];
  readonly states: readonly Float32Array[];
  readonly bitStreams?: readonly Float32Array[];
}

/** What a kernel gives; `bits` as bytes. */
export interface Outcome {
  readonly results: readonly Float32Array[];
  readonly states: readonly Float32Array[];
  readonly bits: readonly Uint8Array[];
}

/** Rows of `size` numbers as packed bits. */
export function packed(x: Float32Array, size: number): Uint8Array {
  const bytes = Math.ceil(size / 4);
  const out = new Uint8Array((x.length / size) * bytes);
  x.forEach((value, i) => {
    const e = i % size;
    if (value !== 0) out[Math.floor(i / size) * bytes + Math.floor(e / 4)] |= 1 << (e % 4);
  });
  return out;
}

/** What the kernel must do, one number at a time. */
export function interpret(spec: KernelSpec, data: Data, steps: number, size: number, reversed: boolean): Outcome {
  const states = data.states.map((x) => x.slice());
  const results = spec.results.map(() => new Float32Array(steps * size));
  const bits = (spec.bitResults ?? []).map(() => new Float32Array(steps * size));
  for (let i = 0; i < steps; i++) {
    const t = reversed ? steps - 1 - i : i;
    for (let e = 0; e < size; e++) {
      const values = new Map<string, number>();
      spec.streams.forEach((name, k) => void values.set(name, data.streams[k][t * size + e]));
      spec.bitStreams?.forEach((name, k) => void values.set(name, (data.bitStreams as Float32Array[])[k][t * size + e]));
      spec.fixed.forEach((name, k) => void values.set(name, data.fixed[k][e]));
      spec.scalars.forEach((name, k) => void values.set(name, data.scalars[k]));
      spec.states.forEach(({ name }, k) => void values.set(name, states[k][e]));
      const read = (ref: KernelRef): number => (typeof ref === 'number' ? f(ref) : (values.get(ref) as number));
      for (const { name, op, inputs } of spec.operations) {
        const [x, y, z] = inputs.map(read);
        values.set(name, SCALAR[op](x, y, z));
      }
      spec.results.forEach((ref, k) => void (results[k][t * size + e] = read(ref)));
      spec.bitResults?.forEach((ref, k) => void (bits[k][t * size + e] = read(ref) !== 0 ? 1 : 0));
      const next = spec.states.map((state) => read(state.next));
      next.forEach((x, k) => void (states[k][e] = x));
    }
  }
  return { results, states, bits: bits.map((x) => packed(x, size)) };
}

type Runner = (spec: KernelSpec, data: Data, steps: number, size: number, reversed: boolean, split?: number) => Outcome;

/** How each target runs a kernel; `split`: where the row is split, if the target can. */
export const TARGETS: Readonly<Record<string, Runner>> = { WebAssembly: runWasm, JavaScript: runJavaScript };

/** Kernels in JavaScript have no packed bits: they come and go as numbers here. */
function runJavaScript(spec: KernelSpec, data: Data, steps: number, size: number, reversed: boolean): Outcome {
  const { bitStreams = [], bitResults = [] } = spec;
  const kernel = elementwiseJavaScript({
    ...spec,
    streams: [...spec.streams, ...bitStreams],
    results: [...spec.results, ...bitResults],
  });
  const given = { ...data, streams: [...data.streams, ...(data.bitStreams ?? [])], states: data.states.map((x) => x.slice()) };
  const before = structuredClone([given.streams, given.fixed]);
  const results = [...spec.results, ...bitResults].map(() => new Float32Array(steps * size));
  kernel({ ...given, results }, size, steps, reversed);
  // compared as bits: NaN is not equal to itself
  const bits = (arrays: readonly (readonly Float32Array[])[]): string =>
    arrays
      .flat()
      .map((x) => new Int32Array(x.buffer))
      .join(';');
  if (bits(before) !== bits([given.streams, given.fixed])) throw new Error('the kernel wrote to what it only reads.');
  const count = spec.results.length;
  return { results: results.slice(0, count), states: given.states, bits: results.slice(count).map((x) => packed(x, size)) };
}

export const wasmKernel = (spec: KernelSpec, memory: WebAssembly.Memory): ((...args: number[]) => void) => {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(assemble([elementwise(spec)])), { env: { memory } });
  return instance.exports[spec.name] as (...args: number[]) => void;
};

/**
 * Run the kernel, the row split at `split` numbers.
 *
 * @throws when it changes anything but results and states.
 */
function runWasm(spec: KernelSpec, data: Data, steps: number, size: number, reversed: boolean, split: number = size): Outcome {
  const memory = new WebAssembly.Memory({ initial: 16 });
  const kernel = wasmKernel(spec, memory);
  const bytes = new Uint8Array(memory.buffer).fill(0x5a);
  let top = 1024;
  const place = (x: Float32Array | Uint8Array): number => {
    const at = top;
    bytes.set(new Uint8Array(x.buffer, x.byteOffset, x.byteLength), at);
    top = Math.ceil((at + x.byteLength) / 4) * 4 + 12;
    return at;
  };
  const results = spec.results.map(() => place(new Float32Array(steps * size)));
  const bitRow = Math.ceil(size / 4);
  const bits = (spec.bitResults ?? []).map(() => place(new Uint8Array(steps * bitRow)));
  const states = data.states.map(place);
  const addresses = [
    ...[...data.streams, ...data.fixed].map(place),
    ...data.scalars.map((x) => place(Float32Array.of(x))),
    ...states,
    ...results,
    ...(data.bitStreams ?? []).map((x) => place(packed(x, size))),
    ...bits,
  ];
  new Uint32Array(memory.buffer).set(addresses, 16);
  const end = top + 64;
  const before = bytes.slice(0, end);
  const row = 4 * size;
  const last = steps - 1;
  for (const [begin, stop] of [
    [0, 4 * split],
    [4 * split, row],
  ]) {
    if (begin >= stop) continue;
    if (reversed) kernel(64, row * last, steps, -row, begin, stop, bitRow * last, -bitRow);
    else kernel(64, 0, steps, row, begin, stop, 0, bitRow);
  }
  const after = bytes.slice(0, end);
  const floats = (at: number, length: number): Float32Array => new Float32Array(after.buffer.slice(at, at + 4 * length));
  const outcome = {
    results: results.map((at) => floats(at, steps * size)),
    states: states.map((at) => floats(at, size)),
    bits: bits.map((at) => after.slice(at, at + steps * bitRow)),
  };
  const written = [...results.map((at) => [at, steps * row]), ...states.map((at) => [at, row]), ...bits.map((at) => [at, steps * bitRow])];
  for (const [at, length] of written) after.set(before.subarray(at, at + length), at);
  let changed = 0;
  while (changed < end && after[changed] === before[changed]) changed++;
  if (changed < end) throw new Error(`the kernel wrote to byte ${changed}, which is none of its own.`);
  return outcome;
}

export const numbers = (seed: number, length: number): Float32Array => normal(randomKey(seed), length);
export const spikes = (seed: number, length: number): Float32Array => numbers(seed, length).map((x) => (x > 0.5 ? 1 : 0));

/** A random kernel with two streams, one packed stream, a fixed operand, a scalar and two states, and its data. */
export interface Sample {
  readonly spec: KernelSpec;
  readonly data: Data;
  readonly steps: number;
  readonly size: number;
  readonly reversed: boolean;
}

const OPS = Object.keys(SCALAR) as KernelOp[];
const CONSTANTS = [0.1, -1, 0, 2.5, -0, Number.NaN, Infinity];

/** Random kernels, rows of one of `sizes` numbers. */
export const samples = (sizes: fc.Arbitrary<number>): fc.Arbitrary<Sample> =>
  fc
    .record({
      code: fc.array(fc.tuple(fc.nat(OPS.length - 1), fc.nat(), fc.nat(), fc.nat()), { minLength: 1, maxLength: 14 }),
      kept: fc.array(fc.nat(), { minLength: 4, maxLength: 7 }),
      size: sizes,
      reversed: fc.boolean(),
      special: fc.boolean(),
    })
    .map(({ code, kept, size, reversed, special }): Sample => {
      const steps = 5;
      const names: string[] = ['a', 'b', 'c', 's', 'v', 'w', 'z'];
      const pick = (k: number): KernelRef => (k % 8 === 7 ? CONSTANTS[(k >> 3) % CONSTANTS.length] : names[k % names.length]);
      const operations = code.map(([op, x, y, z], i) => {
        const inputs = [pick(x), pick(y), pick(z)];
        names.push(`n${i}`);
        return { name: `n${i}`, op: OPS[op], inputs };
      });
      const [first, second, bits, ...results] = kept.map(pick);
      // states may take each other's place or be what a stream gives
      const states = [
        { name: 'v', next: first },
        { name: 'w', next: second },
      ];
      const odd = [0, -0, Infinity, -Infinity, Number.NaN, 1e-45, 3.4e38, 1];
      const draw = (seed: number, length: number): Float32Array =>
        special
          ? numbers(seed, length).map((x, i) => (i % 3 === 0 ? odd[Math.floor(Math.abs(x) * 100) % odd.length] : x))
          : numbers(seed, length);
      return {
        spec: {
          name: 'any',
          streams: ['a', 'b'],
          fixed: ['c'],
          scalars: ['s'],
          states,
          operations,
          results: [names[names.length - 1], ...results],
          bitStreams: ['z'],
          bitResults: [bits, names[names.length - 1]],
        },
        data: {
          streams: [draw(6, steps * size), draw(7, steps * size)],
          fixed: [draw(8, size)],
          scalars: [f(0.3)],
          states: [draw(9, size), draw(10, size)],
          bitStreams: [spikes(11, steps * size)],
        },
        steps,
        size,
        reversed,
      };
    });
