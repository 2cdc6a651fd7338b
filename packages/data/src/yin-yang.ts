/**
 * The Yin-Yang data set: points of a disc, whose class is the part of the symbol that they lie in. Small, not linearly separable, and made by a formula,
 * so nothing needs to be downloaded. The three published parts are the seeds 42 (5000 to train), 41 (1000 to validate), 40 (1000 to test); the same
 * numbers to the bit as those files.
 *
 * Source: L. Kriener, J. Göltz, M. A. Petrovici, "The Yin-Yang dataset", Neuro-Inspired Computational Elements (NICE), 2022.
 */
import { argumentError } from '@snn/core';
import { mersenneTwister } from './mersenne-twister.ts';

/** Points of the disc with their classes. */
export interface YinYang {
  readonly count: number;
  /** `[count, 4]`, row-major: x, y, 1 - x, 1 - y, each from 0 to 1. */
  readonly samples: Float64Array;
  /** `[count]`: 0 and 1 for the halves, 2 for their dots. */
  readonly labels: Int32Array;
}

const LARGE = 0.5;
const SMALL = 0.1;

/** The class of a point of the disc. */
function classOf(x: number, y: number): number {
  const right = Math.sqrt((x - 1.5 * LARGE) ** 2 + (y - LARGE) ** 2);
  const left = Math.sqrt((x - 0.5 * LARGE) ** 2 + (y - LARGE) ** 2);
  if (right < SMALL || left < SMALL) return 2;
  const yin = right <= SMALL || (left > SMALL && left <= 0.5 * LARGE) || (y > LARGE && right > 0.5 * LARGE);
  return yin ? 1 : 0;
}

/**
 * `count` points. Each draws its class first, with equal chances, and then points of the disc until one is of that class.
 *
 * @param seed a whole number from 0 to 2^32 - 1, as `numpy.random.RandomState` takes it.
 * @throws an `argument` error when a number is out of range.
 */
export function yinYang(count: number, seed: number): YinYang {
  if (!(Number.isInteger(count) && count >= 1))
    throw argumentError(`yinYang: count must be a whole number of at least 1, but is ${String(count)}.`);
  if (!(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32))
    throw argumentError(`yinYang: seed must be a whole number from 0 to 2^32 - 1, but is ${String(seed)}.`);
  const random = mersenneTwister(seed);
  const samples = new Float64Array(4 * count);
  const labels = new Int32Array(count);
  for (let i = 0; i < count; ) {
    const goal = random.randint(3);
    for (;;) {
      const [x, y] = [random.rand() * 2 * LARGE, random.rand() * 2 * LARGE];
      if (Math.sqrt((x - LARGE) ** 2 + (y - LARGE) ** 2) > LARGE || classOf(x, y) !== goal) continue;
      samples.set([x, y, 1 - x, 1 - y], 4 * i);
      labels[i++] = goal;
      break;
    }
  }
  return { count, samples, labels };
}
