/** Errors: wrong arguments are refused with the right code, before anything is computed. */
import type { Backend, SnnError, TensorMeta } from '@snn/core';
import type { Case, Group } from '../case.ts';
import { checkThrows } from '../check.ts';
import { INT32 } from '../needs.ts';

type Wrong = <T extends TensorMeta>(b: Backend<T>, x: T) => unknown;

/** A case that gives `wrong` a tensor `[2, 3]` and expects an error that names the operation. */
const refuses = (name: string, code: SnnError['code'], word: string, wrong: Wrong): Case => ({
  name,
  run: ({ b }) => checkThrows(name, [code], () => wrong(b, b.fromData([1, 2, 3, 4, 5, 6], [2, 3])), [word]),
});

/** Something that the types forbid, as it comes from JavaScript. */
const untyped = <X>(x: unknown): X => x as X;

export const errors: Group = {
  name: 'errors',
  cases: [
    refuses('fromData refuses a length that does not fit the shape', 'shape', 'fromData', (b) => b.fromData([1, 2, 3], [2, 2])),
    refuses('fromData refuses a shape with a size of 0', 'shape', 'fromData', (b) => b.fromData([], [0])),
    refuses('fromData refuses a shape that is not a list', 'shape', 'fromData', (b) => b.fromData([1], untyped(1))),
    refuses('fromData refuses data that is not a list', 'shape', 'fromData', (b) => b.fromData(untyped(1), [1])),
    refuses('fromData refuses an unknown dtype', 'dtype', 'fromData', (b) => b.fromData([1], [1], untyped('float16'))),
    refuses('add refuses shapes that do not broadcast', 'shape', 'add', (b, x) => b.add(x, b.fromData([1, 2], [2]))),
    refuses('gt refuses shapes that do not broadcast', 'shape', 'gt', (b, x) => b.gt(b.fromData([1, 2, 3, 4], [4]), x)),
    refuses('where refuses shapes that do not broadcast', 'shape', 'where', (b, x) => b.where(x, b.fromData([1, 2], [2]), 0)),
    refuses('where refuses a number as condition', 'argument', 'where', (b, x) => b.where(untyped(1), x, x)),
    refuses('add refuses null', 'argument', 'add', (b, x) => b.add(x, untyped(null))),
    refuses('mul refuses text', 'argument', 'mul', (b, x) => b.mul(untyped('2'), x)),
    refuses('exp refuses a number', 'argument', 'exp', (b) => b.exp(untyped(1))),
    refuses('sum refuses an axis that does not exist', 'argument', 'sum', (b, x) => b.sum(x, [2])),
    refuses('sum refuses an axis that is not whole', 'argument', 'sum', (b, x) => b.sum(x, [0.5])),
    refuses('sum refuses an axis named twice', 'argument', 'sum', (b, x) => b.sum(x, [1, -1])),
    refuses('sum refuses axes that are not a list', 'argument', 'sum', (b, x) => b.sum(x, untyped(1))),
    refuses('reduceMax refuses an axis that does not exist', 'argument', 'reduceMax', (b, x) => b.reduceMax(x, [-3])),
    refuses('matmul refuses inner sizes that differ', 'shape', 'matmul', (b, x) => b.matmul(x, x)),
    refuses('matmul refuses vectors', 'shape', 'matmul', (b, x) => b.matmul(x, b.fromData([1, 2, 3], [3]))),
    refuses('matmul refuses leading axes that differ', 'shape', 'matmul', (b, x) =>
      b.matmul(b.reshape(x, [2, 1, 3]), b.reshape(x, [1, 3, 2])),
    ),
    refuses('matmul refuses a number', 'argument', 'matmul', (b, x) => b.matmul(x, untyped(2))),
    refuses('reshape refuses another number of elements', 'shape', 'reshape', (b, x) => b.reshape(x, [5])),
    refuses('reshape refuses a negative size', 'shape', 'reshape', (b, x) => b.reshape(x, [-1])),
    refuses('permute refuses an axis named twice', 'argument', 'permute', (b, x) => b.permute(x, [0, 0])),
    refuses('permute refuses too few axes', 'shape', 'permute', (b, x) => b.permute(x, [0])),
    refuses('permute refuses an axis that does not exist', 'argument', 'permute', (b, x) => b.permute(x, [0, 2])),
    refuses('broadcast refuses a shape that the tensor does not stretch to', 'shape', 'broadcast', (b, x) => b.broadcast(x, [2, 4])),
    refuses('broadcast refuses to shrink', 'shape', 'broadcast', (b, x) => b.broadcast(x, [1, 3])),
    refuses('broadcast refuses a smaller rank', 'shape', 'broadcast', (b, x) => b.broadcast(x, [3])),
    refuses('slice refuses a box that reaches out', 'shape', 'slice', (b, x) => b.slice(x, [1, 1], [1, 3])),
    refuses('slice refuses a negative start', 'shape', 'slice', (b, x) => b.slice(x, [-1, 0], [1, 1])),
    refuses('slice refuses an empty box', 'shape', 'slice', (b, x) => b.slice(x, [0, 0], [0, 1])),
    refuses('slice refuses another rank', 'shape', 'slice', (b, x) => b.slice(x, [0], [1])),
    refuses('concat refuses an empty list', 'argument', 'concat', (b) => b.concat([], 0)),
    refuses('concat refuses an axis that does not exist', 'argument', 'concat', (b, x) => b.concat([x, x], 2)),
    refuses('concat refuses parts that differ elsewhere', 'shape', 'concat', (b, x) => b.concat([x, b.fromData([1, 2], [2, 1])], 0)),
    {
      ...refuses('concat refuses parts of different dtypes', 'dtype', 'concat', (b, x) =>
        b.concat([x, b.fromData([1, 2, 3], [1, 3], 'int32')], 0),
      ),
      needs: INT32,
    },
  ],
};
