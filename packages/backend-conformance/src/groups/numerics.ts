/** Numerics: rounding where rounding is hard, signed zeros, and the error that is declared for `exp` and `log`. */

import type { Group } from '../case.ts';
import { check, checkNumbers, compare, tiny, vector } from '../check.ts';
import { EXACT_F32, EXACT_NON_FINITE, NON_FINITE } from '../needs.ts';
import { randomNumbers } from '../samples.ts';

/** Numbers with many significant bits and exponents from -20 to 20. */
const spread = (seed: number, name: string, count: number): number[] =>
  randomNumbers(seed, name, count).map((x, i) => Math.fround(x * 2 ** ((i % 41) - 20)));

export const numerics: Group = {
  name: 'numerics',
  cases: [
    {
      name: 'add, sub, mul and div are correctly rounded',
      needs: EXACT_F32,
      async run(c) {
        const x = vector(...spread(c.seed, 'left', 2000), 16777216, 1, 1 + 2 ** -23, 1, 16777215);
        const y = vector(...spread(c.seed, 'right', 2000), 1, 2 ** -24, 1 - 2 ** -24, 3, 16777213);
        for (const op of ['add', 'sub', 'mul', 'div'] as const) await compare(c, { op, inputs: [x, y], attributes: [] });
      },
    },
    {
      name: 'sqrt is correctly rounded',
      needs: EXACT_F32,
      async run(c) {
        const x = spread(c.seed, 'sqrt', 2000).map(Math.abs);
        await compare(c, { op: 'sqrt', inputs: [vector(...x, 2, 3, 0.1, 1 + 2 ** -23, 1 - 2 ** -24, 2 ** -149)], attributes: [] });
      },
    },
    {
      name: 'subnormal numbers are kept',
      needs: EXACT_F32,
      async run(c) {
        const x = vector(2 ** -149, 2 ** -126, 3 * 2 ** -149, 2 ** -100);
        await compare(c, { op: 'mul', inputs: [x, 0.5], attributes: [] });
        await compare(c, { op: 'add', inputs: [x, x], attributes: [] });
        await compare(c, { op: 'mul', inputs: [x, 2 ** -30], attributes: [] });
      },
    },
    {
      name: 'zeros keep their signs',
      needs: EXACT_F32,
      async run(c) {
        const { b } = c;
        const minus = b.fromData([-0], [1]);
        checkNumbers(c, 'mul(-0, 1)', await b.read(b.mul(minus, 1)), [-0]);
        checkNumbers(c, 'add(-0, 0)', await b.read(b.add(minus, 0)), [0]);
        checkNumbers(c, 'add(-0, -0)', await b.read(b.add(minus, -0)), [-0]);
        checkNumbers(c, 'max(-0, 0)', await b.read(b.max(minus, 0)), [0]);
        checkNumbers(c, 'max(0, -0)', await b.read(b.max(0, minus)), [0]);
        checkNumbers(c, 'sqrt(-0)', await b.read(b.sqrt(minus)), [-0]);
        checkNumbers(c, 'floor(-0)', await b.read(b.floor(minus)), [-0]);
      },
    },
    {
      name: 'division by zero gives signed infinities',
      needs: EXACT_NON_FINITE,
      async run(c) {
        await compare(c, { op: 'div', inputs: [vector(1, -1, 0, 1, -1), vector(0, 0, 0, -0, -0)], attributes: [] });
      },
    },
    {
      name: 'max is NaN if either is',
      needs: NON_FINITE,
      async run(c) {
        const { NaN: nan } = Number;
        await compare(c, { op: 'max', inputs: [vector(nan, 1, nan, -Infinity), vector(1, nan, nan, nan)], attributes: [] });
        await compare(c, { op: 'max', inputs: [vector(nan, 1), 0], attributes: [] });
        await compare(c, { op: 'max', inputs: [nan, vector(nan, 1)], attributes: [] });
      },
    },
    {
      name: 'gt is strict',
      async run(c) {
        await compare(c, { op: 'gt', inputs: [vector(1, 1, 2, -1, 0), vector(1, 2, 1, -1, 0)], attributes: [] });
        const next = Math.fround(1 + 2 ** -23);
        await compare(c, { op: 'gt', inputs: [vector(1, next, next), vector(next, 1, next)], attributes: [] });
      },
    },
    {
      name: 'gt is 0 when either is NaN',
      needs: NON_FINITE,
      async run(c) {
        const { NaN: nan } = Number;
        await compare(c, { op: 'gt', inputs: [vector(nan, 1, nan, Infinity), vector(1, nan, nan, nan)], attributes: [] });
      },
    },
    {
      name: 'floor rounds down, not towards zero',
      async run(c) {
        await compare(c, {
          op: 'floor',
          inputs: [vector(-0.5, -1, -1.5, 1.5, 0.99999994, 8388607.5, -8388607.5, 2 ** 66)],
          attributes: [],
        });
      },
    },
    {
      name: 'a product is rounded before it is added to',
      needs: EXACT_F32,
      async run(c) {
        const { b } = c;
        const a = 1 + 2 ** -12;
        const x = b.fromData([a], [1]);
        const square = b.mul(x, x);
        checkNumbers(c, 'sub(mul(a, a), fl(a a))', await b.read(b.sub(square, Math.fround(a * a))), [0]);
      },
    },
    {
      name: 'exp is within relativeError',
      async run(c) {
        const x = Array.from({ length: 4001 }, (_, i) => Math.fround(((i - 2000) / 2000) * 80 + 1e-3));
        await compare(c, { op: 'exp', inputs: [vector(...x, 0, -0, 1, -1, 2 ** -20, -(2 ** -20))], attributes: [] });
      },
    },
    {
      name: 'log is within relativeError',
      async run(c) {
        const wide = Array.from({ length: 2001 }, (_, i) => Math.fround(2 ** ((i - 1000) / 8)));
        const nearOne = Array.from({ length: 2001 }, (_, i) => Math.fround(1 + (i - 1000) / 4096));
        await compare(c, { op: 'log', inputs: [vector(...wide, ...nearOne)], attributes: [] });
      },
    },
    {
      name: 'exp and log of the limits',
      needs: NON_FINITE,
      async run(c) {
        await compare(c, { op: 'exp', inputs: [vector(Infinity, -Infinity, Number.NaN, 1000, -1000)], attributes: [] });
        await compare(c, { op: 'log', inputs: [vector(Infinity, 0, -0, -1, -Infinity, Number.NaN)], attributes: [] });
      },
    },
    {
      name: 'exp of 0 is 1 and log of 1 is 0',
      async run({ b, supports }) {
        const [one] = await b.read(b.exp(b.fromData([0], [1])));
        const [zero] = await b.read(b.log(b.fromData([1], [1])));
        check(Math.abs(one - 1) <= supports.relativeError, `exp(0): expected 1, got ${one}.`);
        check(Math.abs(zero) <= tiny(supports.exactF32), `log(1): expected 0, got ${zero}.`);
      },
    },
  ],
};
