/**
 * Convolution of an image without zeros to speak of: tiles of neighbouring pixels and output channels, whose sums stay in registers. The image is
 * copied between zeros, so that no window reaches over its edge; taps that all windows of a tile have among those zeros are left out. Four vectors of
 * channels times two pixels are what V8 has registers for.
 */
import type { Code, FunctionSpec, Local } from '@snn/compile/wasm';
import { bytes, integerParameters, integers, upTo } from './emit.ts';

/** Channels of a strip of kernels that lies without gaps. */
export const STRIP = 16;

/** imagePad(x, channels, rows, columns, to, padRows, padColumns, top, left): `x` in `to` with zeros around each channel. */
export const imagePad: FunctionSpec = {
  name: 'imagePad',
  parameters: integerParameters(9),
  build(c, x, channels, rows, columns, to, padRows, padColumns, top, left) {
    const [channel, row, column, from, at] = integers(c, 5);
    c.get(to).i32(0);
    bytes(c, channels, padRows, padColumns).op('memory.fill');
    c.get(x).set(from);
    upTo(c, channel, channels, () => {
      upTo(c, row, rows, () => {
        c.get(to, channel, padRows).op('i32.mul').get(row).op('i32.add').get(top).op('i32.add');
        c.get(padColumns).op('i32.mul').get(left).op('i32.add').i32(2).op('i32.shl', 'i32.add').set(at);
        upTo(c, column, columns, () => {
          c.get(at, from).memory('f32.load').memory('f32.store');
          c.increment(from, 4).increment(at, 4);
        });
      });
    });
  },
};

/** What a tile reads and writes. */
interface Tile {
  /** Address of the first pixel that the first window reads, of its first channel; the windows after it are `pixelBytes` apart. */
  readonly from: Local;
  readonly pixelBytes: Local;
  /** Channels of the image and bytes of one, with the zeros around it. */
  readonly channels: Local;
  readonly channelBytes: Local;
  /** Taps that are read: how many, and bytes from one to the next in the image, along both axes. */
  readonly tapRows: Local;
  readonly tapColumns: Local;
  readonly tapRowBytes: Local;
  readonly tapBytes: Local;
  /** Address of the kernels' first tap that is read; bytes from one tap to the next, to that below it, and to that of the next channel. */
  readonly kernels: Local;
  readonly kernelBytes: Local;
  readonly kernelRowBytes: Local;
  readonly kernelChannelBytes: Local;
  /** Address of the first pixel's sums; those after it are `outBytes` apart. */
  readonly out: Local;
  readonly outBytes: Local;
}

/** Emits a tile of `pixels` neighbouring pixels times `vectors` vectors of channels, or one channel if that is 0. */
function tile(c: Code, pixels: number, vectors: number, p: Tile): void {
  const [load, store, add, multiply] =
    vectors > 0
      ? (['v128.load', 'v128.store', 'f32x4.add', 'f32x4.mul'] as const)
      : (['f32.load', 'f32.store', 'f32.add', 'f32.mul'] as const);
  const type = vectors > 0 ? 'v128' : 'f32';
  const width = Math.max(vectors, 1);
  const sums = Array.from({ length: pixels }, () => Array.from({ length: width }, () => c.local(type)));
  const factors = sums[0].map(() => c.local(type));
  const value = c.local(type);
  const [channel, row, image, kernel, line, kernelLine, end] = integers(c, 7);
  const windows = integers(c, pixels);
  for (const sum of sums.flat()) (vectors > 0 ? c.f32x4(0) : c.f32(0)).set(sum);
  const move = (place: Local, by: Local): void => void c.get(place, by).op('i32.add').set(place);
  c.get(p.from).set(image).get(p.kernels).set(kernel);
  upTo(c, channel, p.channels, () => {
    c.get(image).set(line).get(kernel).set(kernelLine);
    upTo(c, row, p.tapRows, () => {
      windows.forEach((window, i) => {
        c.get(i === 0 ? line : windows[i - 1]);
        if (i > 0) c.get(p.pixelBytes).op('i32.add');
        c.set(window);
      });
      const tap = c.local('i32');
      c.get(kernelLine).set(tap);
      c.get(tap, p.tapColumns, p.kernelBytes).op('i32.mul', 'i32.add').set(end);
      c.while(
        tap,
        () => c.get(end),
        () => {
          for (const [v, factor] of factors.entries())
            c.get(tap)
              .memory(load, 16 * v)
              .set(factor);
          for (const [i, window] of windows.entries()) {
            c.get(window)
              .memory(vectors > 0 ? 'v128.load32_splat' : 'f32.load')
              .set(value);
            for (const [v, sum] of sums[i].entries()) c.get(sum, value, factors[v]).op(multiply, add).set(sum);
            move(window, p.tapBytes);
          }
          move(tap, p.kernelBytes);
        },
      );
      move(line, p.tapRowBytes);
      move(kernelLine, p.kernelRowBytes);
    });
    move(image, p.channelBytes);
    move(kernel, p.kernelChannelBytes);
  });
  c.get(p.out).set(image);
  for (const sumsOfPixel of sums) {
    for (const [v, sum] of sumsOfPixel.entries()) c.get(image, sum).memory(store, 16 * v);
    move(image, p.outBytes);
  }
}

