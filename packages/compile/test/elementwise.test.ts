// Kernels of elementwise operations give the bits that the operations give one by one, for any size, direction and split.
import { exp32, log32, normal, randomBits, randomKey } from '@snn/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assemble, elementwise, type KernelOp, type KernelRef, type KernelSpec } from '../src/wasm/index.ts';

const f = Math.fround;
const SCALAR: Record<KernelOp, (x: number, y: number, z: number) => number> = {
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
};

interface Data {
  readonly streams: readonly Float32Array[];
  readonly fixed: readonly Float32Array[];
  readonly scalars: readonly number[];
  readonly states: readonly Float32Array[];
}

/** What the kernel must do, one number at a time. */
function interpret(
  spec: KernelSpec,
  data: Data,
  steps: number,
  size: number,
  reversed: boolean,
): { results: Float32Array[]; states: Float32Array[] } {
  const states = data.states.map((x) => x.slice());
  const results = spec.results.map(() => new Float32Array(steps * size));
  for (let i = 0; i < steps; i++) {
    const t = reversed ? steps - 1 - i : i;
    for (let e = 0; e < size; e++) {
      const values = new Map<string, number>();
      spec.streams.forEach((name, k) => void values.set(name, data.streams[k][t * size + e]));
      spec.fixed.forEach((name, k) => void values.set(name, data.fixed[k][e]));
      spec.scalars.forEach((name, k) => void values.set(name, data.scalars[k]));
      spec.states.forEach(({ name }, k) => void values.set(name, states[k][e]));
      const read = (ref: KernelRef): number => (typeof ref === 'number' ? f(ref) : (values.get(ref) as number));
      for (const { name, op, inputs } of spec.operations) {
        const [x, y, z] = inputs.map(read);
        values.set(name, SCALAR[op](x, y, z));
      }
      spec.results.forEach((ref, k) => void (results[k][t * size + e] = read(ref)));
      const next = spec.states.map((state) => read(state.next));
      next.forEach((x, k) => void (states[k][e] = x));
    }
  }
  return { results, states };
}

/** Run the kernel, the row split at `split` numbers. */
function run(spec: KernelSpec, data: Data, steps: number, size: number, reversed: boolean, split = size): ReturnType<typeof interpret> {
  const memory = new WebAssembly.Memory({ initial: 4 });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(assemble([elementwise(spec)])), { env: { memory } });
  const floats = new Float32Array(memory.buffer);
  const ints = new Int32Array(memory.buffer);
  let top = 256;
  const place = (x: ArrayLike<number>): number => {
    const at = top;
    floats.set(x, at);
    top += x.length + 3;
    return at;
  };
  const results = spec.results.map(() => place(new Float32Array(steps * size)));
  const states = data.states.map(place);
  const addresses = [...data.streams.map(place), ...data.fixed.map(place), ...data.scalars.map((x) => place([x])), ...states, ...results];
  ints.set(
    addresses.map((at) => 4 * at),
    16,
  );
  const kernel = instance.exports[spec.name] as (...args: number[]) => void;
  const row = 4 * size;
  for (const [begin, end] of [
    [0, 4 * split],
    [4 * split, row],
  ]) {
    if (begin < end) kernel(64, reversed ? row * (steps - 1) : 0, steps, reversed ? -row : row, begin, end);
  }
  const read = (at: number, length: number): Float32Array => floats.slice(at, at + length);
  return { results: results.map((at) => read(at, steps * size)), states: states.map((at) => read(at, size)) };
}

const lif: KernelSpec = {
  name: 'lif',
  streams: ['current'],
  fixed: ['decay'],
  scalars: ['threshold'],
  states: [{ name: 'v', next: 'reset' }],
  operations: [
    { name: 'leak', op: 'mul', inputs: ['v', 'decay'] },
    { name: 'u', op: 'add', inputs: ['leak', 'current'] },
    { name: 'over', op: 'sub', inputs: ['u', 'threshold'] },
    { name: 'z', op: 'gt', inputs: ['over', 0] },
    { name: 'reset', op: 'where', inputs: ['z', 'over', 'u'] },
  ],
  results: ['z', 'u', 'v'],
};

