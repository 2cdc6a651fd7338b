/**
 * The Mersenne Twister MT19937 as NumPy's `RandomState` draws from it, for data sets that are defined by it. Everything else in this project draws from
 * keys (`@snn/core`).
 *
 * Source: M. Matsumoto, T. Nishimura, "Mersenne Twister", ACM Transactions on Modeling and Computer Simulation 8, 1998.
 */

/** A stream of random numbers: each call takes the next ones. */
export interface MersenneTwister {
  /** A double from 0 to below 1 of 53 random bits: `RandomState.rand()`. */
  rand(): number;
  /** A whole number from 0 to `below` - 1: `RandomState.randint(below)`. */
  randint(below: number): number;
}

const [LENGTH, SHIFT] = [624, 397];

/** The generator that `numpy.random.RandomState(seed)` is, for a whole number from 0 to 2^32 - 1. */
export function mersenneTwister(seed: number): MersenneTwister {
  const state = new Uint32Array(LENGTH);
  state[0] = seed;
  for (let i = 1; i < LENGTH; i++) state[i] = Math.imul(1812433253, state[i - 1] ^ (state[i - 1] >>> 30)) + i;
  let position = LENGTH;

  const twist = (): void => {
    for (let i = 0; i < LENGTH; i++) {
      const y = (state[i] & 0x80000000) | (state[(i + 1) % LENGTH] & 0x7fffffff);
      state[i] = state[(i + SHIFT) % LENGTH] ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
    }
    position = 0;
  };
  const next = (): number => {
    if (position === LENGTH) twist();
    let y = state[position++];
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  };
  return {
    rand() {
      const high = next() >>> 5;
      return (high * 2 ** 26 + (next() >>> 6)) / 2 ** 53;
    },
    randint(below) {
      // the next power of two, and again where it is too large
      const mask = 2 ** (32 - Math.clz32(below - 1)) - 1;
      for (;;) {
        const x = (next() & mask) >>> 0;
        if (x < below) return x;
      }
    },
  };
}