/** Along one axis, what says which taps of a window lie in the image. */
interface Axis {
  /** Place of a window's first tap among the padded pixels, and pixels from one tap to the next. */
  readonly first: Local;
  readonly step: Local;
  /** How many taps there are. */
  readonly taps: Local;
  /** First pixel of the image among the padded ones, and how many it has. */
  readonly begin: Local;
  readonly size: Local;
}

/** Emits begin, count = the taps that reach the image from any of `windows` neighbouring windows; the first of them is at `window`. */
function tapsWithin(
  c: Code,
  { first, step, taps, begin, size }: Axis,
  window: Local,
  windows: number,
  windowStep: Local,
  result: Local,
  count: Local,
): void {
  const [tap, place] = integers(c, 2);
  c.i32(0).set(count).i32(0).set(result);
  c.get(window, first).op('i32.add').get(begin).op('i32.sub').set(place);
  upTo(c, tap, taps, () => {
    // reached unless all windows are beyond one end
    c.get(place, size)
      .op('i32.lt_s')
      .get(place, windowStep)
      .i32(windows - 1)
      .op('i32.mul', 'i32.add')
      .i32(0)
      .op('i32.ge_s', 'i32.and');
    c.if(() => {
      c.get(count).op('i32.eqz');
      c.if(() => c.get(tap).set(result));
      c.increment(count, 1);
    });
    c.get(place, step).op('i32.add').set(place);
  });
}

/** What `imageDense` takes beside its operands, in order. */
export const DENSE = [
  'channels', // of the image
  'outChannels',
  'outRows',
  'outColumns',
  'h',
  'w',
  'padRows',
  'padColumns',
  'windowStep',
  'top',
  'left',
  'rows', // of the image without the zeros
  'columns',
  'firstRow',
  'firstColumn',
  'tapStep',
] as const;

/**
 * imageDense(image, kernels, sums, ...DENSE): `sums [outRows, outColumns, outChannels]` of one padded image. `kernels` holds strips of 16 channels,
 * `[strips, channels, h, w, 16]`, and then the other channels, `[channels, h, w, rest]`. Taps that read nothing but zeros around the image are left
 * out: a sum from +0 stays what it is when a 0 is added.
 */
