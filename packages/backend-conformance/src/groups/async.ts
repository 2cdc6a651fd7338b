/** Order: reads that wait for one another while operations go on give what was asked for when it was asked. */

import type { Group } from '../case.ts';
import { checkNumbers, checkSteps } from '../check.ts';

export const asyncOrder: Group = {
  name: 'async order',
  cases: [
    {
      name: 'many reads between operations each give their own tensor',
      async run(c) {
        const { b } = c;
        const pending: Promise<ArrayLike<number>>[] = [];
        let x = b.fromData([0, 100], [2]);
        for (let i = 0; i < 50; i++) {
          pending.push(b.read(x));
          x = b.add(x, 1);
        }
        const got = await Promise.all(pending);
        for (const [i, numbers] of got.entries()) checkSteps(c, `read number ${i} of [${i}, ${i + 100}]`, numbers, [i, i + 100], i);
      },
    },
    {
      name: 'reads awaited in reverse order give their own tensors',
      async run(c) {
        const { b } = c;
        const pending = Array.from({ length: 20 }, (_, i) => b.read(b.mul(b.fromData([i, 1], [2]), 2)));
        for (let i = pending.length - 1; i >= 0; i--)
          checkSteps(c, `read number ${i} of mul([${i}, 1], 2)`, await pending[i], [2 * i, 2], 1);
      },
    },
    {
      name: 'one tensor read twice at once gives two arrays',
      async run(c) {
        const x = c.b.fromData([1, 2, 3], [3]);
        const [first, second] = await Promise.all([c.b.read(x), c.b.read(x)]);
        first.fill(9);
        checkNumbers(c, 'the second of two reads at once, after the first was overwritten', second, [1, 2, 3]);
      },
    },
    {
      name: 'two jobs that take turns do not disturb each other',
      async run(c) {
        const { b } = c;
        const job = async (start: number): Promise<number> => {
          let x = b.fromData([start], [1]);
          for (let i = 0; i < 20; i++) {
            x = b.add(x, start);
            await b.read(x);
          }
          return (await b.read(x))[0];
        };
        checkSteps(c, 'two jobs that add 1 and 1000 twenty times', await Promise.all([job(1), job(1000)]), [21, 21000], 20);
      },
    },
  ],
};
