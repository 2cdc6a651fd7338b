/**
 * The gradient of a convolution with respect to its kernels, pixel by pixel of the images: each that is not zero adds the cotangents of all
 * windows that read it, times itself, to its taps. For one tap those are the windows row by row, as the contract has it.
 */
import type { FunctionSpec, Local } from '@snn/compile/wasm';
import { bytes, integerParameters, integers, upTo } from './emit.ts';
import { scatter } from './events.ts';
import { ENTRY } from './tables.ts';

/** What `imageWeightGradient` takes beside its operands, in order. Sizes in numbers, places in bytes from the beginning of the scratch memory. */
export const WEIGHT_GRADIENT = [
  'steps',
  'images', // of one step
  'xTimed', // 1 if x changes with time, 0 if not
  'gTimed',
  'channels',
  'rows',
  'columns',
  'outChannels',
  'outRows',
  'outColumns',
  'h',
  'w',
  'stride',
  'padding',
  'dilation',
  'rowTable',
  'columnTable',
  'cotangents',
  'sums',
  'bounds',
  'list',
] as const;

/**
 * imageWeightGradient(x, g, out, from, to, scratch, ...WEIGHT_GRADIENT): output channels `from` to `to`. Adds to `out` the gradient of each step,
 * the last step first; the gradient of a step is a sum from +0 over images and windows.
 */
export const imageWeightGradient: FunctionSpec = {
  name: 'imageWeightGradient',
  parameters: integerParameters(6 + WEIGHT_GRADIENT.length),
  build(c, x, g, out, from, to, scratch, ...numbers) {
    const n = Object.fromEntries(WEIGHT_GRADIENT.map((name, i) => [name, numbers[i]])) as Record<
      (typeof WEIGHT_GRADIENT)[number],
      (typeof numbers)[number]
    >;
    const [own, unit, rowStep, rowTap, taps, channelTaps, size, rowEntries, columnEntries, zero, pixels] = integers(c, 11);
    const [step, image, source, cotangent, tapped, channel, place, output, at, target] = integers(c, 10);
    for (const name of ['rowTable', 'columnTable', 'cotangents', 'sums', 'bounds', 'list'] as const)
      c.get(n[name], scratch).op('i32.add').set(n[name]);
    c.get(to, from).op('i32.sub').set(own);
    bytes(c, own).set(unit);
    bytes(c, n.outColumns, own).set(rowStep);
    bytes(c, n.w, own).set(rowTap);
    c.get(n.h, n.w).op('i32.mul').set(taps);
    c.get(n.outRows, n.outColumns).op('i32.mul').set(pixels);
    bytes(c, taps, own).set(channelTaps);
    bytes(c, n.channels, taps, own).set(size);
    for (const [entries, side] of [
      [rowEntries, n.h],
      [columnEntries, n.w],
    ])
      c.get(side).i32(ENTRY).op('i32.mul').i32(4).op('i32.add').set(entries);
    c.get(n.rowTable, n.rows, n.h, n.stride, n.padding, n.dilation, n.outRows, zero, rowStep, rowTap, zero).call('imageTable');
    c.get(n.columnTable, n.columns, n.w, n.stride, n.padding, n.dilation, n.outColumns, zero, unit, unit, unit).call('imageTable');
    /** Put the number of the image on the stack. */
    const imageOf = (timed: Local): void => {
      c.get(step, n.images).op('i32.mul').get(timed).op('i32.mul').get(image).op('i32.add');
    };
    c.get(n.steps).set(step);
    c.repeat(
      () => c.get(step),
      () => {
        c.increment(step, -1);
        c.get(n.sums).i32(0).get(size).op('memory.fill');
        upTo(c, image, n.images, () => {
          imageOf(n.gTimed);
          c.get(n.outChannels)
            .op('i32.mul')
            .get(from)
            .op('i32.add')
            .get(pixels)
            .op('i32.mul')
            .i32(2)
            .op('i32.shl')
            .get(g)
            .op('i32.add')
            .set(cotangent);
          c.get(cotangent, own, pixels, n.cotangents).call('imageTurn');
          imageOf(n.xTimed);
          bytes(c, n.channels, n.rows, n.columns).op('i32.mul').get(x).op('i32.add').set(source);
          c.get(source, n.channels, n.rows, n.columns, zero, n.bounds, n.list).call('imageEvents');
          scatter(
            c,
            { ...n, x: source, rowEntries, columnEntries },
            'factors',
            (k) => void c.get(n.sums, k, channelTaps).op('i32.mul', 'i32.add').set(tapped),
            tapped,
            n.cotangents,
          );
        });
        // [channels, taps from the last, own] to [own, channels, taps]
        c.get(n.sums).set(at);
        upTo(c, channel, n.channels, () => {
          upTo(c, place, taps, () => {
            c.get(from).set(output);
            c.for(
              output,
              () => c.get(to),
              1,
              () => {
                c.get(out, output, n.channels).op('i32.mul').get(channel).op('i32.add').get(taps).op('i32.mul').get(taps).op('i32.add');
                c.get(place).op('i32.sub').i32(1).op('i32.sub').i32(2).op('i32.shl', 'i32.add').tee(target);
                c.get(target).memory('f32.load').get(at).memory('f32.load').op('f32.add').memory('f32.store');
                c.increment(at, 4);
              },
            );
          });
        });
      },
    );
  },
};
