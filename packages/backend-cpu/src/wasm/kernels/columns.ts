/**
 * Event lists of the columns of a matrix, without a transposed copy of it: four rows by four columns are transposed in registers, and of each
 * column the entries that are not zero are listed. 3200 x 784 at 13 %, in chunks of 256 rows: 2.3 ms, and 3.5 ms by a transposed copy and the lists
 * of its rows.
 */
import type { Code, FunctionSpec, Local } from '@snn/compile/wasm';
import { I32, integers } from './strips.ts';
import { transposeSquare } from './transpose.ts';

/** Rows that are listed for all columns before the next: their cache lines are read whole. */
const BLOCK = 16;

/** Numbers between the lists of two columns beyond the rows: what a store of four writes past the end. */
export const SPILL = 4;

/** Emits others |= the entries that are not counted. */
const note = (c: Code, others: Local, entries: Local, counted: Local): void =>
  void c.get(others, entries, counted).op('v128.andnot', 'v128.or').set(others);

/**
 * list{Spikes,Values}OfColumns(x, places, rows, columns, shuffles, bounds, selected, distance, zeros) -> complete. Lists the entries of each
 * column of the rows that lie `places [rows]` bytes after `x`. `bounds [columns, 2]`: the addresses in `selected` where a column begins and ends;
 * `selected`: 4 times the row; the values, unless of spikes, `distance` bytes after it. Columns begin rows + SPILL numbers apart. `places` has room
 * for three rows more; `zeros` are as many zeros as there are columns.
 *
 * That of spikes gives up, and returns 0, at the first rows that have another number than 0 and 1.
 */
const listColumns = (spikes: boolean): FunctionSpec => ({
  name: spikes ? 'listSpikesOfColumns' : 'listValuesOfColumns',
  parameters: I32(9),
  results: ['i32'],
  build(c, x, places, rows, columns, shuffles, bounds, selected, distance, zeros) {
    const [block, end, row, column, whole, at, begin, entry, lanes] = integers(c, 9);
    const cursors = integers(c, 4);
    const lines = Array.from({ length: 4 }, () => c.local('v128'));
    const [counted, others, base, step] = Array.from({ length: 4 }, () => c.local('v128'));
    const number = c.local('f32');
    const giveUp = (): void => void c.i32(0).op('return');
    const rowAt = (i: number): void =>
      void c
        .get(x)
        .element(places, row)
        .memory('i32.load', 4 * i)
        .op('i32.add');
    const bound = (): void => void c.get(bounds, column).i32(3).op('i32.shl', 'i32.add').set(at);

    // rows that fill the last square are zeros
    for (let i = 0; i < 3; i++)
      c.element(places, rows)
        .get(zeros, x)
        .op('i32.sub')
        .memory('i32.store', 4 * i);
    c.get(selected).set(begin);
    c.for(
      column,
      () => c.get(columns),
      1,
      () => {
        bound();
        c.get(at, begin).memory('i32.store').get(at, begin).memory('i32.store', 4);
        c.get(begin, rows).i32(SPILL).op('i32.add').i32(2).op('i32.shl', 'i32.add').set(begin);
      },
    );

    /** Four rows from `row` on by four columns from `column` on. */
    const square = (): void => {
      for (const [i, line] of lines.entries()) {
        rowAt(i);
        c.get(column).i32(2).op('i32.shl', 'i32.add').memory('v128.load').set(line);
        if (!spikes) continue;
        c.get(line).f32x4(1).op('f32x4.eq').set(counted);
        note(c, others, line, counted);
        c.get(counted).set(line);
      }
      transposeSquare(c, lines);
      for (const [i, line] of lines.entries()) {
        c.get(line);
        if (!spikes) c.f32x4(0).op('f32x4.ne');
        c.op('i32x4.bitmask').tee(lanes).i32(5).op('i32.shl').get(shuffles).op('i32.add').set(entry);
        c.get(cursors[i], entry).memory('v128.load').get(base).op('i32x4.add').memory('v128.store');
        if (!spikes)
          c.get(cursors[i], distance).op('i32.add').get(line, entry).memory('v128.load', 16).op('i8x16.swizzle').memory('v128.store');
        c.get(cursors[i], lanes).op('i32.popcnt').i32(2).op('i32.shl', 'i32.add').set(cursors[i]);
      }
    };

    c.get(columns).i32(3).op('i32.sub').set(whole);
    c.i32x4(16).set(step);
    c.i32(0).set(block);
    c.for(
      block,
      () => c.get(rows),
      BLOCK,
      () => {
        c.get(block).i32(BLOCK).op('i32.add').set(end);
        c.get(end, rows).op('i32.gt_s');
        c.if(() => c.get(rows).set(end));
        c.i32(0).set(column);
        c.for(
          column,
          () => c.get(whole),
          4,
          () => {
            bound();
            for (const [i, cursor] of cursors.entries())
              c.get(at)
                .memory('i32.load', 8 * i + 4)
                .set(cursor);
            c.get(block).set(row);
            c.get(block).i32(2).op('i32.shl', 'i32x4.splat').set(base);
            c.for(
              row,
              () => c.get(end),
              4,
              () => {
                square();
                c.get(base, step).op('i32x4.add').set(base);
              },
            );
            for (const [i, cursor] of cursors.entries()) c.get(at, cursor).memory('i32.store', 8 * i + 4);
          },
        );
        if (spikes) {
          c.get(others).f32x4(0).op('f32x4.ne', 'v128.any_true');
          c.if(giveUp);
        }
      },
    );
    // columns that do not fill a square
    const [cursor] = cursors;
    c.for(
      column,
      () => c.get(columns),
      1,
      () => {
        bound();
        c.get(at).memory('i32.load', 4).set(cursor).i32(0).set(row);
        c.for(
          row,
          () => c.get(rows),
          1,
          () => {
            rowAt(0);
            c.get(column).i32(2).op('i32.shl', 'i32.add').memory('f32.load').tee(number).f32(0).op('f32.ne');
            c.if(() => {
              if (spikes) {
                c.get(number).f32(1).op('f32.ne');
                c.if(giveUp);
              }
              c.get(cursor, row).i32(2).op('i32.shl').memory('i32.store');
              if (!spikes) c.get(cursor, distance).op('i32.add').get(number).memory('f32.store');
              c.increment(cursor, 4);
            });
          },
        );
        c.get(at, cursor).memory('i32.store', 4);
      },
    );
    c.i32(1);
  },
});

/** The functions of this file. */
export const COLUMNS: readonly FunctionSpec[] = [listColumns(true), listColumns(false)];
