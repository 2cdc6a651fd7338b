/** What the image kernels are written with. */
import type { Code, Local, ValueType } from '@snn/compile/wasm';

/** `count` parameters of type i32. */
export const integerParameters = (count: number): readonly ValueType[] => new Array<ValueType>(count).fill('i32');

/** `count` locals of type i32. */
export const integers = (c: Code, count: number): Local[] => Array.from({ length: count }, () => c.local('i32'));

/** for (counter = 0; counter < end; counter++) body */
export function upTo(c: Code, counter: Local, end: Local, body: () => void): void {
  c.i32(0).set(counter);
  c.for(counter, () => c.get(end), 1, body);
}

/** Put a * b * ... on the stack. */
export function product(c: Code, first: Local, ...others: readonly Local[]): Code {
  c.get(first);
  for (const other of others) c.get(other).op('i32.mul');
  return c;
}

/** Put 4 a b ... on the stack: the bytes of that many numbers. */
export const bytes = (c: Code, ...sizes: readonly [Local, ...Local[]]): Code =>
  product(c, ...sizes)
    .i32(2)
    .op('i32.shl');

/** Put i on the stack, or n - 1 - i if `reversed` is 1 instead of 0. */
export const placed = (c: Code, i: Local, n: Local, reversed: Local): Code =>
  c.get(i, n).i32(1).op('i32.sub').get(i).i32(1).op('i32.shl', 'i32.sub').get(reversed).op('i32.mul', 'i32.add');

/** Vectors that one turn of the loop in `addScaled` takes. */
const UNROLLED = 4;

/**
 * Emits to[i] += value x from[i] for `length` bytes, each product and each sum rounded. `to` and `from` move to their ends.
 *
 * @param wide four times the value, for vectors.
 */
export function addScaled(c: Code, to: Local, from: Local, length: Local, value: Local, wide: Local, end: Local, limit: Local): void {
  c.get(to, length).op('i32.add').set(end);
  for (const vectors of [UNROLLED, 1, 0]) {
    const step = 16 * vectors || 4;
    c.get(end)
      .i32(step - 1)
      .op('i32.sub')
      .set(limit);
    c.while(
      to,
      () => c.get(limit),
      () => {
        for (let v = 0; v < vectors; v++)
          c.get(to, to)
            .memory('v128.load', 16 * v)
            .get(from)
            .memory('v128.load', 16 * v)
            .get(wide)
            .op('f32x4.mul', 'f32x4.add')
            .memory('v128.store', 16 * v);
        if (vectors === 0)
          c.get(to, to).memory('f32.load').get(from).memory('f32.load').get(value).op('f32.mul', 'f32.add').memory('f32.store');
        c.increment(to, step).increment(from, step);
      },
    );
  }
}
