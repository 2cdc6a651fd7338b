/**
 * Event lists: of a left operand `[rows, k]` only the non-zero entries are kept, row by row, as the place of the row of the right operand that
 * they select and their value. Four entries are listed at a time without a branch: those that are not zero are shuffled to the front, all four
 * are stored, and the list grows by as many as count.
 */
import type { Code, FunctionSpec, Local } from '@snn/compile/wasm';
import { I32, integers } from './strips.ts';

/** Bytes of the table of shuffles that `writeShuffles` makes. */
export const SHUFFLES_BYTES = 256;

/** writeShuffles(table): for each set of lanes, as bits, the 16 bytes of a swizzle that moves these lanes to the front. */
export const writeShuffles: FunctionSpec = {
  name: 'writeShuffles',
  parameters: I32(1),
  build(c, table) {
    for (let set = 0; set < 16; set++) {
      const lanes = [0, 1, 2, 3].filter((lane) => set & (1 << lane));
      const bytes = Array.from({ length: 16 }, (_, i) => (lanes.length > i >> 2 ? 4 * lanes[i >> 2] + (i & 3) : 0));
      c.get(table)
        .v128(bytes)
        .memory('v128.store', 16 * set);
    }
  },
};

/** Emits places[i] = i * bytes for i < k, rounded up to whole vectors. */
export function writePlaces(c: Code, places: Local, k: Local, bytes: Local): void {
  const [i] = integers(c, 1);
  c.i32(0).set(i);
  c.for(
    i,
    () => c.get(k),
    1,
    () => c.element(places, i).get(i, bytes).op('i32.mul').memory('i32.store'),
  );
}

/**
 * list(x, rows, k, xBytes, places, shuffles, starts, selected, values) -> spikes. Lists the entries of `x`, whose rows are `xBytes` apart, that
 * are not zero: `selected` holds places[column], `values` the numbers, `starts [rows + 1]` the address in `selected` where a row begins. Returns
 * 1 if every value is 1, else 0. Up to three numbers are written past the end of either list.
 */
export const list: FunctionSpec = {
  name: 'list',
  parameters: I32(9),
  results: ['i32'],
  build(c, x, rows, k, xBytes, places, shuffles, starts, selected, values) {
    const [row, p, whole, lanes, distance, spikes] = integers(c, 6);
    const [entries, nonzero, order, others] = Array.from({ length: 4 }, () => c.local('v128'));
    const number = c.local('f32');
    c.i32(1).set(spikes);
    c.get(k).i32(3).op('i32.sub').set(whole);
    c.get(values, selected).op('i32.sub').set(distance);
    c.for(
      row,
      () => c.get(rows),
      1,
      () => {
        c.element(starts, row).get(selected).memory('i32.store');
        c.i32(0).set(p);
        c.for(
          p,
          () => c.get(whole),
          4,
          () => {
            c.element(x, p).memory('v128.load').tee(entries).f32x4(0).op('f32x4.ne').tee(nonzero);
            c.op('i32x4.bitmask').set(lanes);
            c.get(others, nonzero, entries).f32x4(1).op('f32x4.ne', 'v128.and', 'v128.or').set(others);
            c.get(shuffles, lanes).i32(4).op('i32.shl', 'i32.add').memory('v128.load').set(order);
            c.get(selected).element(places, p).memory('v128.load').get(order).op('i8x16.swizzle').memory('v128.store');
            c.get(selected, distance).op('i32.add').get(entries, order).op('i8x16.swizzle').memory('v128.store');
            c.get(selected, lanes).op('i32.popcnt').i32(2).op('i32.shl', 'i32.add').set(selected);
          },
        );
        c.for(
          p,
          () => c.get(k),
          1,
          () => {
            c.element(x, p).memory('f32.load').tee(number).f32(0).op('f32.ne');
            c.if(() => {
              c.get(selected).element(places, p).memory('i32.load').memory('i32.store');
              c.get(selected, distance).op('i32.add').get(number).memory('f32.store');
              c.get(spikes, number).f32(1).op('f32.eq', 'i32.and').set(spikes);
              c.increment(selected, 4);
            });
          },
        );
        c.get(x, xBytes).op('i32.add').set(x);
      },
    );
    c.element(starts, rows).get(selected).memory('i32.store');
    c.get(spikes, others).op('v128.any_true', 'i32.eqz', 'i32.and');
  },
};
