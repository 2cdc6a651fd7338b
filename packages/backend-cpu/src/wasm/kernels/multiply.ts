/**
 * multiply: rows of `out [rows, n] = x [rows, k] w [k, n]`. Each output has one accumulator that starts at +0 and takes its products in ascending
 * order of k, each rounded: the bits of the plain tier. What is vectorised is the output, never the sum.
 *
 * Block of rows by block of rows the entries of x that are not zero are listed, and if they are few the product is taken from the lists, else
 * from tiles. A skipped product would be a zero, and adding a zero changes no sum, since sums start at +0 and are never -0. So for finite numbers
 * the way that is taken cannot be told from the result. Where w holds an infinity or NaN, a zero of x counts as 0 on lists and gives NaN on tiles.
 * A NaN is a NaN either way; its sign and payload are those that the processor gives.
 */
import type { Code, FunctionSpec, Local } from '@snn/compile/wasm';
import { SHUFFLES_BYTES } from './events.ts';
import { I32, integers } from './strips.ts';

/** Most entries of a block of rows, unless a single row has more: their lists take 0.5 MB and stay in the second-level cache. */
export const BLOCK_ENTRIES = 65_536;
/** Most rows of a block. */
export const BLOCK_ROWS = 256;

/**
 * Events per 64 entries from which tiles are faster than lists, of ones and of other values. For a vector of four columns of packed rows an event
 * takes 0.28 ns if its value is 1, else 0.36 ns, an entry in tiles 0.27 ns (32 rows, 512 x 512; listing takes 0.4 ns an entry, once for all
 * columns).
 */
export const SPIKES_LIMIT = 56;
export const VALUES_LIMIT = 44;

/** Bytes of the bounds of event lists. */
export const BOUNDS_BYTES: number = 8 * BLOCK_ROWS;

/** Bytes of event lists of rows of `k` entries: their bounds, what they select, values; the spill of a list's last store included. */
export const listBytes = (k: number): number => BOUNDS_BYTES + 2 * 4 * (Math.max(BLOCK_ENTRIES, k) + 4);

const up4 = (n: number): number => (n + 3) & ~3;

/** Bytes of the packed copy of a right operand `[k, n]`. */
export const packedBytes = (k: number, n: number): number => 4 * k * up4(n);

/** Bytes of scratch that `multiply` needs per thread. */
export const multiplyScratchBytes = (k: number): number => SHUFFLES_BYTES + listBytes(k);

/** Emits target = the smaller of BLOCK_ROWS and what BLOCK_ENTRIES hold of rows of `k`, at least 1. */
export function blockRows(c: Code, k: Local, target: Local): void {
  c.i32(BLOCK_ENTRIES).get(k).op('i32.div_u').set(target);
  c.get(target).i32(BLOCK_ROWS).op('i32.gt_s');
  c.if(() => c.i32(BLOCK_ROWS).set(target));
  c.get(target).op('i32.eqz');
  c.if(() => c.i32(1).set(target));
}

/**
 * productBlock(x, xBytes, rows, k, w, out, n, shuffles, lists): a block of rows, from lists or tiles. `w` is packed; `lists` is room for the lists
 * of the block.
 */
export const productBlock: FunctionSpec = {
  name: 'productBlock',
  parameters: I32(9),
  build(c, x, xBytes, rows, k, w, out, n, shuffles, lists) {
    const [selected, distance, spikes, limit] = integers(c, 4);
    c.get(lists).i32(BOUNDS_BYTES).op('i32.add').set(selected);
    c.get(rows, k).op('i32.mul').i32(2).op('i32.shl').i32(16).op('i32.add').set(distance);
    const listed = (name: string): void => void c.get(x, rows, k, xBytes, shuffles, lists, selected, distance).call(name);
    c.i32(SPIKES_LIMIT).set(limit);
    listed('listSpikes');
    c.tee(spikes).op('i32.eqz');
    c.if(() => {
      c.i32(VALUES_LIMIT).set(limit);
      listed('listValues');
      c.op('drop');
    });
    // the last row's end; bytes of events are 4 a piece
    c.get(lists, rows).i32(3).op('i32.shl', 'i32.add').i32(4).op('i32.sub').memory('i32.load');
    c.get(selected).op('i32.sub').i32(2).op('i32.shr_u').i32(64).op('i32.mul');
    c.get(rows, k).op('i32.mul').get(limit).op('i32.mul', 'i32.lt_s').get(rows).i32(1).op('i32.eq', 'i32.or');
    c.if(
      () => c.get(lists, distance, spikes, rows, w, k, out, n).i32(0).call('gather'),
      () => c.get(x, xBytes, rows, k, w, out, n).i32(0).call('tiles'),
    );
  },
};

/** packMatrix(w, k, n, packed, scratch): the strips of `w [k, n]`, for `multiply`. `scratch` has room for k numbers. */
export const packMatrix: FunctionSpec = {
  name: 'packMatrix',
  parameters: I32(5),
  build(c, w, k, n, packed, scratch) {
    const row = c.local('i32');
    c.for(
      row,
      () => c.get(k),
      1,
      () => c.element(scratch, row).get(row, n).op('i32.mul').i32(2).op('i32.shl').memory('i32.store'),
    );
    c.get(w, scratch, k, n, packed).call('pack');
  },
};

/** multiply(x, packed, out, from, to, k, n, scratch): rows `from` to `to`; the right operand as `packMatrix` gives it. */
export const multiply: FunctionSpec = {
  name: 'multiply',
  parameters: I32(8),
  build(c, x, packed, out, from, to, k, n, scratch) {
    const [lists, row, rows, most, xBytes, outBytes] = integers(c, 6);
    c.get(k).i32(2).op('i32.shl').set(xBytes).get(n).i32(2).op('i32.shl').set(outBytes);
    c.get(scratch).i32(SHUFFLES_BYTES).op('i32.add').set(lists);
    c.get(scratch).call('writeShuffles');
    blockRows(c, k, most);
    c.get(from).set(row);
    c.while(
      row,
      () => c.get(to),
      () => {
        c.get(to, row).op('i32.sub').tee(rows).get(most).op('i32.gt_s');
        c.if(() => c.get(most).set(rows));
        c.get(x, row, xBytes).op('i32.mul', 'i32.add').get(xBytes, rows, k, packed);
        c.get(out, row, outBytes).op('i32.mul', 'i32.add').get(n, scratch, lists).call('productBlock');
        c.get(row, rows).op('i32.add').set(row);
      },
    );
  },
};