export const imageDense: FunctionSpec = {
  name: 'imageDense',
  parameters: integerParameters(3 + DENSE.length),
  build(c, image, kernels, sums, ...numbers) {
    const d = Object.fromEntries(DENSE.map((name, i) => [name, numbers[i]])) as Record<(typeof DENSE)[number], Local>;
    const [channel, limit, row, column, last, from, out, pixelBytes, outBytes, kernelBytes, strip, rest] = integers(c, 12);
    const [channelBytes, tapBytes, tapRowBytes, kernelRowBytes, kernelChannelBytes, rowBytes, window] = integers(c, 7);
    const [firstTap, tapRows, firstTapColumn, tapColumns, place, kernelsAt] = integers(c, 6);
    bytes(c, d.windowStep).set(pixelBytes);
    bytes(c, d.outChannels).set(outBytes);
    bytes(c, d.padColumns).set(rowBytes);
    bytes(c, d.padRows, d.padColumns).set(channelBytes);
    bytes(c, d.tapStep).set(tapBytes);
    c.get(tapBytes, d.padColumns).op('i32.mul').set(tapRowBytes);
    const rowAxis: Axis = { first: d.firstRow, step: d.tapStep, taps: d.h, begin: d.top, size: d.rows };
    const columnAxis: Axis = { first: d.firstColumn, step: d.tapStep, taps: d.w, begin: d.left, size: d.columns };
    const p: Tile = {
      ...{ from, pixelBytes, channels: d.channels, channelBytes, tapRows, tapColumns, tapRowBytes, tapBytes },
      ...{ kernels: kernelsAt, kernelBytes, kernelRowBytes, kernelChannelBytes, out, outBytes },
    };
    const overPixels = (pixels: number, vectors: number): void => {
      upTo(c, row, d.outRows, () => {
        c.get(row, d.windowStep).op('i32.mul').set(place);
        tapsWithin(c, rowAxis, place, 1, d.windowStep, firstTap, tapRows);
        c.get(place, d.firstRow).op('i32.add').get(firstTap, d.tapStep).op('i32.mul', 'i32.add').get(rowBytes).op('i32.mul');
        c.get(image).op('i32.add').set(window);
        c.get(sums, row, d.outColumns).op('i32.mul').get(d.outChannels).op('i32.mul').get(channel).op('i32.add').i32(2);
        c.op('i32.shl', 'i32.add').set(out);
        c.i32(0).set(column);
        for (const step of [pixels, 1]) {
          c.get(d.outColumns)
            .i32(step - 1)
            .op('i32.sub')
            .set(last);
          c.for(
            column,
            () => c.get(last),
            step,
            () => {
              c.get(column, d.windowStep).op('i32.mul').set(place);
              tapsWithin(c, columnAxis, place, step, d.windowStep, firstTapColumn, tapColumns);
              c.get(place, d.firstColumn).op('i32.add').get(firstTapColumn, d.tapStep).op('i32.mul', 'i32.add').i32(2).op('i32.shl');
              c.get(window).op('i32.add').set(from);
              c.get(strip, firstTap, d.w).op('i32.mul').get(firstTapColumn).op('i32.add').get(kernelBytes).op('i32.mul', 'i32.add');
              c.set(kernelsAt);
              tile(c, step, vectors, p);
              c.get(out, outBytes).i32(step).op('i32.mul', 'i32.add').set(out);
            },
          );
        }
      });
    };
    c.get(kernels).set(strip);
    const strides = (): void => {
      c.get(kernelBytes, d.w).op('i32.mul').tee(kernelRowBytes).get(d.h).op('i32.mul').set(kernelChannelBytes);
    };
    const strips = (columnsOfStrip: number, pixels: number, vectors: number, next: () => void): void => {
      c.get(d.outChannels)
        .i32(columnsOfStrip - 1)
        .op('i32.sub')
        .set(limit);
      c.for(
        channel,
        () => c.get(limit),
        columnsOfStrip,
        () => {
          overPixels(pixels, vectors);
          c.get(strip);
          next();
          c.op('i32.add').set(strip);
        },
      );
    };
    c.i32(4 * STRIP).set(kernelBytes);
    strides();
    strips(STRIP, 2, STRIP / 4, () => c.get(d.channels, kernelChannelBytes).op('i32.mul'));
    c.get(d.outChannels, channel).op('i32.sub').set(rest);
    bytes(c, rest).set(kernelBytes);
    strides();
    strips(4, 4, 1, () => c.i32(16));
    strips(1, 4, 0, () => c.i32(4));
  },
};
