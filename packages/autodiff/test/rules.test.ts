import { reference } from '@snn/backend-conformance';
import { type Backend, normal, OP_NAMES, randomKey, sizeOf, stream, sumAll, type TensorMeta, tanh } from '@snn/core';
import { describe, expect, test } from 'vitest';
import { autodiff, grad, gradcheck } from '../src/index.ts';
import { DERIVED_FUNCTIONS, RULE_FUNCTIONS, type Smooth } from './functions.ts';

const ALL = [...RULE_FUNCTIONS, ...DERIVED_FUNCTIONS];

test('every operation of the table is among the functions', () => {
  for (const op of OP_NAMES) expect(RULE_FUNCTIONS.filter(({ name }) => name.split(/\W/)[0] === op)).not.toEqual([]);
});

describe('first derivatives in float64', () => {
  test.each(ALL)('$name', ({ f, inputs }) => {
    const b = reference();
    for (const seed of [1, 2, 3]) {
      const tensors = inputs.map(({ data, shape }) => b.fromData(data, shape));
      const result = gradcheck(b, f, tensors, { seed });
      expect(result.ok, JSON.stringify(result)).toBe(true);
    }
  });
});

describe('first derivatives in float32', () => {
  test.each(ALL)('$name', ({ f, inputs }) => {
    const b = reference({ precision: 'float32' });
    const result = gradcheck(
      b,
      f,
      inputs.map(({ data, shape }) => b.fromData(data, shape)),
    );
    expect(result.ok, JSON.stringify(result)).toBe(true);
  });
});

/** <grad f(x), v>, its exact derivative along d by nesting, and its central difference along d. */
function secondDerivative({ f, inputs }: Smooth): { readonly nested: number; readonly difference: number } {
  const b = reference();
  const along = (name: string): readonly Float32Array[] =>
    inputs.map(({ shape }, i) => normal(stream(randomKey(3), `${name} ${i}`), sizeOf(shape)));
  const [v, d] = [along('v'), along('d')];
  const dot = <T extends TensorMeta>(c: Backend<T>, g: readonly (T | null)[], w: readonly Float32Array[]): T =>
    g.reduce<T>((total, x, i) => (x === null ? total : c.add(total, sumAll(c, c.mul(x, c.fromData(w[i], x.shape))))), c.fromData([0], []));

  const slope = (step: number): number => {
    const ad = autodiff(b);
    const x = inputs.map(({ data, shape }, k) =>
      ad.variable(
        b.fromData(
          data.map((value, i) => value + step * d[k][i]),
          shape,
        ),
      ),
    );
    return b.readSync(dot(b, ad.backward([f(ad, x)], [b.fromData([1], [])], x), v))[0];
  };
  const h = 1e-5;

  const inner = autodiff(b);
  const outer = autodiff(inner);
  const x = inputs.map(({ data, shape }) => inner.variable(b.fromData(data, shape)));
  const y = x.map((value) => outer.variable(value));
  const first = outer.backward([f(outer, y)], [inner.fromData([1], [])], y);
  const second = inner.backward([dot(inner, first, v)], [b.fromData([1], [])], x);
  return { nested: b.readSync(dot(b, second, d))[0], difference: (slope(h) - slope(-h)) / (2 * h) };
}

describe('second derivatives in float64, by nesting', () => {
  test.each(ALL)('$name', (one) => {
    const { nested, difference } = secondDerivative(one);
    expect(Math.abs(nested - difference)).toBeLessThan(1e-8 * Math.max(1, Math.abs(difference)));
  });
});

describe('known derivatives', () => {
  const b = reference();
  const slope = (f: <T extends TensorMeta>(b: Backend<T>, x: T) => T, data: readonly number[]): number[] => [
    ...b.readSync(grad(b, (ad, x) => sumAll(ad, f(ad, x)), b.fromData(data, [data.length]))),
  ];

  test('at a tie the gradient of max goes to the second operand', () => {
    const x = b.fromData([1], [1]);
    const g = grad(b, (ad, [p, q]) => sumAll(ad, ad.max(p, q)), [x, b.fromData([1], [1])]);
    expect(g.map((t) => b.readSync(t)[0])).toEqual([0, 1]);
    expect(slope((c, y) => c.max(y, 0), [-1, 0, 1])).toEqual([0, 0, 1]);
  });
  test('reduceMax shares its gradient among the largest', () => {
    expect(slope((c, y) => c.reduceMax(y, [0]), [3, 1, 3, 3])).toEqual([1 / 3, 0, 1 / 3, 1 / 3]);
  });
  test('gt and floor have gradient 0', () => {
    expect(slope((c, y) => c.gt(y, 0), [-1, 2])).toEqual([0, 0]);
    expect(slope((c, y) => c.floor(y), [-1.5, 2.5])).toEqual([0, 0]);
  });
  test('where lets nothing of the other branch through, not even NaN', () => {
    const good = b.fromData([1, 4], [2]);
    const g = grad(b, (ad, x) => sumAll(ad, ad.where(ad.gt(x, 0), ad.mul(x, 2), ad.log(ad.mul(x, -1)))), good);
    expect([...b.readSync(g)]).toEqual([2, 2]);
  });
  test('the declared derivative of tanh is 1 - tanh^2', () => {
    const x = [-2, -0.6, -0.1, 0, 0.1, 0.6, 2];
    const g = slope((c, y) => tanh(c, y), x);
    for (const [i, y] of g.entries()) expect(Math.abs(y - (1 - Math.tanh(x[i]) ** 2))).toBeLessThan(1e-14);
  });
});
