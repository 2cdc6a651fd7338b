/** Broadcasting by NumPy's rules, in every operation that has it. */
import { OP_NAMES, OPS } from '@snn/core';
import type { Case, Group } from '../case.ts';
import { compare } from '../check.ts';
import { random } from '../samples.ts';

const SHAPES: readonly (readonly [readonly number[], readonly number[]])[] = [
  [[], [3]],
  [[1], [4]],
  [
    [2, 3],
    [1, 3],
  ],
  [
    [2, 3],
    [2, 1],
  ],
  [[2, 3], [3]],
  [
    [2, 1],
    [1, 3],
  ],
  [
    [4, 1, 3],
    [2, 1],
  ],
  [[1, 1, 1], [5]],
  [
    [2, 3, 4],
    [3, 1],
  ],
  [
    [3, 1, 2, 1],
    [1, 4, 1, 5],
  ],
  [
    [2, 1, 3, 1, 2, 1],
    [1, 2, 1, 3, 1, 2],
  ],
];

const binary = OP_NAMES.filter((op) => OPS[op] === 'binary').map(
  (op): Case => ({
    name: `${op} of shapes that stretch`,
    async run(c) {
      for (const [left, right] of SHAPES) {
        const x = random(c.seed, 'left', left);
        const y = random(c.seed, 'right', right);
        await compare(c, { op, inputs: [x, y], attributes: [] });
        await compare(c, { op, inputs: [y, x], attributes: [] });
      }
    },
  }),
);

const THREE: readonly (readonly [readonly number[], readonly number[], readonly number[]])[] = [
  [[2, 1], [3], []],
  [[3], [2, 1], [2, 3]],
  [[1], [4, 1, 2], [3, 1]],
  [
    [2, 3, 1],
    [1, 1, 4],
    [3, 1],
  ],
];

export const broadcasting: Group = {
  name: 'broadcasting',
  cases: [
    ...binary,
    {
      name: 'where of shapes that stretch',
      async run(c) {
        for (const [condition, x, y] of THREE) {
          const test = random(c.seed, 'condition', condition);
          await compare(c, {
            op: 'where',
            inputs: [{ ...test, data: test.data.map((v) => (v > 0 ? 1 : 0)) }, random(c.seed, 'x', x), random(c.seed, 'y', y)],
            attributes: [],
          });
        }
      },
    },
  ],
};
