/**
 * The kernels that draw random numbers, as WebAssembly; bits as in `@snn/core`. Two numbers share a block of the generator, so kernels work on
 * pairs: pair n is elements 2n and 2n + 1. Addresses are in bytes, counts in numbers.
 *
 * Rate-coded images are mostly dark (19 % of MNIST's pixels are not 0) and drawn for many steps, so the pairs in which anything can happen are
 * listed once, and each step draws those only, four at a time without a branch.
 */
import type { FunctionSpec, Local } from '@snn/compile/wasm';
import { schedule, threefry } from './threefry.ts';

/** A word's upper 24 bits make a number of [0, 1) in steps of 2^-24. */
const UNUSED_BITS = 8;

const I32 = (count: number): 'i32'[] => new Array<'i32'>(count).fill('i32');

/** uniform(k0, k1, from, to, out): numbers `from` (even) to `to` of the draw of a key, in [0, 1), number i at out + 4i. */
const uniform: FunctionSpec = {
  name: 'uniform',
  parameters: I32(5),
  build(c, k0, k1, from, to, out) {
    const [i, whole, at, rest] = Array.from({ length: 4 }, () => c.local('i32'));
    const [x, y, scratch] = [c.local('v128'), c.local('v128'), c.local('v128')];
    const keys = schedule(c, k0, k1);
    const unit = (): void => {
      c.i32(UNUSED_BITS)
        .op('i32x4.shr_u', 'f32x4.convert_i32x4_s')
        .f32x4(2 ** -24)
        .op('f32x4.mul');
    };
    /** Eight numbers from `i` on, at `at`. */
    const draw = (): void => {
      c.get(i).i32(1).op('i32.shr_u', 'i32x4.splat').words(0, 1, 2, 3).op('i32x4.add').set(x);
      threefry(c, keys, x, y, scratch);
      c.get(x);
      unit();
      c.set(x).get(y);
      unit();
      c.set(y).element(out, i).set(at);
    };
    c.get(from).set(i).get(to).i32(7).op('i32.sub').set(whole);
    c.for(
      i,
      () => c.get(whole),
      8,
      () => {
        draw();
        c.get(at, x, y).shuffle(0, 4, 1, 5).memory('v128.store');
        c.get(at, x, y).shuffle(2, 6, 3, 7).memory('v128.store', 16);
      },
    );
    c.get(i, to).op('i32.lt_s');
    c.if(() => {
      draw();
      c.get(to, i).op('i32.sub').set(rest);
      for (let k = 0; k < 7; k++) {
        c.get(rest).i32(k).op('i32.gt_s');
        c.if(() => {
          c.get(at, k % 2 ? y : x).storeLane(k >> 1, 4 * k);
        });
      }
    });
  },
};

/**
 * candidates(probabilities, count, counters, even, odd) -> pairs. Lists the pairs of which an element has a probability above 0: the pair's
 * number, and for its two elements the draws of 0 to 2^24 - 1 below which it is 1. Each list takes count / 2 + 4 numbers.
 */
const candidates: FunctionSpec = {
  name: 'candidates',
  parameters: I32(5),
  results: ['i32'],
  build(c, probabilities, count, counters, even, odd) {
    const [i, whole, pairs, bits] = Array.from({ length: 4 }, () => c.local('i32'));
    const p = c.local('v128');
    const list = (): void => {
      c.get(p).f32x4(0).op('f32x4.gt', 'i32x4.bitmask').set(bits);
      c.get(bits);
      c.if(() => {
        // u 2^-24 < p for a whole u where u < ceil(p 2^24): NaN and what is below 0 become 0, which nothing is below
        c.get(p)
          .f32x4(2 ** 24)
          .op('f32x4.mul', 'f32x4.ceil', 'i32x4.trunc_sat_f32x4_s')
          .set(p);
        for (const half of [0, 1]) {
          // written in any case, kept if wanted
          c.element(counters, pairs).get(i).i32(1).op('i32.shr_u').i32(half).op('i32.add').memory('i32.store');
          c.element(even, pairs)
            .get(p)
            .storeLane(2 * half, 0);
          c.element(odd, pairs)
            .get(p)
            .storeLane(2 * half + 1, 0);
          c.get(pairs, bits)
            .i32(3 << (2 * half))
            .op('i32.and')
            .i32(0)
            .op('i32.ne', 'i32.add')
            .set(pairs);
        }
      });
    };
    c.get(count).i32(3).op('i32.sub').set(whole);
    c.for(
      i,
      () => c.get(whole),
      4,
      () => {
        c.element(probabilities, i).memory('v128.load').set(p);
        list();
      },
    );
    c.get(i, count).op('i32.lt_s');
    c.if(() => {
      // what lies behind the last element counts as 0
      c.element(probabilities, i)
        .memory('v128.load')
        .words(0, 1, 2, 3)
        .get(count, i)
        .op('i32.sub', 'i32x4.splat', 'i32x4.lt_s', 'v128.and')
        .set(p);
      list();
    });
    c.get(pairs);
  },
};

