/** Movement operations: elements change places and nothing else. */

import { type Attributes, type DType, type OpName, sizeOf, type TensorMeta } from '@snn/core';
import type { Case, Context, Group } from '../case.ts';
import { type Call, compare, type Data } from '../check.ts';
import { BOOL, INT32 } from '../needs.ts';
import { edgeNumbers } from '../samples.ts';

const counted = (shape: readonly number[], dtype?: DType, from = 0): Data => ({
  data: Array.from({ length: sizeOf(shape) }, (_, i) => (dtype === 'bool' ? ((i * 7) % 3 === 0 ? 1 : 0) : i + from)),
  shape,
  ...(dtype ? { dtype } : {}),
});

const EXAMPLES: readonly (readonly [OpName, readonly (readonly number[])[], ...Attributes])[] = [
  ['reshape', [[6]], [2, 3]],
  ['reshape', [[2, 3, 4]], [4, 6]],
  ['reshape', [[1]], []],
  ['reshape', [[]], [1, 1, 1]],
  ['reshape', [[2, 2, 2, 2, 2, 2]], [4, 1, 4, 4]],
  ['permute', [[2, 3]], [1, 0]],
  ['permute', [[2, 3, 4]], [2, 0, 1]],
  ['permute', [[2, 3, 4]], [1, 2, 0]],
  ['permute', [[2, 3, 4]], [-1, 0, 1]],
  ['permute', [[2, 1, 3, 2]], [3, 1, 0, 2]],
  ['permute', [[2, 3, 1, 2, 3, 2]], [5, 3, 0, 2, 4, 1]],
  ['permute', [[]], []],
  ['broadcast', [[3]], [2, 3]],
  ['broadcast', [[2, 1]], [2, 3]],
  ['broadcast', [[]], [2, 2]],
  ['broadcast', [[2, 3]], [2, 3]],
  ['broadcast', [[2, 1, 3]], [4, 2, 5, 3]],
  ['broadcast', [[1, 2, 1, 3, 1, 1]], [2, 2, 2, 3, 1, 2]],
  ['slice', [[5]], [1], [3]],
  ['slice', [[3, 4]], [1, 2], [2, 2]],
  ['slice', [[3, 4]], [0, 0], [3, 4]],
  ['slice', [[2, 3, 4]], [1, 0, 3], [1, 3, 1]],
  ['slice', [[2, 3, 2, 3, 2, 3]], [0, 1, 1, 0, 0, 2], [2, 2, 1, 3, 2, 1]],
  ['concat', [[2], [3]], 0],
  [
    'concat',
    [
      [2, 3],
      [2, 1],
      [2, 2],
    ],
    1,
  ],
  [
    'concat',
    [
      [1, 2],
      [3, 2],
    ],
    -2,
  ],
  ['concat', [[2, 2, 2]], 1],
  [
    'concat',
    [
      [2, 1, 2, 1, 2, 3],
      [2, 1, 2, 2, 2, 3],
    ],
    3,
  ],
];

const callsOf = (op: OpName, dtype?: DType): Call[] =>
  EXAMPLES.filter(([name]) => name === op).map(([, shapes, ...attributes]) => ({
    op,
    inputs: shapes.map((shape, i) => counted(shape, dtype, 100 * i)),
    attributes,
  }));

const OPERATIONS = ['reshape', 'permute', 'broadcast', 'slice', 'concat'] as const;

const overRanks = OPERATIONS.map(
  (op): Case => ({
    name: `${op} up to rank 6`,
    async run(c) {
      for (const call of callsOf(op)) await compare(c, call);
    },
  }),
);

async function keeps<T extends TensorMeta>(c: Context<T>, dtype: DType): Promise<void> {
  for (const op of OPERATIONS) for (const call of callsOf(op, dtype)) await compare(c, call);
}

export const shapes: Group = {
  name: 'shapes',
  cases: [
    ...overRanks,
    { name: 'movement keeps int32', needs: INT32, run: (c) => keeps(c, 'int32') },
    { name: 'movement keeps bool', needs: BOOL, run: (c) => keeps(c, 'bool') },
    {
      name: 'movement keeps every number as it is',
      async run(c) {
        const data = edgeNumbers(c.supports);
        const x: Data = { data, shape: [data.length, 1] };
        await compare(c, { op: 'reshape', inputs: [x], attributes: [[1, data.length]] });
        await compare(c, { op: 'permute', inputs: [x], attributes: [[1, 0]] });
        await compare(c, { op: 'broadcast', inputs: [x], attributes: [[data.length, 3]] });
        await compare(c, {
          op: 'slice',
          inputs: [x],
          attributes: [
            [1, 0],
            [data.length - 1, 1],
          ],
        });
        await compare(c, { op: 'concat', inputs: [x, x], attributes: [1] });
      },
    },
    {
      name: 'movement composes',
      async run(c) {
        const { b, float32 } = c;
        const chain = <U extends TensorMeta>(on: Context<U>['b']): U => {
          const x = on.fromData(counted([2, 3, 4]).data, [2, 3, 4]);
          const turned = on.permute(x, [2, 0, 1]);
          const cut = on.slice(turned, [1, 0, 1], [3, 2, 2]);
          const joined = on.concat([cut, on.broadcast(on.slice(turned, [0, 1, 0], [1, 1, 2]), [1, 2, 2])], 0);
          return on.permute(on.reshape(joined, [2, 2, 4]), [1, 2, 0]);
        };
        const want = await float32.read(chain(float32));
        const got = await b.read(chain(b));
        if (want.join() !== got.join())
          throw new Error(`permute, slice, broadcast, concat, reshape, permute: expected ${want}, got ${got}.`);
      },
    },
  ],
};
