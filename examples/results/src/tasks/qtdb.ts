/** The QT database of electrocardiograms as spikes: recordings of two leads with one class per step, from MAT files. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { argumentError, dataError } from '@snn/core';
import { type MatArray, readMat5 } from '@snn/data/node';

/** Recordings of one length. */
export interface Recordings {
  readonly count: number;
  readonly steps: number;
  readonly inputs: number;
  readonly classes: number;
  /** -1, 0 or 1, `[count, steps, inputs]`. */
  readonly spikes: Float32Array;
  /** Class of each step, `[count, steps]`. */
  readonly labels: Uint8Array;
}

/** What has to be in the folder of `--data`. */
export const NEEDS = 'QTDB_train.mat and QTDB_test.mat of the repository byin-cwi/Efficient-spiking-networks (folder data).';

/** `[count, steps, channels]` of a variable, given one number at a time. */
function forEach({ shape: [count, steps, channels], data }: MatArray, f: (row: number, channel: number, value: number) => void): void {
  // column-major: the recording moves fastest, the channel slowest
  for (let channel = 0, i = 0; channel < channels; channel++) {
    for (let t = 0; t < steps; t++) {
      for (let r = 0; r < count; r++) f(r * steps + t, channel, data[i++]);
    }
  }
}

/**
 * Read one of the two files.
 *
 * @throws a `data` error when it is not there, is malformed, or has not the variables `x` and `y`.
 */
async function recordings(path: string): Promise<Recordings> {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw dataError(`${path} cannot be read (${error instanceof Error ? error.message : String(error)}). ${NEEDS}`);
  });
  const variables = readMat5(bytes, path);
  const [x, y] = [variables.get('x'), variables.get('y')];
  if (x?.shape.length !== 3 || y?.shape.length !== 3 || x.shape[0] !== y.shape[0] || x.shape[1] !== y.shape[1])
    throw dataError(`${path}: needs variables x and y of shapes [recordings, steps, inputs] and [recordings, steps, classes]. ${NEEDS}`);
  const [count, steps, inputs] = x.shape;
  const spikes = new Float32Array(count * steps * inputs);
  forEach(x, (row, input, value) => {
    spikes[row * inputs + input] = value;
  });
  const labels = new Uint8Array(count * steps);
  forEach(y, (row, channel, value) => {
    if (value > 0) labels[row] = channel;
  });
  return { count, steps, inputs, classes: y.shape[2], spikes, labels };
}

/** Both files of `folder`. */
export async function readQtdb(folder: string | null): Promise<{ readonly train: Recordings; readonly test: Recordings }> {
  if (folder === null) throw argumentError(`ecg: needs a folder with its data. ${NEEDS}`);
  return { train: await recordings(join(folder, 'QTDB_train.mat')), test: await recordings(join(folder, 'QTDB_test.mat')) };
}
