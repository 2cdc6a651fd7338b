/**
 * Random numbers from explicit keys. A draw is a pure function of its key and its index (counter-based, integer arithmetic only), so every
 * engine, thread and backend draws the same bits, and elements can be drawn in any order or skipped. Generator: Threefry-2x32 with 13 rounds,
 * the smallest count that passes BigCrush (Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3; SC 2011).
 *
 * Never use one key for two draws: `split` it, or name a `stream` of it.
 */
import { argumentError } from './errors.ts';
import { log32 } from './float32.ts';

/** A key: two unsigned 32-bit words. */
export type Key = readonly [number, number];

const ROTATIONS = [13, 15, 26, 6, 17, 29, 16, 24] as const;
const PARITY = 0x1bd11bda;

/** Threefry-2x32 block function: two words of output for a key and a two-word counter. */
export function threefry(key: Key, c0: number, c1: number, rounds = 13): Key {
  const k = [key[0], key[1], key[0] ^ key[1] ^ PARITY];
  let x = (c0 + k[0]) | 0;
  let y = (c1 + k[1]) | 0;
  for (let round = 0; round < rounds; round++) {
    x = (x + y) | 0;
    const r = ROTATIONS[round & 7];
    y = ((y << r) | (y >>> (32 - r))) ^ x;
    if ((round & 3) === 3) {
      const injection = (round + 1) >> 2;
      x = (x + k[injection % 3]) | 0;
      y = (y + k[(injection + 1) % 3] + injection) | 0;
    }
  }
  return [x >>> 0, y >>> 0];
}

/** The key of a seed: a whole number from 0 to 2^53 - 1. */
export function randomKey(seed: number): Key {
  if (!Number.isSafeInteger(seed) || seed < 0) throw argumentError(`seed: must be a whole number from 0 to 2^53 - 1, but is ${seed}.`);
  return [seed >>> 0, Math.floor(seed / 2 ** 32)];
}

// second counter words of key derivation; draws use 0 to 2^31
const SPLIT = 0xffffffff;
const STREAM = 0xfffffffe;

/** `count` independent keys of one. */
export const split = (key: Key, count = 2): readonly Key[] => Array.from({ length: count }, (_, i) => threefry(key, i, SPLIT));

/** The independent key number `index` of a key: `split` without making the others. */
export const foldIn = (key: Key, index: number): Key => threefry(key, index, SPLIT);

/** The independent key that belongs to `name` ("dropout", "weights"). The name is hashed by 32-bit FNV-1a. */
export function stream(key: Key, name: string): Key {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return threefry(key, hash, STREAM);
}

/** `length` random 32-bit words; word `i` depends on `key` and `i` only. */
export function randomBits(key: Key, length: number): Uint32Array {
  const words = new Uint32Array(length);
  for (let i = 0; i < length; i += 2) {
    const [x, y] = threefry(key, i >>> 1, 0);
    words[i] = x;
    words[i + 1] = y;
  }
  return words;
}

const UNIT = 5.9604644775390625e-8; // 2^-24

/**
 * Uniform numbers in `[low, high)`, in steps of 2^-24 of the range, rounded to float32. The rounding may give `high` itself (about once in 1.7e7
 * draws of `[1, 2)`), never in `[0, 1)`.
 */
export function uniform(key: Key, length: number, low = 0, high = 1): Float32Array {
  const words = randomBits(key, length);
  const values = new Float32Array(length);
  for (let i = 0; i < length; i++) values[i] = low + (high - low) * ((words[i] >>> 8) * UNIT);
  return values;
}

/** Normally distributed numbers: the inverse error function (Giles, GPU Computing Gems 2011) of a uniform number. */
export function normal(key: Key, length: number, mean = 0, deviation = 1): Float32Array {
  const words = randomBits(key, length);
  const values = new Float32Array(length);
  for (let i = 0; i < length; i++) values[i] = mean + deviation * (Math.SQRT2 * inverseErf(((words[i] >>> 8) + 0.5) * 2 * UNIT - 1));
  return values;
}

const CENTRE = [
  2.81022636e-8, 3.43273939e-7, -3.5233877e-6, -4.39150654e-6, 2.1858087e-4, -1.25372503e-3, -4.17768164e-3, 2.46640727e-1, 1.50140941,
];
const TAIL = [
  -2.00214257e-4, 1.00950558e-4, 1.34934322e-3, -3.67342844e-3, 5.73950773e-3, -7.6224613e-3, 9.43887047e-3, 1.00167406, 2.83297682,
];

