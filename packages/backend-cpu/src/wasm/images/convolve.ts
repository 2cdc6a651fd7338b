/**
 * Convolution and its gradient with respect to the images. Each pixel that is not zero adds its kernels to all outputs that it reaches, in the
 * order of the contract: pixels are taken channel by channel, in the gradient from the last to the first, since a pixel's taps ascend when the
 * windows descend. The sums of an image lie as `[pixels, channels]`, so that what a pixel reaches in a row is one run, and are turned at the end.
 * An image with more pixels than the limit is done tile by tile: with its sums in registers.
 */
import type { FunctionSpec } from '@snn/compile/wasm';
import { DENSE, STRIP } from './dense.ts';
import { bytes, integerParameters, integers } from './emit.ts';
import { scatter } from './events.ts';
import { ENTRY } from './tables.ts';

/** What `imageConvolve` takes beside its operands, in order. Sizes in numbers, places in bytes from the beginning of the scratch memory. */
export const CONVOLVE = [
  'backward', // 0 for conv2d, 1 for its gradient
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
  'fromStep', // numbers between the kernels of neighbouring channels of x, and of the output
  'toStep',
  'limit', // pixels that are not zero up to which an image is done pixel by pixel
  'rowTable',
  'columnTable',
  'kernels',
  'sums',
  'bounds',
  'list',
  'image', // the image between zeros, for tiles
  'strips',
  'padRows',
  'padColumns',
  'top', // zeros before the image
  'left',
  'windowStep', // pixels from one window to the next
  'firstRow', // place of a window's first tap
  'firstColumn',
  'tapStep',
] as const;

/** imageConvolve(x, weight, out, from, to, scratch, ...CONVOLVE): images `from` to `to`. */
export const imageConvolve: FunctionSpec = {
  name: 'imageConvolve',
  parameters: integerParameters(6 + CONVOLVE.length),
  build(c, x, weight, out, from, to, scratch, ...numbers) {
    const n = Object.fromEntries(CONVOLVE.map((name, i) => [name, numbers[i]])) as Record<
      (typeof CONVOLVE)[number],
      (typeof numbers)[number]
    >;
    const [image, rowStep, unit, rowTap, zero, taps, size, count, channelTaps, tapped, rowEntries, columnEntries, outImage] = integers(
      c,
      13,
    );
    for (const name of ['rowTable', 'columnTable', 'kernels', 'sums', 'bounds', 'list', 'image', 'strips'] as const)
      c.get(n[name], scratch).op('i32.add').set(n[name]);
    bytes(c, n.outChannels).set(unit);
    bytes(c, n.outColumns, n.outChannels).set(rowStep);
    bytes(c, n.w, n.outChannels).set(rowTap);
    c.get(n.h, n.w).op('i32.mul').set(taps);
    bytes(c, taps, n.outChannels).set(channelTaps);
    bytes(c, n.outRows, n.outColumns, n.outChannels).set(size);
    for (const [entries, side] of [
      [rowEntries, n.h],
      [columnEntries, n.w],
    ])
      c.get(side).i32(ENTRY).op('i32.mul').i32(4).op('i32.add').set(entries);
    c.get(n.rowTable, n.rows, n.h, n.stride, n.padding, n.dilation, n.outRows, n.backward, rowStep, rowTap, zero).call('imageTable');
    c.get(n.columnTable, n.columns, n.w, n.stride, n.padding, n.dilation, n.outColumns, n.backward, unit, unit, unit).call('imageTable');
    // both ways outputs ascend with the places of the taps
    c.get(weight, n.kernels, n.channels, n.outChannels, taps, n.fromStep, n.toStep, n.backward).op('i32.eqz').call('imageTaps');
    const pixels = c.local('i32');
    c.get(n.outRows, n.outColumns).op('i32.mul').set(pixels);
    const [source, prepared, depth, strip, channel, width] = integers(c, 6);
    c.get(n.channels, taps).op('i32.mul').set(depth);
    /** For the first image that tiles are used for: the kernels as strips. */
    const prepare = (): void => {
      c.i32(1).set(prepared);
      c.get(n.strips).set(strip).i32(0).set(channel);
      c.while(
        channel,
        () => c.get(n.outChannels),
        () => {
          c.get(n.outChannels, channel).op('i32.sub').tee(width).i32(STRIP).op('i32.gt_s');
          c.if(() => c.i32(STRIP).set(width));
          c.get(weight);
          bytes(c, channel, n.toStep).op('i32.add').get(strip, n.channels, width, taps, n.fromStep, n.toStep, zero).call('imageTaps');
          c.get(strip);
          bytes(c, depth, width).op('i32.add').set(strip);
          c.get(channel, width).op('i32.add').set(channel);
        },
      );
    };
    c.get(from).set(image);
    c.for(
      image,
      () => c.get(to),
      1,
      () => {
        c.get(x);
        bytes(c, image, n.channels, n.rows, n.columns).op('i32.add').set(source);
        c.get(out, image, size).op('i32.mul', 'i32.add').set(outImage);
        c.get(source, n.channels, n.rows, n.columns, n.backward, n.bounds, n.list).call('imageEvents');
        c.element(n.bounds, n.channels).memory('i32.load').get(n.list).op('i32.sub').i32(2).op('i32.shr_u').set(count);
        c.get(count, n.limit).op('i32.le_s');
        c.if(
          () => {
            c.get(n.sums).i32(0).get(size).op('memory.fill');
            scatter(
              c,
              { ...n, x: source, rowEntries, columnEntries },
              'sums',
              (channel) => void c.get(n.kernels, channel, channelTaps).op('i32.mul', 'i32.add').set(tapped),
              n.sums,
              tapped,
            );
          },
          () => {
            c.get(prepared).op('i32.eqz');
            c.if(prepare);
            c.get(source, n.channels, n.rows, n.columns, n.image, n.padRows, n.padColumns, n.top, n.left).call('imagePad');
            c.get(n.image, n.strips, n.sums, ...DENSE.map((name) => n[name])).call('imageDense');
          },
        );
        c.get(n.sums, pixels, n.outChannels, outImage).call('imageTurn');
      },
    );
  },
};
