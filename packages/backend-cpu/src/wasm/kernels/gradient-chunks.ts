/**
 * One chunk of samples of the gradient of weights: out [k, n] += x^T g over the samples in their order. Either x is listed (columns of x over
 * packed rows of g), or g is, where it has far fewer entries that are not zero, as behind a surrogate of bounded support: then columns of g run
 * over packed rows of x, and the block of out is transposed before and after. A product does not depend on the order of its factors, so both give
 * the same bits.
 */
import type { Code, FunctionSpec, Local } from '@snn/compile/wasm';
import { SPILL } from './columns.ts';
import { BLOCK_ENTRIES, BLOCK_ROWS, BOUNDS_BYTES, blockRows, SPIKES_LIMIT, VALUES_LIMIT } from './multiply.ts';
import { I32, integers } from './strips.ts';

/** Numbers between rows of a transposed chunk beyond its samples: rows a power of two apart would share few sets of the cache. */
const GAP = 4;

/** Bytes of the event lists of a block of columns of a chunk; the block's transposition is smaller. */
export const ROOM_BYTES: number = BOUNDS_BYTES + 2 * 4 * (BLOCK_ENTRIES + SPILL * BLOCK_ROWS);

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

/** Emits whether a share, of `counted` entries of every eighth of `rows` rows of `columns`, is below `limit` of 64. */
function below(c: Code, counted: Local, rows: Local, columns: Local, limit: number): void {
  c.get(counted)
    .i32(64)
    .op('i32.mul')
    .get(rows)
    .i32(PROBED - 1)
    .op('i32.add')
    .i32(PROBED)
    .op('i32.div_u')
    .get(columns)
    .op('i32.mul')
    .i32(limit)
    .op('i32.mul', 'i32.lt_u');
}

/**
 * columnsProduct(x, places, rows, columns, counted, w, out, n, room, zeros): out [columns, n] += x^T w of the columns of the rows of x that lie
 * at `places`, and the packed w [rows, n]: from lists or tiles, as `counted` says, the entries of every eighth row that are not zero.
 */
const columnsProduct: FunctionSpec = {
  name: 'columnsProduct',
  parameters: I32(11),
  build(c, x, places, rows, columns, counted, w, out, n, shuffles, room, zeros) {
    const [selected, distance, listed, spikes, turnedBytes] = integers(c, 5);
    c.get(room).i32(BOUNDS_BYTES).op('i32.add').set(selected);
    c.get(rows).i32(SPILL).op('i32.add').get(columns).op('i32.mul').i32(2).op('i32.shl').set(distance);
    const list = (name: string): void =>
      void c.get(x, places, rows, columns, shuffles, room, selected, distance, zeros).call(name).set(listed);
    below(c, counted, rows, columns, SPIKES_LIMIT);
    c.if(() => {
      list('listSpikesOfColumns');
      c.get(listed).set(spikes);
      c.get(listed).op('i32.eqz');
      below(c, counted, rows, columns, VALUES_LIMIT);
      c.op('i32.and');
      c.if(() => list('listValuesOfColumns'));
    });
    c.get(listed);
    c.if(
      () => c.get(room, distance, spikes, columns, w, rows, out, n).i32(1).call('gather'),
      () => {
        c.get(rows).i32(GAP).op('i32.add').i32(2).op('i32.shl').set(turnedBytes);
        c.get(x, places, rows, columns, room, turnedBytes).call('transposePlaces');
        c.get(room, turnedBytes, columns, rows, w, out, n).i32(1).call('tiles');
      },
    );
  },
};

/**
 * gradientChunk(x, xPlaces, g, gPlaces, count, kFrom, kTo, n, out, packed, shuffles, room, part, zeros): rows `kFrom` to `kTo` of out, over `count`
 * samples that lie at `xPlaces` and `gPlaces`. The rest is scratch: room for a packed chunk of n columns, the table of shuffles, `ROOM_BYTES`, a
 * transposed block of out, and zeros.
 */
const gradientChunk: FunctionSpec = {
  name: 'gradientChunk',
  parameters: I32(14),
  build(c, x, xPlaces, g, gPlaces, count, kFrom, kTo, n, out, packed, shuffles, room, part, zeros) {
    const [columns, most, column, width, gBytes, across, breadth, acrossMost, corner, partBytes, ofX, ofG, counted] = integers(c, 13);
    c.get(kTo, kFrom).op('i32.sub').set(columns);
    c.get(n).i32(2).op('i32.shl').set(gBytes);
    blockRows(c, count, most);
    c.element(x, kFrom).get(xPlaces, count, columns).call('countSome').set(ofX);
    c.get(g, gPlaces, count, n).call('countSome').set(ofG);
    // g is listed if both are wide enough, and count(g) * columns * ADVANTAGE < count(x) * n
    c.get(n).i32(LEAST_COLUMNS).op('i32.ge_s').get(columns).i32(LEAST_COLUMNS).op('i32.ge_s', 'i32.and');
    c.get(ofG, columns).op('i32.mul').i32(ADVANTAGE).op('i32.mul').get(ofX, n).op('i32.mul', 'i32.lt_s', 'i32.and');
    c.if(
      () => {
        c.get(n).i32(-4).op('i32.and').set(acrossMost);
        c.get(kFrom).set(across);
        overBlocks(c, across, kTo, acrossMost, breadth, () => {
          c.element(x, across).get(xPlaces, count, breadth, packed).call('pack');
          c.get(breadth).i32(2).op('i32.shl').set(partBytes);
          c.i32(0).set(column);
          overBlocks(c, column, n, most, width, () => {
            c.get(out, across, gBytes).op('i32.mul', 'i32.add').set(corner);
            c.element(corner, column).set(corner);
            c.get(corner, gBytes, breadth, width, part, partBytes).call('transposeStrided');
            c.get(ofG, width).op('i32.mul').get(n).op('i32.div_u').set(counted);
            c.element(g, column).get(gPlaces, count, width, counted, packed, part, breadth, shuffles, room, zeros);
            c.call('columnsProduct');
            c.get(part, partBytes, width, breadth, corner, gBytes).call('transposeStrided');
          });
        });
      },
      () => {
        c.get(g, gPlaces, count, n, packed).call('pack');
        c.get(kFrom).set(column);
        overBlocks(c, column, kTo, most, width, () => {
          c.get(ofX, width).op('i32.mul').get(columns).op('i32.div_u').set(counted);
          c.element(x, column).get(xPlaces, count, width, counted, packed);
          c.get(out, column, gBytes).op('i32.mul', 'i32.add').get(n, shuffles, room, zeros).call('columnsProduct');
        });
      },
    );
  },
};

/** The functions of this file. */
export const GRADIENT_CHUNKS: readonly FunctionSpec[] = [countSome, columnsProduct, gradientChunk];
