/** Exponentials that kernels compute in a shorter way where only 1 + e^x is asked for, as in `sigmoid` and `tanh`. */
import { exp32, normal, randomBits, randomKey } from '@snn/core';
import { expect, test } from 'vitest';
import { assemble, elementwise, type KernelSpec } from '../src/wasm/index.ts';

const { fround: f } = Math;

/** e^x + 1 of each number; `kept`: e^x itself is a result, too. */
function onePlusExp(x: Float32Array, kept: boolean): { readonly sums: Float32Array; readonly bytes: number } {
  const spec: KernelSpec = {
    name: 'f',
    streams: ['x'],
    fixed: [],
    scalars: [],
    states: [],
    operations: [
      { name: 'e', op: 'exp', inputs: ['x'] },
      { name: 'sum', op: 'add', inputs: ['e', 1] },
    ],
    results: kept ? ['sum', 'e'] : ['sum'],
  };
  const code = assemble([elementwise(spec)]);
  const memory = new WebAssembly.Memory({ initial: 1 + Math.ceil((12 * x.length + 256) / 2 ** 16) });
  const kernel = new WebAssembly.Instance(new WebAssembly.Module(code), { env: { memory } }).exports.f as (...args: number[]) => void;
  const at = [0, 1, 2].map((k) => 64 + k * (4 * x.length + 64));
  new Uint32Array(memory.buffer).set(at);
  new Float32Array(memory.buffer).set(x, at[0] / 4);
  kernel(0, 0, 1, 4 * x.length, 0, 4 * x.length);
  return { sums: new Float32Array(memory.buffer).slice(at[1] / 4, at[1] / 4 + x.length), bytes: code.length };
}

test('1 + e^x has the bits of 1 + exp32(x), in less code when nothing else reads e^x', () => {
  const limits = [88.37626, 88.3763, 88.72283, 88.72284, 89, 90, -16.63, -17.33, -85.9, -86, -86.1, -87.33655, -103.97207, -103.97209, 0.5];
  const magnitudes = [0, 1, 1e-45, 3.4028235e38, Infinity, Number.NaN];
  const any = new Float32Array(randomBits(randomKey(1), 20000).buffer);
  const x = Float32Array.from([...limits, ...magnitudes, ...magnitudes.map((v) => -v), ...any, ...normal(randomKey(2), 20000, 0, 40), 7]);
  const want = x.map((v) => f(1 + exp32(v)));
  const [short, long] = [false, true].map((kept) => onePlusExp(x, kept));
  for (let i = 0; i < x.length; i++)
    for (const { sums } of [short, long]) if (!Object.is(sums[i], want[i])) expect([x[i], sums[i]]).toEqual([x[i], want[i]]);
  expect(short.bytes).toBeLessThan(long.bytes);
});