const numbers = (seed: number, length: number): Float32Array => normal(randomKey(seed), length);

describe('a LIF kernel', () => {
  for (const size of [1, 2, 3, 4, 5, 8, 19]) {
    for (const reversed of [false, true]) {
      test(`${size} neurons, ${reversed ? 'backwards' : 'forwards'}, whole and split`, () => {
        const data = { streams: [numbers(1, 9 * size)], fixed: [numbers(2, size)], scalars: [f(0.7)], states: [numbers(3, size)] };
        const expected = interpret(lif, data, 9, size, reversed);
        expect(run(lif, data, 9, size, reversed)).toEqual(expected);
        expect(run(lif, data, 9, size, reversed, Math.floor(size / 8) * 4)).toEqual(expected);
      });
    }
  }
});

test('exp and log have the bits of exp32 and log32 over all magnitudes', () => {
  const spec: KernelSpec = {
    name: 'functions',
    streams: ['x'],
    fixed: [],
    scalars: [],
    states: [],
    operations: [
      { name: 'e', op: 'exp', inputs: ['x'] },
      { name: 'l', op: 'log', inputs: ['x'] },
    ],
    results: ['e', 'l'],
  };
  const edges = [
    0,
    -0,
    1,
    -1,
    Infinity,
    -Infinity,
    Number.NaN,
    1e-45,
    1.1754944e-38,
    1.17549421e-38,
    3.4028235e38,
    88.72283,
    88.72284,
    -87.33655,
    -103.97207,
    -103.97208,
    -103.97209,
  ];
  const words = randomBits(randomKey(4), 20000);
  const x = Float32Array.from([...edges, ...new Float32Array(words.buffer), ...numbers(5, 2000).map((v) => 40 * v)]);
  const { results } = run({ ...spec }, { streams: [x.slice(0, 19000)], fixed: [], scalars: [], states: [] }, 1, 19000, false);
  for (let i = 0; i < 19000; i++) {
    if (!Object.is(results[0][i], f(exp32(x[i]))) || !Object.is(results[1][i], f(log32(x[i])))) {
      expect([x[i], results[0][i], results[1][i]]).toEqual([x[i], exp32(x[i]), log32(x[i])]);
    }
  }
});

test('any program of operations', () => {
  const ops = Object.keys(SCALAR) as KernelOp[];
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(ops.length - 1), fc.nat(), fc.nat(), fc.nat()), { minLength: 1, maxLength: 12 }),
      fc.integer({ min: 1, max: 11 }),
      fc.boolean(),
      (code, size, reversed) => {
        const names: string[] = ['a', 'b', 'c', 's', 'w'];
        const pick = (k: number): KernelRef => (k % 7 === 6 ? [0.1, -1, 0, 2.5][k % 4] : names[k % names.length]);
        const operations = code.map(([op, x, y, z], i) => {
          const inputs = [pick(x), pick(y), pick(z)];
          names.push(`n${i}`);
          return { name: `n${i}`, op: ops[op], inputs };
        });
        const last = names[names.length - 1];
        const spec: KernelSpec = {
          name: 'any',
          streams: ['a', 'b'],
          fixed: ['c'],
          scalars: ['s'],
          states: [{ name: 'w', next: last }],
          operations,
          results: [last, 'w', names[names.length - 2]],
        };
        const data = {
          streams: [numbers(6, 5 * size), numbers(7, 5 * size)],
          fixed: [numbers(8, size)],
          scalars: [f(0.3)],
          states: [numbers(9, size)],
        };
        expect(run(spec, data, 5, size, reversed)).toEqual(interpret(spec, data, 5, size, reversed));
      },
    ),
    { numRuns: 150, seed: 1 },
  );
});
