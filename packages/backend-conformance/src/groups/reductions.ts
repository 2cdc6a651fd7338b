/** Sums and maxima: over which axes, in which order. */

import type { Case, Group } from '../case.ts';
import { compare, vector } from '../check.ts';
import { EXACT_F32, NON_FINITE } from '../needs.ts';
import { random } from '../samples.ts';

const AXES: readonly (readonly [readonly number[], readonly number[]])[] = [
  [[7], [0]],
  [[3, 4], [0]],
  [[3, 4], [1]],
  [
    [3, 4],
    [0, 1],
  ],
  [[3, 4], []],
  [[3, 4], [-1]],
  [
    [2, 3, 4],
    [2, 0],
  ],
  [[2, 3, 4], [1]],
  [
    [2, 1, 3, 2],
    [1, 2],
  ],
  [
    [2, 3, 2, 3, 2, 2],
    [1, 3, 5],
  ],
  [[], []],
];

const overAxes = (op: 'sum' | 'reduceMax'): Case => ({
  name: `${op} over any axes, which stay with size 1`,
  async run(c) {
    for (const [shape, axes] of AXES) await compare(c, { op, inputs: [random(c.seed, op, shape)], attributes: [axes] });
  },
});

export const reductions: Group = {
  name: 'reductions',
  cases: [
    overAxes('sum'),
    overAxes('reduceMax'),
    {
      name: 'sum adds in ascending order',
      needs: EXACT_F32,
      async run(c) {
        await compare(c, { op: 'sum', inputs: [vector(2 ** 24, 1, 1, 1, 1)], attributes: [[0]] });
        await compare(c, { op: 'sum', inputs: [vector(1, 1, 1, 1, 2 ** 24)], attributes: [[0]] });
        await compare(c, { op: 'sum', inputs: [vector(1e8, 1, -1e8, 1)], attributes: [[0]] });
        for (const [shape, axes] of [
          [[1000], [0]],
          [[50, 40], [0]],
          [[50, 40], [1]],
          [
            [10, 20, 30],
            [0, 2],
          ],
        ])
          await compare(c, { op: 'sum', inputs: [random(c.seed, 'ascending', shape)], attributes: [axes] });
      },
    },
    {
      name: 'sum rounds to float32 after each addition',
      needs: EXACT_F32,
      async run(c) {
        await compare(c, { op: 'sum', inputs: [vector(1, ...new Array<number>(64).fill(2 ** -24))], attributes: [[0]] });
        const rows = { data: [1, 1, 2 ** -24, 2 ** -24, 2 ** -24, 2 ** -24], shape: [3, 2] };
        await compare(c, { op: 'sum', inputs: [rows], attributes: [[0]] });
      },
    },
    {
      name: 'sum starts from +0',
      needs: EXACT_F32,
      async run(c) {
        await compare(c, { op: 'sum', inputs: [vector(-0, -0)], attributes: [[0]] });
      },
    },
    {
      name: 'sum passes NaN and infinities on',
      needs: NON_FINITE,
      async run(c) {
        await compare(c, {
          op: 'sum',
          inputs: [{ data: [Infinity, 1, -Infinity, Infinity, Number.NaN, 1, -Infinity, 2], shape: [4, 2] }],
          attributes: [[1]],
        });
      },
    },
    {
      name: 'reduceMax of negative numbers is negative',
      async run(c) {
        await compare(c, { op: 'reduceMax', inputs: [{ data: [-3, -2, -5, -1e30], shape: [2, 2] }], attributes: [[1]] });
      },
    },
    {
      name: 'reduceMax is NaN if any element is',
      needs: NON_FINITE,
      async run(c) {
        const { NaN: nan } = Number;
        await compare(c, {
          op: 'reduceMax',
          inputs: [{ data: [1, nan, 2, nan, 1, 2, 1, 2, nan, -Infinity, -Infinity, -Infinity], shape: [4, 3] }],
          attributes: [[1]],
        });
      },
    },
  ],
};
