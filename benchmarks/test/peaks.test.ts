/** The loops that measure the machine compute what they say. */
import { expect, test } from 'vitest';
import { moduleOf, multiplyAdd, TRIAD_STEP, triad } from '../src/wasm-loops.ts';

const memory = new WebAssembly.Memory({ initial: 1 });
const { exports } = new WebAssembly.Instance(new WebAssembly.Module(moduleOf([multiplyAdd(12), triad()])), { env: { memory } });
const [compute, stream] = [exports.f0, exports.f1] as ((a: number, b: number, c: number, bytes: number) => void)[];

test('multiply and add: as often as asked for, in every lane of every sum', () => {
  const loaded = new Float32Array(memory.buffer, 16, 4 * 12);
  for (let i = 0; i < loaded.length; i++) loaded[i] = i;
  compute(3, 16, 0, 0);
  // three halves of i + 0, i + 4, i + 8, ...: exact in float32
  const total = (lane: number): number => Array.from({ length: 12 }, (_, i) => 1.5 * (4 * i + lane)).reduce((sum, x) => sum + x, 0);
  expect([...new Float32Array(memory.buffer, 0, 4)]).toEqual([0, 1, 2, 3].map(total));
});

test('triad: a = b + c / 2 over the whole arrays, and nothing beside', () => {
  const length = (2 * TRIAD_STEP) / 4;
  const [a, b, c] = [64, 1024, 2048].map((at) => new Float32Array(memory.buffer, at, length + 1));
  a.fill(7);
  for (let i = 0; i < length; i++) [b[i], c[i]] = [i, 2 * i + 1];
  stream(64, 1024, 2048, 2 * TRIAD_STEP);
  expect([...a]).toEqual([...Array.from({ length }, (_, i) => 2 * i + 0.5), 7]);
});
