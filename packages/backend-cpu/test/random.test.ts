// The random kernels draw the bits of @snn/core, whatever the sizes, and write nothing else.
import { assemble } from '@snn/compile/wasm';
import { bernoulli, bernoulliSteps, foldIn, randomKey, uniform } from '@snn/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { plainCpu } from '../src/index.ts';
import type { CpuTensor } from '../src/storage.ts';
import { RANDOM, type RandomKernels, randomNative } from '../src/wasm/random/index.ts';

/** The kernels on a memory of their own, from which blocks are taken one after the other and never come back. */
function standalone(pages = 4) {
  const memory = new WebAssembly.Memory({ initial: pages });
  const kernels = new WebAssembly.Instance(new WebAssembly.Module(assemble(RANDOM)), { env: { memory } })
    .exports as unknown as RandomKernels;
  let top = 64;
  return {
    kernels,
    memory: {
      allocate(_name: string, bytes: number): number {
        const at = top;
        top += Math.ceil(bytes / 16) * 16 + 16;
        while (top > memory.buffer.byteLength) memory.grow(1);
        return at;
      },
      free: (): void => {},
      get floats() {
        return new Float32Array(memory.buffer);
      },
      get ints() {
        return new Int32Array(memory.buffer);
      },
      holds: (data: Float32Array): boolean => data.buffer === memory.buffer,
    },
    reset: (): void => {
      top = 64;
    },
  };
}

const seeds = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const probabilities = fc.oneof(
  { weight: 4, arbitrary: fc.constant(0) },
  { weight: 4, arbitrary: fc.float({ min: 0, max: 1, noNaN: true }) },
  fc.constantFrom(1, -1, 2, 2 ** -24, Math.fround(1 - 2 ** -24), 1e-30, Number.NaN, Number.POSITIVE_INFINITY, -0),
);
const MARK = 77;

describe('uniform', () => {
  const { kernels, memory, reset } = standalone();
  test('has the bits of the host function in any part', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 40 }), (seed, half, length) => {
        reset();
        const key = foldIn(randomKey(seed), 3);
        const [from, to] = [2 * half, 2 * half + length];
        const out = memory.allocate('', 4 * (to + 8));
        const at = out / 4;
        memory.floats.fill(MARK, at, at + to + 8);
        kernels.uniform(key[0], key[1], from, to, out);
        const got = memory.floats;
        const want = uniform(key, to);
        for (let i = 0; i < to + 8; i++) expect(got[at + i]).toBe(i >= from && i < to ? want[i] : MARK);
      }),
    );
  });
});

describe('bernoulli', () => {
  const { kernels, memory, reset } = standalone();
  const rows = (seed: number, p: readonly number[], steps: number, from: number, to: number): void => {
    reset();
    const key = randomKey(seed);
    const n = p.length;
    const keys = memory.allocate('', 8 * steps);
    const lists = [0, 1, 2].map(() => memory.allocate('', 4 * ((n >> 1) + 4)));
    const given = memory.allocate('', 4 * (n + 4));
    const out = memory.allocate('', 4 * (steps * n + 4));
    for (let t = 0; t < steps; t++) memory.ints.set(foldIn(key, t), keys / 4 + 2 * t);
    // behind the probabilities stands what must not be looked at
    memory.floats.fill(1, given / 4, given / 4 + n + 4).set(p, given / 4);
    memory.floats.fill(MARK, out / 4 - 4, out / 4 + steps * n + 4);
    const pairs = kernels.candidates(given, n, lists[0], lists[1], lists[2]);
    expect(pairs).toBe(p.filter((_, i) => i % 2 === 0 && (p[i] > 0 || p[i + 1] > 0)).length);
    kernels.bernoulli(keys, from, to, lists[0], lists[1], lists[2], pairs, n, out);
    const got = memory.floats.slice(out / 4 - 4, out / 4 + steps * n + 4);
    const expected = new Float32Array(got.length).fill(MARK);
    for (let t = from; t < to; t++) expected.set(bernoulli(foldIn(key, t), p, n), 4 + t * n);
    expect(got).toEqual(expected);
  };

  test('has the bits of the host function in every row, and leaves all other rows alone', () => {
    fc.assert(
      fc.property(
        seeds,
        fc.array(probabilities, { minLength: 1, maxLength: 70 }),
        fc.integer({ min: 1, max: 5 }),
        fc.nat(5),
        fc.nat(5),
        (seed, p, steps, a, z) => rows(seed, [...Float32Array.from(p)], steps, Math.min(a, z, steps), Math.min(Math.max(a, z), steps)),
      ),
      { numRuns: 300 },
    );
  });

  test('draws nothing of nothing', () => rows(1, [0, -1, Number.NaN, 0, 0], 3, 0, 3));
});

describe('randomNative', () => {
  const shapes = fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 3 });
  const check = (inside: boolean) => (): void => {
    fc.assert(
      fc.property(seeds, shapes, fc.integer({ min: 1, max: 6 }), fc.infiniteStream(probabilities), (seed, shape, steps, stream) => {
        const { kernels, memory } = standalone(1);
        const plain = plainCpu();
        const floats = (length: number): Float32Array =>
          inside ? new Float32Array(memory.floats.buffer, memory.allocate('', 4 * length), length) : new Float32Array(length).fill(MARK);
        const tensor = (data: Float32Array, of: readonly number[]): CpuTensor => plain.view(data, of);
        const { bernoulli: native } = randomNative(memory, kernels, { floats, tensor });
        const size = shape.reduce((n, m) => n * m, 1);
        const data = floats(size);
        for (let i = 0; i < size; i++) data[i] = stream.next().value as number;
        const given = [...data];
        const key = randomKey(seed);
        const got = native(key, tensor(data, shape), steps);
        expect(got.shape).toEqual([steps, ...shape]);
        expect(plain.readSync(got)).toEqual(bernoulliSteps(key, given, steps));
      }),
    );
  };
  test('has the bits of the host function on tensors in the memory', check(true));
  test('has the bits of the host function on tensors out of it', check(false));
});
