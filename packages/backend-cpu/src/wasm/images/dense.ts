/**
 * Convolution of an image without zeros to speak of: tiles of neighbouring pixels and output channels, whose sums stay in registers. The image is
 * copied between zeros, so that no window reaches over its edge; where the kernel's taps lie in it is a table. Four vectors of channels times two
 * pixels are what V8 has registers for.
 */
import type { Code, FunctionSpec, Local } from '@snn/compile/wasm';
import { bytes, integerParameters, integers, upTo } from './emit.ts';

/** Channels of a strip of kernels that lies without gaps. */
export const STRIP = 16;

/** imagePad(x, channels, rows, columns, to, padRows, padColumns, top, left, spacing): `x` in `to`, its pixels `spacing` apart, zeros around them. */
export const imagePad: FunctionSpec = {
  name: 'imagePad',
  parameters: integerParameters(10),
  build(c, x, channels, rows, columns, to, padRows, padColumns, top, left, spacing) {
    const [channel, row, column, from, at, step] = integers(c, 6);
    c.get(to).i32(0);
    bytes(c, channels, padRows, padColumns).op('memory.fill');
    c.get(x).set(from);
    bytes(c, spacing).set(step);
    upTo(c, channel, channels, () => {
      upTo(c, row, rows, () => {
        c.get(to, channel, padRows).op('i32.mul').get(row, spacing).op('i32.mul', 'i32.add').get(top).op('i32.add');
        c.get(padColumns).op('i32.mul').get(left).op('i32.add').i32(2).op('i32.shl', 'i32.add').set(at);
        upTo(c, column, columns, () => {
          c.get(at, from).memory('f32.load').memory('f32.store');
          c.increment(from, 4).get(at, step).op('i32.add').set(at);
        });
      });
    });
  },
};

/**
 * imagePlaces(to, channels, h, w, padRows, padColumns, firstRow, firstColumn, step): where the taps of a kernel lie in a padded image, in bytes from
 * a window's place: tap i, j of a channel at row firstRow + i step and column firstColumn + j step.
 */
export const imagePlaces: FunctionSpec = {
  name: 'imagePlaces',
  parameters: integerParameters(9),
  build(c, to, channels, h, w, padRows, padColumns, firstRow, firstColumn, step) {
    const [channel, i, j, at] = integers(c, 4);
    c.get(to).set(at);
    upTo(c, channel, channels, () => {
      upTo(c, i, h, () => {
        upTo(c, j, w, () => {
          c.get(at, channel, padRows).op('i32.mul').get(firstRow).op('i32.add').get(i, step).op('i32.mul', 'i32.add');
          c.get(padColumns).op('i32.mul').get(firstColumn).op('i32.add').get(j, step).op('i32.mul', 'i32.add');
          c.i32(2).op('i32.shl').memory('i32.store').increment(at, 4);
        });
      });
    });
  },
};

/** What a tile reads and writes. */
interface Tile {
  /** Address of the first window; those after it are `pixelBytes` apart. */
  readonly from: Local;
  readonly pixelBytes: Local;
  readonly places: Local;
  /** Number of taps of all channels. */
  readonly depth: Local;
  /** Address of the kernels' columns, whose rows are `kernelBytes` apart. */
  readonly kernels: Local;
  readonly kernelBytes: Local;
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
  const [n, kernel, place, at] = integers(c, 4);
  const windows = integers(c, pixels);
  windows.forEach((window, i) => {
    c.get(i === 0 ? p.from : windows[i - 1]);
    if (i > 0) c.get(p.pixelBytes).op('i32.add');
    c.set(window);
  });
  for (const sum of sums.flat()) (vectors > 0 ? c.f32x4(0) : c.f32(0)).set(sum);
  c.get(p.kernels).set(kernel).get(p.places).set(place);
  upTo(c, n, p.depth, () => {
    c.get(place).memory('i32.load').set(at);
    for (const [v, factor] of factors.entries())
      c.get(kernel)
        .memory(load, 16 * v)
        .set(factor);
    for (const [i, window] of windows.entries()) {
      c.get(window, at)
        .op('i32.add')
        .memory(vectors > 0 ? 'v128.load32_splat' : 'f32.load')
        .set(value);
      for (const [v, sum] of sums[i].entries()) c.get(sum, value, factors[v]).op(multiply, add).set(sum);
    }
    c.increment(place, 4).get(kernel, p.kernelBytes).op('i32.add').set(kernel);
  });
  c.get(p.out).set(at);
  for (const row of sums) {
    for (const [v, sum] of row.entries()) c.get(at, sum).memory(store, 16 * v);
    c.get(at, p.outBytes).op('i32.add').set(at);
  }
}

/**
 * imageDense(image, places, depth, kernels, channels, rows, columns, padColumns, windowStep, sums): `sums [rows, columns, channels]` of one padded
 * image. `kernels` holds strips of 16 channels, `[strips, depth, 16]`, and then the other channels, `[depth, rest]`.
 */
export const imageDense: FunctionSpec = {
  name: 'imageDense',
  parameters: integerParameters(10),
  build(c, image, places, depth, kernels, channels, rows, columns, padColumns, windowStep, sums) {
    const [channel, limit, row, column, last, from, out, pixelBytes, outBytes, kernelBytes, strip, rest] = integers(c, 12);
    bytes(c, windowStep).set(pixelBytes);
    bytes(c, channels).set(outBytes);
    const p = { from, pixelBytes, places, depth, kernels: strip, kernelBytes, out, outBytes };
    const overPixels = (pixels: number, vectors: number): void => {
      upTo(c, row, rows, () => {
        c.get(image, row, windowStep).op('i32.mul').get(padColumns).op('i32.mul').i32(2).op('i32.shl', 'i32.add').set(from);
        c.get(sums, row, columns)
          .op('i32.mul')
          .get(channels)
          .op('i32.mul')
          .get(channel)
          .op('i32.add')
          .i32(2)
          .op('i32.shl', 'i32.add')
          .set(out);
        c.i32(0).set(column);
        for (const step of [pixels, 1]) {
          c.get(columns)
            .i32(step - 1)
            .op('i32.sub')
            .set(last);
          c.for(
            column,
            () => c.get(last),
            step,
            () => {
              tile(c, step, vectors, p);
              for (const [address, by] of [
                [from, pixelBytes],
                [out, outBytes],
              ])
                c.get(address, by).i32(step).op('i32.mul', 'i32.add').set(address);
            },
          );
        }
      });
    };
    c.get(kernels).set(strip);
    const strips = (columnsOfStrip: number, pixels: number, vectors: number, next: () => void): void => {
      c.get(channels)
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
    strips(STRIP, 2, STRIP / 4, () => bytes(c, depth, kernelBytes).i32(2).op('i32.shr_u'));
    c.get(channels, channel).op('i32.sub').set(rest);
    bytes(c, rest).set(kernelBytes);
    strips(4, 4, 1, () => c.i32(16));
    strips(1, 4, 0, () => c.i32(4));
  },
};