function inverseErf(x: number): number {
  const w = -log32(Math.fround((1 - x) * (1 + x)));
  const coefficients = w < 5 ? CENTRE : TAIL;
  const t = w < 5 ? w - 2.5 : Math.sqrt(w) - 3;
  let p = 0;
  for (const c of coefficients) p = p * t + c;
  return p * x;
}

/** Words 2 `counter` and 2 `counter` + 1 of the draws of a key. `threefry` unrolled, without its arrays: 25 ns instead of 220 ns. */
function block(k0: number, k1: number, counter: number, words: Uint32Array | Int32Array): void {
  const k2 = k0 ^ k1 ^ PARITY;
  let x = (counter + k0) | 0;
  let y = k1 | 0;
  x = (x + y) | 0;
  y = ((y << 13) | (y >>> 19)) ^ x;
  x = (x + y) | 0;
  y = ((y << 15) | (y >>> 17)) ^ x;
  x = (x + y) | 0;
  y = ((y << 26) | (y >>> 6)) ^ x;
  x = (x + y) | 0;
  y = ((y << 6) | (y >>> 26)) ^ x;
  x = (x + k1) | 0;
  y = (y + k2 + 1) | 0;
  x = (x + y) | 0;
  y = ((y << 17) | (y >>> 15)) ^ x;
  x = (x + y) | 0;
  y = ((y << 29) | (y >>> 3)) ^ x;
  x = (x + y) | 0;
  y = ((y << 16) | (y >>> 16)) ^ x;
  x = (x + y) | 0;
  y = ((y << 24) | (y >>> 8)) ^ x;
  x = (x + k2) | 0;
  y = (y + k0 + 2) | 0;
  x = (x + y) | 0;
  y = ((y << 13) | (y >>> 19)) ^ x;
  x = (x + y) | 0;
  y = ((y << 15) | (y >>> 17)) ^ x;
  x = (x + y) | 0;
  y = ((y << 26) | (y >>> 6)) ^ x;
  x = (x + y) | 0;
  y = ((y << 6) | (y >>> 26)) ^ x;
  x = (x + k0) | 0;
  y = (y + k1 + 3) | 0;
  x = (x + y) | 0;
  y = ((y << 17) | (y >>> 15)) ^ x;
  words[0] = x;
  words[1] = y;
}

/**
 * 0/1 numbers, 1 with the given probability each: one for all or one per element. Elements of probability 0 cost nothing, which is what makes
 * rate coding of mostly dark images cheap.
 */
export function bernoulli(key: Key, probability: number | ArrayLike<number>, length: number): Float32Array {
  const k0 = key[0] | 0;
  const k1 = key[1] | 0;
  const p = typeof probability === 'number' ? new Float64Array(length).fill(probability) : probability;
  const values = new Float32Array(length);
  const words = new Int32Array(2);
  // two elements share a block; a comparison as a number is no branch to mispredict
  for (let i = 0; i < length; i += 2) {
    const p0 = p[i];
    const p1 = i + 1 < length ? p[i + 1] : 0;
    if (!(p0 > 0 || p1 > 0)) continue;
    block(k0, k1, i >>> 1, words);
    values[i] = +((words[0] >>> 8) * UNIT < p0);
    if (p1 > 0) values[i + 1] = +((words[1] >>> 8) * UNIT < p1);
  }
  return values;
}

/**
 * Draws of `bernoulli` for `steps` steps with the same probabilities, `[steps, length of probability]` row-major. Step t draws from
 * `foldIn(key, t)`, so more steps leave the first ones as they were.
 */
export function bernoulliSteps(key: Key, probability: ArrayLike<number>, steps: number): Float32Array {
  const { length } = probability;
  const values = new Float32Array(steps * length);
  for (let t = 0; t < steps; t++) values.set(bernoulli(foldIn(key, t), probability, length), t * length);
  return values;
}

/** A random order of 0 ... length - 1 (Fisher-Yates; index by multiply and shift, bias below length / 2^32). */
export function permutation(key: Key, length: number): Int32Array {
  const order = Int32Array.from({ length }, (_, i) => i);
  const words = randomBits(key, length);
  for (let i = length - 1; i > 0; i--) {
    const j = Math.floor((words[i] / 2 ** 32) * (i + 1));
    const swap = order[i];
    order[i] = order[j];
    order[j] = swap;
  }
  return order;
}
