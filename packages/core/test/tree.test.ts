import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isTensor, treeFlatten, treeLeaves, treeMap, treeZip } from '../src/index.ts';

/** Trees of numbers; names are those that records of tensors have. */
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small' },
    fc.integer(),
    fc.constant(null),
    fc.array(tie('tree'), { maxLength: 3 }),
    fc.dictionary(fc.stringMatching(/^[a-z]{1,3}$/), tie('tree'), { maxKeys: 3, noNullPrototype: true }),
  ),
}));

describe('trees', () => {
  test('mapping the identity gives an equal tree', () => {
    fc.assert(
      fc.property(tree, (t) => {
        expect(treeMap(t, (x: number) => x)).toEqual(t);
      }),
    );
  });

  test('mapping twice is mapping the composition', () => {
    const double = (x: number): number => 2 * x;
    const next = (x: number): number => x + 1;
    fc.assert(
      fc.property(tree, (t) => {
        expect(treeMap(treeMap(t, double), next)).toEqual(treeMap(t, (x: number) => next(double(x))));
      }),
    );
  });

  test('unflatten undoes flatten, and puts new leaves in the old order', () => {
    fc.assert(
      fc.property(tree, (t) => {
        const { leaves, unflatten } = treeFlatten<number>(t);
        expect(unflatten(leaves)).toEqual(t);
        expect(treeFlatten(unflatten(leaves.map((_, i) => i))).leaves).toEqual(leaves.map((_, i) => i));
      }),
    );
  });

  test('each path leads to its leaf', () => {
    fc.assert(
      fc.property(tree, (t) => {
        for (const { path, value } of treeLeaves<number>(t)) {
          let at: unknown = t;
          for (const [, index, name] of path.matchAll(/\[(\d+)\]|([^.[\]]+)/g)) at = (at as Record<string, unknown>)[index ?? name];
          expect(at).toBe(value);
        }
      }),
    );
  });

  test('zipping a tree with itself pairs each leaf with itself', () => {
    fc.assert(
      fc.property(tree, (t) => {
        expect(treeZip(t, t, (x: number, y: number) => x - y)).toEqual(treeMap(t, (x: number) => x - x));
      }),
    );
  });

  test('paths read like the code that leads there', () => {
    expect(treeLeaves({ layers: [{ v: 1 }, null, { state: { i: 2 } }] }).map(({ path }) => path)).toEqual([
      'layers[0].v',
      'layers[2].state.i',
    ]);
    expect(treeLeaves([[5]])).toEqual([{ path: '[0][0]', value: 5 }]);
    expect(treeLeaves(7)).toEqual([{ path: '', value: 7 }]);
  });

  test('null is an empty tree; records without prototype are trees; class instances are leaves', () => {
    expect(treeLeaves(null)).toEqual([]);
    expect(treeLeaves(Object.assign(Object.create(null), { a: 1 }))).toEqual([{ path: 'a', value: 1 }]);
    const array = new Float32Array(2);
    expect(treeLeaves({ array })).toEqual([{ path: 'array', value: array }]);
  });

  test('a tensor is a leaf although it is a record', () => {
    const x = { shape: [2], dtype: 'float32', storage: { data: [1, 2] } };
    expect(isTensor(x)).toBe(true);
    expect(treeLeaves({ x })).toEqual([{ path: 'x', value: x }]);
    for (const other of [null, 1, 'shape', [], {}, { shape: 3, dtype: 'float32' }, { shape: [3] }]) expect(isTensor(other)).toBe(false);
  });

  test('a wrong number of leaves is refused', () => {
    expect(() => treeFlatten({ a: 1, b: 2 }).unflatten([1])).toThrow(expect.objectContaining({ code: 'argument' }));
    expect(() => treeFlatten({ a: 1 }).unflatten([1, 2])).toThrow(expect.objectContaining({ code: 'argument' }));
  });

  test('zipping different structures names the place', () => {
    const zip = (a: unknown, b: unknown) => () => treeZip(a, b, (x: number) => x);
    expect(zip({ w: 1, b: 2 }, { w: 1, c: 2 })).toThrow(/'b'.*'c'/);
    expect(zip({ w: [1, 2] }, { w: [1] })).toThrow(/'w\[1\]'/);
    expect(zip({ w: [1] }, { w: [1, 2] })).toThrow(/'w\[1\]'/);
    expect(zip({ w: 1 }, { w: 1, c: 2 })).toThrow(expect.objectContaining({ code: 'argument' }));
  });
});