/**
 * bernoulli(keys, from, to, counters, even, odd, pairs, count, out): rows `from` to `to` of `out [steps, count]`: 0/1, drawn for the listed
 * pairs with the row's own key (`keys [steps, 2]`), 0 elsewhere.
 */
const bernoulli: FunctionSpec = {
  name: 'bernoulli',
  parameters: I32(9),
  build(c, keys, from, to, counters, even, odd, pairs, count, out) {
    const [step, j, whole, row, rowBytes, key, k0, k1, element, rest] = Array.from({ length: 10 }, () => c.local('i32'));
    const [counter, x, y, scratch] = Array.from({ length: 4 }, () => c.local('v128'));
    const below = (word: Local, limits: Local): void => {
      c.get(word)
        .i32(UNUSED_BITS)
        .op('i32x4.shr_u')
        .element(limits, j)
        .memory('v128.load')
        .op('i32x4.lt_s')
        .f32x4(1)
        .op('v128.and')
        .set(word);
    };
    /** Address of the pair in lane `lane`. */
    const pairAt = (lane: number): void => {
      c.get(row)
        .element(counters, j)
        .memory('i32.load', 4 * lane)
        .i32(3)
        .op('i32.shl', 'i32.add');
    };
    c.get(count).i32(2).op('i32.shl').set(rowBytes);
    c.get(pairs).i32(4).op('i32.sub').set(whole);
    c.get(from).set(step);
    c.for(
      step,
      () => c.get(to),
      1,
      () => {
        c.get(out, step, rowBytes).op('i32.mul', 'i32.add').set(row);
        c.get(row).i32(0).get(rowBytes).op('memory.fill');
        c.get(keys, step).i32(3).op('i32.shl', 'i32.add').set(key);
        c.get(key).memory('i32.load').set(k0).get(key).memory('i32.load', 4).set(k1);
        const schedules = schedule(c, k0, k1);
        const draw = (): void => {
          c.element(counters, j).memory('v128.load').tee(counter).set(x);
          threefry(c, schedules, x, y, scratch);
          below(x, even);
          below(y, odd);
        };
        c.i32(0).set(j);
        c.for(
          j,
          () => c.get(whole),
          4,
          () => {
            draw();
            c.get(x, y).shuffle(0, 4, 1, 5).set(scratch).get(x, y).shuffle(2, 6, 3, 7).set(x);
            for (let lane = 0; lane < 4; lane++) {
              pairAt(lane);
              c.get(lane < 2 ? scratch : x).storeHalf(lane % 2 === 0 ? 0 : 1);
            }
          },
        );
        // the last one to four pairs, of which the very last may have one element only
        c.get(j, pairs).op('i32.lt_s');
        c.if(() => {
          draw();
          c.get(pairs, j).op('i32.sub').set(rest);
          for (let lane = 0; lane < 4; lane++) {
            c.get(rest).i32(lane).op('i32.gt_s');
            c.if(() => {
              pairAt(lane);
              c.tee(element).get(x).storeLane(lane, 0);
              c.get(row, rowBytes).op('i32.add').get(element).op('i32.sub').i32(4).op('i32.gt_s');
              c.if(() => {
                c.get(element, y).storeLane(lane, 4);
              });
            });
          }
        });
      },
    );
  },
};

/** All kernels of random numbers. */
export const RANDOM: readonly FunctionSpec[] = [uniform, candidates, bernoulli];
