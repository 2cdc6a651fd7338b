/** Threefry-2x32 with 13 rounds on four counters at once: the block function of `@snn/core`'s random numbers, lane by lane the same words. */
import type { Code, Local } from '@snn/compile/wasm';

const ROTATIONS = [13, 15, 26, 6, 17, 29, 16, 24] as const;
const PARITY = 0x1bd11bda;
const ROUNDS = 13;

/** The schedule of a key: three vectors of four equal words. */
export type Schedule = readonly [Local, Local, Local];

/** Put the schedule of the key `k0`, `k1` into local variables. */
export function schedule(c: Code, k0: Local, k1: Local): Schedule {
  const [first, second, third] = [c.local('v128'), c.local('v128'), c.local('v128')];
  c.get(k0).op('i32x4.splat').set(first);
  c.get(k1).op('i32x4.splat').set(second);
  c.get(first, second).op('v128.xor').i32x4(PARITY).op('v128.xor').set(third);
  return [first, second, third];
}

/**
 * Words 2n and 2n + 1 of the draws of a key, for four counters n: on entry `x` holds the counters, on return `x` the even words and `y` the odd
 * ones. The second word of the counter is 0, as in every draw.
 */
export function threefry(c: Code, keys: Schedule, x: Local, y: Local, scratch: Local): void {
  c.get(x, keys[0]).op('i32x4.add').set(x);
  c.get(keys[1]).set(y);
  for (let round = 0; round < ROUNDS; round++) {
    const by = ROTATIONS[round % ROTATIONS.length];
    c.get(x, y).op('i32x4.add').set(x);
    c.get(y).i32(by).op('i32x4.shl').set(scratch);
    c.get(y)
      .i32(32 - by)
      .op('i32x4.shr_u')
      .get(scratch)
      .op('v128.or')
      .get(x)
      .op('v128.xor')
      .set(y);
    if (round % 4 !== 3) continue;
    const injection = (round + 1) / 4;
    c.get(x, keys[injection % 3])
      .op('i32x4.add')
      .set(x);
    c.get(y, keys[(injection + 1) % 3])
      .op('i32x4.add')
      .i32x4(injection)
      .op('i32x4.add')
      .set(y);
  }
}
