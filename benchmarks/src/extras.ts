/** What is measured besides the workloads, as the JSON files in `results/` hold it. Each file has one script that writes it. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Machine } from './machine.ts';
import type { Line, Summary } from './statistics.ts';
import type { Mode } from './workload.ts';

/** `peaks.json`, by `peaks.ts`: what 128-bit SIMD of WebAssembly reaches on this machine, on one thread. */
export interface Peaks {
  readonly machine: Machine;
  /** Multiply and add in registers, 10^9 operations per second. */
  readonly gflops: number;
  /** a = b + s c, 10^9 bytes per second, by the bytes of each of the three arrays. */
  readonly triad: readonly { readonly bytes: number; readonly gbytes: number }[];
}

/** Times of one sweep in one mode. */
export interface Curve extends Line {
  readonly sweep: string;
  /** What the time is expected to be a straight line over. */
  readonly expected: string;
  readonly mode: Mode;
  /** `[value, median ms]`. */
  readonly points: readonly (readonly [number, number])[];
}

/** `scaling.json`, by `scaling.ts`. */
export interface Scaling {
  readonly machine: Machine;
  readonly fast: boolean;
  readonly curves: readonly Curve[];
}

/** `shipped.json`, by `shipped.ts`. */
export interface Shipped {
  readonly machine: Machine;
  readonly bytes: Readonly<Record<string, { readonly bytes: number; readonly gzip: number }>>;
  /** Milliseconds, or why there are none. */
  readonly coldStart: Readonly<Record<string, Summary | string>>;
  /** The parts of our own start, milliseconds. */
  readonly parts: Readonly<Record<string, Summary>>;
}

/** `accuracy.json`, by `accuracy.ts`. */
export interface Accuracy {
  readonly machine: Machine;
  readonly target: number;
  readonly threads: number;
  readonly runs: readonly {
    readonly seed: number;
    readonly executedBy: string;
    /** Test accuracy after each epoch. */
    readonly accuracies: readonly number[];
    readonly reached: boolean;
    /** Of training, without tests. */
    readonly seconds: number;
    readonly samplesPerSecond: number;
  }[];
}

/** All of them that are there. */
export interface Extras {
  readonly peaks: Peaks | null;
  readonly scaling: Scaling | null;
  readonly shipped: Shipped | null;
  readonly accuracy: Accuracy | null;
}

/** Read what is in a folder. */
export function loadExtras(folder: string): Extras {
  const read = <X>(name: string): X | null => {
    const file = join(folder, `${name}.json`);
    return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as X) : null;
  };
  return { peaks: read('peaks'), scaling: read('scaling'), shipped: read('shipped'), accuracy: read('accuracy') };
}
