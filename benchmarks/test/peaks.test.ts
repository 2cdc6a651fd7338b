/** The loops that measure the machine compute what they say. */
import { expect, test } from 'vitest';
import { moduleOf, multiplyAdd, TRIAD_STEP, triad } from '../src/wasm-loops.ts';

const memory = new WebAssembly.Memory({ initial: 1 });
const { exports } = new WebAssembly.Instance(new WebAssembly.Module(moduleOf([multiplyAdd(12), triad()])), { env: { memory } });
const [compute, stream] = [exports.f0, exports.f1] as ((a: number, b: number, c: number, bytes: number) => void)[];

test('multiply and add: as often as asked for, in every lane of every sum', () => {
  compute(3, 0, 0, 0);
  const { fround } = Math;
  let x = 0;
  for (let turn = 0; turn < 3; turn++) x = fround(fround(x * fround(0.999)) + fround(0.001));
  let total = x;
  for (let i = 1; i < 12; i++) total = fround(total + x);
  expect([...new Float32Array(memory.buffer, 0, 4)]).toEqual([total, total, total, total]);
});

test('triad: a = b + c / 2 over the whole arrays, and nothing beside', () => {
  const length = (2 * TRIAD_STEP) / 4;
  const [a, b, c] = [64, 1024, 2048].map((at) => new Float32Array(memory.buffer, at, length + 1));
  a.fill(7);
  for (let i = 0; i < length; i++) [b[i], c[i]] = [i, 2 * i + 1];
  stream(64, 1024, 2048, 2 * TRIAD_STEP);
  expect([...a]).toEqual([...Array.from({ length }, (_, i) => 2 * i + 0.5), 7]);
});
