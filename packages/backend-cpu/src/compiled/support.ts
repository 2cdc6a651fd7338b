/** Kernels that only move numbers. */
import type { FunctionSpec } from '@snn/compile/wasm';

/**
 * copyColumns(from, to, first, last, fromPitch, fromBegin, toPitch, toBegin, bytes): of rows `first` to `last`, the `bytes` at `fromBegin` to
 * `toBegin`; rows are `fromPitch` and `toPitch` bytes apart.
 */
const copyColumns: FunctionSpec = {
  name: 'copyColumns',
  parameters: new Array<'i32'>(9).fill('i32'),
  build(c, from, to, first, last, fromPitch, fromBegin, toPitch, toBegin, bytes) {
    const row = c.local('i32');
    // rows without gaps are one copy
    c.get(fromPitch, bytes).op('i32.eq').get(toPitch, bytes).op('i32.eq', 'i32.and');
    c.if(
      () => {
        c.get(to, first, bytes).op('i32.mul', 'i32.add').get(from, first, bytes).op('i32.mul', 'i32.add');
        c.get(last, first).op('i32.sub').get(bytes).op('i32.mul', 'memory.copy');
      },
      () => {
        c.get(first).set(row);
        c.for(
          row,
          () => c.get(last),
          1,
          () => {
            c.get(to, row, toPitch).op('i32.mul', 'i32.add').get(toBegin).op('i32.add');
            c.get(from, row, fromPitch).op('i32.mul', 'i32.add').get(fromBegin).op('i32.add');
            c.get(bytes).op('memory.copy');
          },
        );
      },
    );
  },
};

/**
 * shift(from, to, state, bytes, steps, reversed): `to` gets the rows of `from` one step late, beginning with `state`, which gets the last. Time
 * runs backwards if `reversed` is 1.
 */
const shift: FunctionSpec = {
  name: 'shift',
  parameters: new Array<'i32'>(6).fill('i32'),
  build(c, from, to, state, bytes, steps, reversed) {
    const [rest, last] = [c.local('i32'), c.local('i32')];
    c.get(steps).i32(1).op('i32.sub').get(bytes).op('i32.mul').tee(rest).get(reversed).op('i32.eqz', 'i32.mul').set(last);
    // the rows that stay inside, the first, and the last
    c.get(to, bytes, reversed).op('i32.eqz', 'i32.mul', 'i32.add').get(from, bytes, reversed).op('i32.mul', 'i32.add').get(rest);
    c.op('memory.copy');
    c.get(to, rest, reversed).op('i32.mul', 'i32.add').get(state, bytes).op('memory.copy');
    c.get(state, from, last).op('i32.add').get(bytes).op('memory.copy');
  },
};

/** All of them. */
export const SUPPORT: readonly FunctionSpec[] = [copyColumns, shift];
