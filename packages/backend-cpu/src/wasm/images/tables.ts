/**
 * Which outputs a pixel reaches, along one axis, as a table that is made once per call: any stride, padding and dilation then costs nothing in the
 * loops over pixels. Outputs that lie next to each other, reached by taps that do, are one entry: a run.
 */
import type { FunctionSpec, Local } from '@snn/compile/wasm';
import { integerParameters, integers, upTo } from './emit.ts';

/** Bytes of an entry: where the run begins in the outputs, where in the taps, and its length, all in bytes. */
export const ENTRY = 12;

/** Bytes that `size` pixels and `taps` taps take: for each pixel where its entries end, and the entries. */
export const tableBytes = (size: number, taps: number): number => size * (4 + ENTRY * taps);

/**
 * imageTable(to, size, taps, stride, padding, dilation, limit, backward, step, tapStep, unit): for each of `size` pixels the outputs below `limit`.
 * Outputs are `step` bytes apart, taps `tapStep`; `unit` is the length of a run of one output, 0 when outputs never form runs.
 *
 *   backward 0   pixel y is read by window (y + padding - i dilation) / stride, if that is whole; taps are stored from the last to the first
 *   backward 1   window y reads pixel y stride - padding + i dilation; taps are stored from the first to the last
 *
 * Both ways the outputs of a pixel ascend with the places of the taps.
 */
export const imageTable: FunctionSpec = {
  name: 'imageTable',
  parameters: integerParameters(11),
  build(c, to, size, taps, stride, padding, dilation, limit, backward, step, tapStep, unit) {
    const [pixel, place, target, start, entry, first, output, tap] = integers(c, 8);
    /** Whether the last entry ends there. */
    const endsAt = (offset: number, place: Local): void => {
      c.get(entry).memory('i32.load', offset).get(entry).memory('i32.load', 8).op('i32.add').get(place).op('i32.eq');
    };
    c.get(to).set(start);
    upTo(c, pixel, size, () => {
      // the entry that was made last; at first the one before the first
      c.get(start)
        .i32(ENTRY - 4)
        .op('i32.sub')
        .tee(first)
        .set(entry);
      upTo(c, place, taps, () => {
        c.get(backward);
        c.if(
          () => c.get(pixel, stride).op('i32.mul').get(place, dilation).op('i32.mul', 'i32.add').get(padding).op('i32.sub').set(target),
          () => {
            c.get(pixel, padding)
              .op('i32.add')
              .get(taps, place)
              .op('i32.sub')
              .i32(1)
              .op('i32.sub')
              .get(dilation)
              .op('i32.mul', 'i32.sub')
              .set(target);
            c.get(target).i32(0).op('i32.ge_s');
            c.if(() => {
              c.get(target, stride).op('i32.rem_u');
              c.if(
                () => c.i32(-1).set(target),
                () => c.get(target, stride).op('i32.div_u').set(target),
              );
            });
          },
        );
        // below 0 is above any limit as an unsigned number
        c.get(target, limit).op('i32.lt_u');
        c.if(() => {
          c.get(target, step).op('i32.mul').set(output).get(place, tapStep).op('i32.mul').set(tap);
          c.get(entry, first).op('i32.ne');
          c.if(() => {
            endsAt(0, output);
            endsAt(4, tap);
            c.op('i32.and');
            c.if(
              () => c.get(entry, entry).memory('i32.load', 8).get(unit).op('i32.add').memory('i32.store', 8),
              () => push(),
            );
          }, push);
        });
      });
      c.get(start, entry).i32(ENTRY).op('i32.add').memory('i32.store');
      c.get(start, taps).i32(ENTRY).op('i32.mul').i32(4).op('i32.add', 'i32.add').set(start);
    });
    function push(): void {
      c.increment(entry, ENTRY);
      c.get(entry, output).memory('i32.store').get(entry, tap).memory('i32.store', 4).get(entry, unit).memory('i32.store', 8);
    }
  },
};
