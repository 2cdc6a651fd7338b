/** Matrix products: sizes, batches, order of addition, sparse left operands. */

import type { TensorMeta } from '@snn/core';
import type { Context, Group } from '../case.ts';
import { compare, type Data } from '../check.ts';
import { EXACT_F32 } from '../needs.ts';
import { random } from '../samples.ts';

const row = (...data: readonly number[]): Data => ({ data, shape: [1, data.length] });
const column = (...data: readonly number[]): Data => ({ data, shape: [data.length, 1] });
const product = <T extends TensorMeta>(c: Context<T>, x: Data, y: Data): Promise<void> =>
  compare(c, { op: 'matmul', inputs: [x, y], attributes: [] });

/** The same numbers with all but about `percent` of 100 set to `rest`. */
const thin = (x: Data, percent: number, value: (v: number) => number): Data => ({
  ...x,
  data: x.data.map((v, i) => ((i * 7919) % 100 < percent ? value(v) : 0)),
});

export const matmul: Group = {
  name: 'matmul',
  cases: [
    {
      name: 'matmul of small matrices',
      async run(c) {
        for (const [m, k, n] of [
          [1, 1, 1],
          [2, 3, 4],
          [3, 1, 2],
          [1, 5, 1],
          [5, 2, 1],
          [1, 4, 6],
        ])
          await product(c, random(c.seed, 'x', [m, k]), random(c.seed, 'y', [k, n]));
      },
    },
    {
      name: 'matmul of sizes that fit no tile',
      async run(c) {
        for (const [m, k, n] of [
          [17, 33, 19],
          [5, 129, 7],
          [31, 4, 65],
          [64, 64, 16],
        ])
          await product(c, random(c.seed, 'x', [m, k]), random(c.seed, 'y', [k, n]));
      },
    },
    {
      name: 'matmul is batched over leading axes',
      async run(c) {
        await product(c, random(c.seed, 'x', [3, 2, 5]), random(c.seed, 'y', [3, 5, 4]));
        await product(c, random(c.seed, 'x', [2, 3, 1, 4]), random(c.seed, 'y', [2, 3, 4, 2]));
        await product(c, random(c.seed, 'x', [1, 2, 1, 2, 3, 2]), random(c.seed, 'y', [1, 2, 1, 2, 2, 3]));
      },
    },
    {
      name: 'matmul adds in ascending order',
      needs: EXACT_F32,
      async run(c) {
        const ones = [1, 1, 1, 1, 1];
        await product(c, row(2 ** 24, 1, 1, 1, 1), column(...ones));
        await product(c, row(1, 1, 1, 1, 2 ** 24), column(...ones));
        await product(c, random(c.seed, 'long x', [3, 1000]), random(c.seed, 'long y', [1000, 9]));
      },
    },
    {
      name: 'matmul rounds to float32 after each addition',
      needs: EXACT_F32,
      async run(c) {
        const small = new Array<number>(64).fill(2 ** -24);
        await product(c, row(1, ...small), column(...new Array<number>(65).fill(1)));
        await product(c, row(...new Array<number>(65).fill(1)), column(1, ...small));
      },
    },
    {
      name: 'matmul rounds each product: no fused multiply-add',
      needs: EXACT_F32,
      async run(c) {
        const a = 1 + 2 ** -12;
        // fl(a a) - a a is not 0, but fl(a a) - fl(a a) is
        await product(c, row(-1, a), column(Math.fround(a * a), a));
        await product(c, row(1, 1 - 2 ** -24, 1), column(-1, 1 + 2 ** -23, -(2 ** -30)));
      },
    },
    {
      name: 'matmul of a sparse left operand gives the bits of a dense one',
      async run(c) {
        for (const percent of [0, 1, 5, 30]) {
          const x = random(c.seed, 'spikes', [20, 100]);
          const y = random(c.seed, 'weights', [100, 12]);
          await product(
            c,
            thin(x, percent, () => 1),
            y,
          );
          await product(
            c,
            thin(x, percent, (v) => v),
            y,
          );
        }
      },
    },
    {
      name: 'matmul takes negative zeros as zeros',
      async run(c) {
        await product(c, row(-0, 0, -0), column(1, -1, -1));
      },
    },
  ],
};
