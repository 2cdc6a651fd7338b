import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readQtdb } from '../src/tasks/qtdb.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'snn-qtdb-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const element = (type: number, data: Uint8Array): Uint8Array => {
  const padded = new Uint8Array(8 + 8 * Math.ceil(data.length / 8));
  padded.set(new Uint8Array(Uint32Array.of(type, data.length).buffer));
  padded.set(data, 8);
  return padded;
};
const text = (letters: string): Uint8Array => Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
const joined = (...parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]));
/** A variable of a MAT file; numbers in column-major order. */
const variable = (name: string, shape: readonly number[], numbers: readonly number[]): Uint8Array => {
  const flags = element(6, new Uint8Array(Uint32Array.of(6, 0).buffer));
  const sizes = element(5, new Uint8Array(Int32Array.from(shape).buffer));
  return element(14, joined(flags, sizes, element(1, text(name)), element(3, new Uint8Array(Int16Array.from(numbers).buffer))));
};
const file = (...variables: readonly Uint8Array[]): Uint8Array => {
  const header = new Uint8Array(128);
  header.set(text('MATLAB 5.0 MAT-file'));
  header.set([0, 1, 0x49, 0x4d], 124);
  return joined(header, ...variables);
};
const write = (name: string, bytes: Uint8Array): void => writeFileSync(join(folder, name), bytes);

test('recordings come out one after the other, with the class of each step', async () => {
  // 2 recordings of 3 steps; the first input of recording r at step t is 10 r + t, the second its opposite
  const first = [0, 10, 1, 11, 2, 12];
  const x = variable('x', [2, 3, 2], [...first, ...first.map((value) => -value)]);
  // the first recording has the classes 0, 1, 1, the second 1, 0, 1
  const zero = [1, 0, 0, 1, 0, 0];
  const y = variable('y', [2, 3, 2], [...zero, ...zero.map((value) => 1 - value)]);
  write('QTDB_train.mat', file(x, y));
  write('QTDB_test.mat', file(y, x));
  const { train, test: held } = await readQtdb(folder);
  expect(train).toMatchObject({ count: 2, steps: 3, inputs: 2, classes: 2 });
  expect([...train.spikes].map((value) => value + 0)).toEqual([0, -0, 1, -1, 2, -2, 10, -10, 11, -11, 12, -12].map((value) => value + 0));
  expect([...train.labels]).toEqual([0, 1, 1, 1, 0, 1]);
  expect(held).toEqual(train);
});

test('what is missing is said in a sentence', async () => {
  await expect(readQtdb(null)).rejects.toMatchObject({ code: 'argument', message: expect.stringContaining('QTDB_train.mat') });
  await expect(readQtdb(folder)).rejects.toMatchObject({ code: 'data', message: expect.stringContaining('Efficient-spiking-networks') });
  write('QTDB_train.mat', file(variable('x', [1, 1, 1], [0])));
  await expect(readQtdb(folder)).rejects.toMatchObject({ code: 'data', message: expect.stringContaining('variables x and y') });
});
