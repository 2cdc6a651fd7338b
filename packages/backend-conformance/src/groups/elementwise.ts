/** Elementwise operations against the oracle, on edge values and random ones. */
import { OP_NAMES, OPS, type OpName } from '@snn/core';
import type { Case, Group } from '../case.ts';
import { checkNumbers, compare, type Data, vector } from '../check.ts';
import { EXACT_F32, NON_FINITE } from '../needs.ts';
import { edgeNumbers, pairs, random } from '../samples.ts';

/** Results that leave the range of float32 are asked for only where infinities are claimed. */
const isTame = (numbers: readonly number[], limit: number): number[] => numbers.filter((x) => Math.abs(x) <= limit);
const isTimid = (numbers: readonly number[]): number[] => numbers.filter((x) => x === 0 || Math.abs(x) >= 1e-12);

/** Edge numbers on which `op` has a finite, normal result, unless the backend claims more. */
function edgesFor(op: OpName, numbers: readonly number[], nonFinite: boolean): number[] {
  if (nonFinite) return [...numbers];
  if (op === 'mul' || op === 'div') return isTimid(isTame(numbers, 1e12)).filter((x) => op === 'mul' || x !== 0);
  if (op === 'exp') return isTame(numbers, 80);
  if (op === 'log') return numbers.filter((x) => x > 0);
  if (op === 'sqrt') return numbers.filter((x) => x >= 0);
  return [...numbers];
}

const binary = (op: OpName): Case[] => [
  {
    name: `${op} of every pair of edge values`,
    async run(c) {
      const [x, y] = pairs(edgesFor(op, edgeNumbers(c.supports), c.supports.nonFinite));
      await compare(c, { op, inputs: [x, y], attributes: [] });
    },
  },
  {
    name: `${op} of random values`,
    async run(c) {
      await compare(c, { op, inputs: [random(c.seed, `${op} x`, [7, 37]), random(c.seed, `${op} y`, [7, 37])], attributes: [] });
    },
  },
  {
    name: `${op} with a number on either side`,
    async run(c) {
      const x = random(c.seed, `${op} x`, [40]);
      for (const n of [2, -0.5, 0.75, 1, -1].concat(op === 'div' ? [] : [0])) {
        await compare(c, { op, inputs: [x, n], attributes: [] });
        await compare(c, { op, inputs: [n, x], attributes: [] });
      }
    },
  },
  {
    name: `${op} of two numbers is a scalar`,
    async run(c) {
      await compare(c, { op, inputs: [3, 2], attributes: [] });
    },
  },
];

const unary = (op: OpName): Case[] => [
  {
    name: `${op} of edge values`,
    async run(c) {
      await compare(c, { op, inputs: [vector(...edgesFor(op, edgeNumbers(c.supports), c.supports.nonFinite))], attributes: [] });
    },
  },
  {
    name: `${op} of random values`,
    async run(c) {
      const positive = op === 'log' || op === 'sqrt';
      const x = random(c.seed, op, [5, 61]);
      await compare(c, {
        op,
        inputs: [{ ...x, data: x.data.map((v) => Math.fround(positive ? Math.abs(v) + 0.01 : 4 * v)) }],
        attributes: [],
      });
    },
  },
];

const mask: Data = vector(1, 0, -1, 0.5, -0, 2);
const above: Data = vector(1, 2, 3, 4, 5, 6);
const below: Data = vector(-1, -2, -3, -4, -5, -6);

const where: Case[] = [
  {
    name: 'where takes the first value at any condition other than 0',
    async run(c) {
      await compare(c, { op: 'where', inputs: [mask, above, below], attributes: [] });
    },
  },
  {
    name: 'where takes numbers as values',
    async run(c) {
      for (const [x, y] of [
        [above, -1],
        [1, below],
        [1, 0],
      ] as const)
        await compare(c, { op: 'where', inputs: [mask, x, y], attributes: [] });
    },
  },
  {
    name: 'where counts a NaN condition as other than 0',
    needs: NON_FINITE,
    async run(c) {
      await compare(c, { op: 'where', inputs: [vector(Number.NaN, Infinity, 0), 1, 2], attributes: [] });
    },
  },
  {
    name: 'where does not let the value that was not chosen through',
    needs: NON_FINITE,
    async run(c) {
      await compare(c, {
        op: 'where',
        inputs: [vector(1, 0, 1), vector(1, Number.NaN, 3), vector(Infinity, 2, Number.NaN)],
        attributes: [],
      });
    },
  },
];

const NUMBERS: Case = {
  name: 'numbers are rounded to float32 before they are computed with',
  needs: EXACT_F32,
  async run(c) {
    const x = c.b.fromData([0.1, 0.9], [2]);
    checkNumbers(c, 'gt([0.1, 0.9] as float32, 0.1)', await c.b.read(c.b.gt(x, 0.1)), [0, 1]);
    checkNumbers(c, 'gt(0.9, [0.1, 0.9] as float32)', await c.b.read(c.b.gt(0.9, x)), [1, 0]);
    for (const op of ['add', 'sub', 'mul', 'div', 'max', 'gt'] as const)
      for (const n of [0.1, 0.9, 1 / 3, 1 + 2 ** -24 + 2 ** -40]) {
        await compare(c, { op, inputs: [vector(0.1, 0.9, 3, 7), n], attributes: [] });
        await compare(c, { op, inputs: [n, vector(0.1, 0.9, 3, 7)], attributes: [] });
      }
    await compare(c, { op: 'where', inputs: [vector(1, 0), 0.1, 0.9], attributes: [] });
  },
};

export const elementwise: Group = {
  name: 'elementwise',
  cases: [
    ...OP_NAMES.filter((op) => OPS[op] === 'binary').flatMap(binary),
    ...OP_NAMES.filter((op) => OPS[op] === 'unary').flatMap(unary),
    ...where,
    NUMBERS,
  ],
};
