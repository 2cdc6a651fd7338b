/**
 * Event lists: of a left operand `[rows, k]` only the non-zero entries are kept, row by row, as their column and their value. Four entries are
 * listed at a time without a branch: those that are not zero are shuffled to the front, all four are stored, and the list grows by as many as
 * count.
 */
import type { FunctionSpec } from '@snn/compile/wasm';
import { I32, integers } from './strips.ts';

/** Bytes of the table that `writeShuffles` makes. */
export const SHUFFLES_BYTES = 512;

/**
 * writeShuffles(table): for each set of four lanes, as bits, 4 times the numbers of these lanes as int32, and then the 16 bytes of a swizzle that
 * moves these lanes to the front.
 */
export const writeShuffles: FunctionSpec = {
  name: 'writeShuffles',
  parameters: I32(1),
  build(c, table) {
    for (let set = 0; set < 16; set++) {
      const lanes = [0, 1, 2, 3].filter((lane) => set & (1 << lane));
      const [a = 0, b = 0, d = 0, e = 0] = lanes;
      c.get(table)
        .words(4 * a, 4 * b, 4 * d, 4 * e)
        .memory('v128.store', 32 * set);
      const [first, second, third, fourth] = [a, b, d, e].map((lane) => 4 * lane * 0x01010101 + 0x03020100);
      c.get(table)
        .words(first, second, third, fourth)
        .memory('v128.store', 32 * set + 16);
    }
  },
};

/** Vectors of entries per turn of the loop over a row. */
const UNROLLED = 4;

/**
 * list(x, rows, k, xBytes, shuffles, starts, selected, values) -> spikes. Lists the entries of `x`, whose rows are `xBytes` apart, that are
 * not zero: `selected` holds 4 times their column; `values` the numbers; `starts [rows + 1]` the address in `selected`
 * where a row begins. Returns 1 if every value is 1, else 0. Up to four numbers are written past the end of either list.
 */
export const list: FunctionSpec = {
  name: 'list',
  parameters: I32(8),
  results: ['i32'],
  build(c, x, rows, k, xBytes, shuffles, starts, selected, values) {
    const [row, p, limit, entry, distance, begin] = integers(c, 6);
    const lanes = c.local('i32');
    const [entries, columns, group] = Array.from({ length: 3 }, () => c.local('v128'));
    const number = c.local('f32');
    c.get(values, selected).op('i32.sub').set(distance);
    c.get(selected).set(begin);
    c.i32x4(16).set(group);
    c.for(
      row,
      () => c.get(rows),
      1,
      () => {
        c.element(starts, row).get(selected).memory('i32.store');
        c.i32(0).set(p);
        c.i32x4(0).set(columns);
        for (const vectors of [UNROLLED, 1]) {
          c.get(k)
            .i32(4 * vectors - 1)
            .op('i32.sub')
            .set(limit);
          c.for(
            p,
            () => c.get(limit),
            4 * vectors,
            () => {
              for (let v = 0; v < vectors; v++) {
                c.element(x, p)
                  .memory('v128.load', 16 * v)
                  .tee(entries)
                  .f32x4(0);
                c.op('f32x4.ne', 'i32x4.bitmask').tee(lanes).i32(5).op('i32.shl').get(shuffles).op('i32.add').set(entry);
                c.get(selected, entry).memory('v128.load').get(columns).op('i32x4.add').memory('v128.store');
                c.get(selected, distance)
                  .op('i32.add')
                  .get(entries, entry)
                  .memory('v128.load', 16)
                  .op('i8x16.swizzle')
                  .memory('v128.store');
                c.get(selected, lanes).op('i32.popcnt').i32(2).op('i32.shl', 'i32.add').set(selected);
                c.get(columns, group).op('i32x4.add').set(columns);
              }
            },
          );
        }
        c.for(
          p,
          () => c.get(k),
          1,
          () => {
            c.element(x, p).memory('f32.load').tee(number).f32(0).op('f32.ne');
            c.if(() => {
              c.get(selected, p).i32(2).op('i32.shl').memory('i32.store');
              c.get(selected, distance).op('i32.add').get(number).memory('f32.store');
              c.increment(selected, 4);
            });
          },
        );
        c.get(x, xBytes).op('i32.add').set(x);
      },
    );
    c.element(starts, rows).get(selected).memory('i32.store');
    // ones behind the end, and then all values are ones as long as whole vectors of them are
    c.get(selected, distance).op('i32.add').f32x4(1).memory('v128.store');
    c.repeat(
      () => {
        c.get(begin, selected).op('i32.lt_s');
        c.get(begin, distance).op('i32.add').memory('v128.load').f32x4(1).op('f32x4.ne', 'v128.any_true', 'i32.eqz', 'i32.and');
      },
      () => c.increment(begin, 16),
    );
    c.get(begin, selected).op('i32.ge_s');
  },
};
