/**
 * One chunk of samples of the gradient of weights: out [k, n] += x^T g over the samples in their order. Either x is listed (columns of x over
 * packed rows of g), or g is, where it has far fewer entries that are not zero, as behind a surrogate of bounded support: then columns of g run
 * over packed rows of x, and the block of out is transposed before and after. A product does not depend on the order of its factors, so both give
 * the same bits.
 */
import type { Code, FunctionSpec, Local } from '@snn/compile/wasm';
import { blockRows } from './multiply.ts';
import { I32, integers } from './strips.ts';

/** Numbers between rows of a transposed chunk beyond its samples: rows a power of two apart would share few sets of the cache. */
export const GAP = 4;

/** Fewest columns of either operand from which listing g is considered. */
const LEAST_COLUMNS = 32;

/** g is listed where its share of entries that are not zero is smaller than that of x by this factor. */
const ADVANTAGE = 3;

/** Every which sample is looked at to learn the shares. */
const PROBED = 8;

/** countSome(x, places, rows, columns) -> how many entries of every eighth row, whole vectors of them, are not zero. */
const countSome: FunctionSpec = {
  name: 'countSome',
  parameters: I32(4),
  results: ['i32'],
  build(c, x, places, rows, columns) {
    const [row, column, at, limit, count] = integers(c, 5);
    c.get(columns).i32(3).op('i32.sub').set(limit);
    c.for(
      row,
      () => c.get(rows),
      PROBED,
      () => {
        c.get(x).element(places, row).memory('i32.load').op('i32.add').set(at);
        c.i32(0).set(column);
        c.for(
          column,
          () => c.get(limit),
          4,
          () => {
            c.get(count)
              .element(at, column)
              .memory('v128.load')
              .f32x4(0)
              .op('f32x4.ne', 'i32x4.bitmask', 'i32.popcnt', 'i32.add')
              .set(count);
          },
        );
      },
    );
    c.get(count);
  },
};

/** Emits a loop over blocks of at most `most` of `from` (which it advances) to `to`; `width` is what the block has. */
function overBlocks(c: Code, from: Local, to: Local, most: Local, width: Local, body: () => void): void {
  c.while(
    from,
    () => c.get(to),
    () => {
      c.get(to, from).op('i32.sub').tee(width).get(most).op('i32.gt_s');
      c.if(() => c.get(most).set(width));
      body();
      c.get(from, width).op('i32.add').set(from);
    },
  );
}

/**
 * gradientChunk(x, xPlaces, g, gPlaces, count, kFrom, kTo, n, out, packed, turned, shuffles, lists, part): rows `kFrom` to `kTo` of out, over
 * `count` samples that lie at `xPlaces` and `gPlaces`. The rest is scratch: room for a packed chunk of n columns, a transposed block, the table
 * of shuffles, lists, and a transposed block of out.
 */
const gradientChunk: FunctionSpec = {
  name: 'gradientChunk',
  parameters: I32(14),
  build(c, x, xPlaces, g, gPlaces, count, kFrom, kTo, n, out, packed, turned, shuffles, lists, part) {
    const [columns, most, column, width, turnedBytes, gBytes, across, breadth, acrossMost, corner, partBytes] = integers(c, 11);
    c.get(kTo, kFrom).op('i32.sub').set(columns);
    c.get(n).i32(2).op('i32.shl').set(gBytes);
    c.get(count).i32(GAP).op('i32.add').i32(2).op('i32.shl').set(turnedBytes);
    blockRows(c, count, most);
    // condition: both wide enough, and count(g) * columns * ADVANTAGE < count(x) * n
    c.i32(0).set(width);
    c.get(n).i32(LEAST_COLUMNS).op('i32.ge_s').get(columns).i32(LEAST_COLUMNS).op('i32.ge_s', 'i32.and');
    c.if(() => {
      c.get(g, gPlaces, count, n).call('countSome').get(columns).op('i32.mul').i32(ADVANTAGE).op('i32.mul');
      c.element(x, kFrom).get(xPlaces, count, columns).call('countSome').get(n).op('i32.mul', 'i32.lt_s').set(width);
    });
    c.get(width);
    c.if(
      () => {
        c.get(n).i32(-4).op('i32.and').set(acrossMost);
        c.get(kFrom).set(across);
        overBlocks(c, across, kTo, acrossMost, breadth, () => {
          c.element(x, across).get(xPlaces, count, breadth, packed).call('pack');
          c.get(breadth).i32(2).op('i32.shl').set(partBytes);
          c.i32(0).set(column);
          overBlocks(c, column, n, most, width, () => {
            c.element(g, column).get(gPlaces, count, width, turned, turnedBytes).call('transposePlaces');
            c.get(out, across, gBytes).op('i32.mul', 'i32.add').set(corner);
            c.element(corner, column).set(corner);
            c.get(corner, gBytes, breadth, width, part, partBytes).call('transposeStrided');
            c.get(turned, turnedBytes, width, count, packed, part, breadth).i32(1).get(shuffles, lists);
            c.call('productBlock');
            c.get(part, partBytes, width, breadth, corner, gBytes).call('transposeStrided');
          });
        });
      },
      () => {
        c.get(g, gPlaces, count, n, packed).call('pack');
        c.get(kFrom).set(column);
        overBlocks(c, column, kTo, most, width, () => {
          c.element(x, column).get(xPlaces, count, width, turned, turnedBytes).call('transposePlaces');
          c.get(turned, turnedBytes, width, count, packed);
          c.get(out, column, gBytes).op('i32.mul', 'i32.add').get(n).i32(1).get(shuffles, lists).call('productBlock');
        });
      },
    );
  },
};

/** The functions of this file. */
export const GRADIENT_CHUNKS: readonly FunctionSpec[] = [countSome, gradientChunk];
