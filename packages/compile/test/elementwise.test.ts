// Kernels of elementwise operations give the bits that the operations give one by one, for any target, size, direction and split.
import { exp32, log32, randomBits, randomKey } from '@snn/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { elementwiseJavaScript } from '../src/javascript/index.ts';
import type { KernelSpec } from '../src/wasm/index.ts';
import { type Data, interpret, numbers, packed, samples, spikes, TARGETS, wasmKernel } from './kernels.ts';

const f = Math.fround;

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

describe.each(Object.keys(TARGETS))('%s', (target) => {
  describe('a LIF kernel', () => {
    for (const size of [1, 2, 3, 4, 5, 8, 19, 1031]) {
      for (const reversed of [false, true]) {
        test(`${size} neurons, ${reversed ? 'backwards' : 'forwards'}, whole and split`, () => {
          const data = { streams: [numbers(1, 9 * size)], fixed: [numbers(2, size)], scalars: [f(0.7)], states: [numbers(3, size)] };
          const expected = interpret(lif, data, 9, size, reversed);
          expect(TARGETS[target](lif, data, 9, size, reversed)).toEqual(expected);
          expect(TARGETS[target](lif, data, 9, size, reversed, Math.floor(size / 8) * 4)).toEqual(expected);
        });
      }
    }
  });

  test('spikes come and go as packed bits', () => {
    const spec: KernelSpec = {
      ...lif,
      states: [{ name: 'v', next: 'gated' }],
      operations: [...lif.operations, { name: 'gated', op: 'where', inputs: ['gate', 'reset', 'u'] }],
      results: ['u'],
      bitStreams: ['gate'],
      // a mask, a value, what came packed and a number
      bitResults: ['z', 'current', 'gate', 1],
    };
    for (const size of [1, 3, 4, 6, 16, 21, 300, 1027]) {
      for (const reversed of [false, true]) {
        const streams = [numbers(1, 6 * size).map((x) => Math.max(x, 0))];
        const data: Data = {
          streams,
          fixed: [numbers(2, size)],
          scalars: [f(0.1)],
          states: [numbers(3, size)],
          bitStreams: [spikes(4, 6 * size)],
        };
        const expected = interpret(spec, data, 6, size, reversed);
        expect(TARGETS[target](spec, data, 6, size, reversed)).toEqual(expected);
        expect(TARGETS[target](spec, data, 6, size, reversed, Math.floor(size / 8) * 4)).toEqual(expected);
        expect(expected.bits[2]).toEqual(packed((data.bitStreams as Float32Array[])[0], size));
        if (size > 8) expect(expected.bits[0].some((byte) => byte !== 0 && byte !== 15)).toBe(true);
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
    const magnitudes = [0, 1, Infinity, Number.NaN, 1e-45, 1.1754944e-38, 1.17549421e-38, 3.4028235e38];
    const limits = [88.72283, 88.72284, -87.33655, -103.97207, -103.97208, -103.97209];
    const words = randomBits(randomKey(4), 20000);
    const x = Float32Array.from([
      ...magnitudes,
      ...magnitudes.map((v) => -v),
      ...limits,
      ...new Float32Array(words.buffer),
      ...numbers(5, 2000).map((v) => 40 * v),
    ]);
    const { results } = TARGETS[target](spec, { streams: [x.slice(0, 19000)], fixed: [], scalars: [], states: [] }, 1, 19000, false);
    for (let i = 0; i < 19000; i++) {
      if (!Object.is(results[0][i], f(exp32(x[i]))) || !Object.is(results[1][i], f(log32(x[i])))) {
        expect([x[i], results[0][i], results[1][i]]).toEqual([x[i], exp32(x[i]), log32(x[i])]);
      }
    }
  });

  test('any program of operations', () => {
    const sizes = fc.oneof(fc.integer({ min: 1, max: 11 }), fc.constantFrom(255, 256, 257, 530));
    fc.assert(
      fc.property(samples(sizes), ({ spec, data, steps, size, reversed }) => {
        const expected = interpret(spec, data, steps, size, reversed);
        expect(TARGETS[target](spec, data, steps, size, reversed)).toEqual(expected);
        expect(TARGETS[target](spec, data, steps, size, reversed, size - (size % 8))).toEqual(expected);
      }),
      { numRuns: 150, seed: 1 },
    );
  });
});

test('results of WebAssembly may take the place of a stream that is read and kept', () => {
  const spec: KernelSpec = {
    name: 'inPlace',
    streams: ['x'],
    fixed: [],
    scalars: [],
    states: [
      { name: 'last', next: 'x' },
      { name: 'before', next: 'last' },
    ],
    operations: [{ name: 'sum', op: 'add', inputs: ['x', 'before'] }],
    results: ['sum'],
  };
  for (const size of [3, 300]) {
    const x = numbers(1, 4 * size);
    const states = [numbers(2, size), numbers(3, size)];
    const expected = interpret(spec, { streams: [x], fixed: [], scalars: [], states }, 4, size, false);
    const memory = new WebAssembly.Memory({ initial: 1 });
    const floats = new Float32Array(memory.buffer);
    const places = [1000, 4000, 5000];
    [x, ...states].forEach((values, i) => void floats.set(values, places[i]));
    new Uint32Array(memory.buffer).set([...places, places[0]].map((at) => 4 * at));
    wasmKernel(spec, memory)(0, 0, 4, 4 * size, 0, 4 * size);
    expect(floats.slice(1000, 1000 + 4 * size)).toEqual(expected.results[0]);
    expect([4000, 5000].map((at) => floats.slice(at, at + size))).toEqual(expected.states);
  }
});

test('JavaScript works on parts of any buffer', () => {
  const spec: KernelSpec = { ...lif, results: ['u', 'v'] };
  const kernel = elementwiseJavaScript(spec);
  const outcomes = [new ArrayBuffer(400), new SharedArrayBuffer(402)].map((buffer) => {
    const part = (at: number, values: readonly number[]): Float32Array => {
      const x = new Float32Array(buffer, 4 * at, values.length);
      x.set(values);
      return x;
    };
    const states = [part(10, [4, 4, 4])];
    const results = [part(20, [0, 0, 0]), part(30, [0, 0, 0])];
    kernel({ streams: [part(40, [1, 2, 3])], fixed: [part(50, [0.5, 0.5, 0.5])], scalars: [10], states, results }, 3, 1, false);
    return [...results, ...states].map((x) => [...x]);
  });
  for (const outcome of outcomes)
    expect(outcome).toEqual([
      [3, 4, 5],
      [4, 4, 4],
      [3, 4, 5],
    ]);
});
