/** Arithmetic: computed in doubles, rounded to float32 after each operation. For + - * / sqrt that is what float32 hardware gives, to the bit. */
import { exp32, log32, type Ops } from '@snn/core';
import { build, commonShape, pick, type Rounded } from './storage.ts';

const { fround } = Math;

const binary =
  (f: (x: number, y: number) => number): Ops<Rounded>['add'] =>
  (a, b) =>
    build(commonShape(a, b), 'float32', (index) => fround(f(pick(a, index), pick(b, index))));

const unary =
  (f: (x: number) => number): Ops<Rounded>['exp'] =>
  (x) =>
    build(x.shape, 'float32', (index) => fround(f(pick(x, index))));

/** Reduced axes stay with size 1; elements are added to theirs in ascending order. */
const reduction =
  (start: number, f: (total: number, x: number) => number): Ops<Rounded>['sum'] =>
  (x, axes) => {
    const shape = x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
    const result = build(shape, 'float32', () => start);
    build(x.shape, 'float32', (index) => {
      const at = shape.reduce((n, size, axis) => n * size + (size === 1 ? 0 : index[axis]), 0);
      result.values[at] = fround(f(result.values[at], pick(x, index)));
      return 0;
    });
    return result;
  };

type Arithmetic = Omit<Ops<Rounded>, 'reshape' | 'permute' | 'broadcast' | 'slice' | 'concat'>;

export const ARITHMETIC: Arithmetic = {
  add: binary((x, y) => x + y),
  sub: binary((x, y) => x - y),
  mul: binary((x, y) => x * y),
  div: binary((x, y) => x / y),
  max: binary(Math.max),
  gt: binary((x, y) => Number(x > y)),
  where: (condition, a, b) =>
    build(commonShape(condition, a, b), 'float32', (index) => (pick(condition, index) !== 0 ? pick(a, index) : pick(b, index))),
  exp: unary(exp32),
  log: unary(log32),
  sqrt: unary(Math.sqrt),
  floor: unary(Math.floor),
  sum: reduction(0, (total, x) => total + x),
  reduceMax: reduction(-Infinity, Math.max),
  matmul(a, b) {
    const lead = a.shape.slice(0, -1);
    const [inner, columns] = [a.shape[lead.length], b.shape[lead.length]];
    return build([...lead, columns], 'float32', (index) => {
      const [batch, row, column] = [index.slice(0, -2), index[index.length - 2], index[index.length - 1]];
      let total = 0;
      for (let k = 0; k < inner; k++) total = fround(total + fround(pick(a, [...batch, row, k]) * pick(b, [...batch, k, column])));
      return total;
    });
  },
};
