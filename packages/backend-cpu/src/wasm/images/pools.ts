/** Pooling and its gradients. All take images `from` to `to`, each of `channels` planes, and no scratch memory. */
import type { Code, FunctionSpec, Local } from '@snn/compile/wasm';
import { bytes, integerParameters, integers, upTo } from './emit.ts';

/** What the pools take beside their operands, in order: `rows x columns` pixels, `outRows x outColumns` windows. */
export const POOL = ['channels', 'rows', 'columns', 'outRows', 'outColumns', 'size', 'stride'] as const;

type Numbers = Readonly<Record<(typeof POOL)[number], Local>>;
const named = (numbers: readonly Local[]): Numbers => Object.fromEntries(POOL.map((name, i) => [name, numbers[i]])) as Numbers;

/** Emits the walk over the planes of images `from` to `to`, with the addresses of the plane's pixels and windows. */
function overPlanes(
  c: Code,
  n: Numbers,
  from: Local,
  to: Local,
  pixels: Local,
  windows: Local,
  body: (pixel: Local, window: Local) => void,
): void {
  const [plane, end, pixel, window] = integers(c, 4);
  c.get(to, n.channels).op('i32.mul').set(end);
  c.get(from, n.channels).op('i32.mul').set(plane);
  c.for(
    plane,
    () => c.get(end),
    1,
    () => {
      c.get(pixels);
      bytes(c, plane, n.rows, n.columns).op('i32.add').set(pixel).get(windows);
      bytes(c, plane, n.outRows, n.outColumns).op('i32.add').set(window);
      body(pixel, window);
    },
  );
}

/** name(x, out, from, to, scratch, ...POOL): windows of one row are vectorised at strides 1 and 2. */
const pool = (name: string, operation: 'add' | 'max'): FunctionSpec => ({
  name,
  parameters: integerParameters(5 + POOL.length),
  build(c, x, out, from, to, _scratch, ...numbers) {
    const n = named(numbers);
    const [row, column, limit, corner, at, i, j, rowBytes, four] = integers(c, 9);
    bytes(c, n.columns).set(rowBytes);
    /** Emits the window at `corner`, or four of them that begin there, and leaves the result on the stack. */
    const window = (stride: 0 | 1 | 2): void => {
      const type = stride === 0 ? 'f32' : 'v128';
      const sum = c.local(type);
      const load = (offset = 0): void => {
        if (stride === 0) c.get(at).memory('f32.load', offset);
        else if (stride === 1) c.get(at).memory('v128.load', offset);
        else
          c.get(at)
            .memory('v128.load', offset)
            .get(at)
            .memory('v128.load', offset + 16)
            .shuffle(0, 2, 4, 6);
      };
      const combine = (): void => void c.op(stride === 0 ? `f32.${operation}` : `f32x4.${operation}`);
      const general = (): void => {
        load();
        c.set(sum);
        upTo(c, i, n.size, () => {
          c.get(corner, i, rowBytes).op('i32.mul', 'i32.add').set(at);
          upTo(c, j, n.size, () => {
            c.get(i, j).op('i32.or');
            c.if(() => {
              c.get(sum);
              load();
              combine();
              c.set(sum);
            });
            c.increment(at, 4);
          });
        });
      };
      // the usual size, without loops
      const twoByTwo = (): void => {
        load();
        load(4);
        combine();
        c.get(corner, rowBytes).op('i32.add').set(at);
        load();
        combine();
        load(4);
        combine();
        c.set(sum);
      };
      c.get(corner).set(at).get(n.size).i32(2).op('i32.eq');
      c.if(twoByTwo, general);
      c.get(sum);
      if (operation === 'max') return;
      c.get(n.size, n.size).op('i32.mul', 'f32.convert_i32_s');
      if (stride === 0) c.op('f32.div');
      else c.op('f32x4.splat', 'f32x4.div');
    };
    const place = (): void => {
      c.get(column, n.stride).op('i32.mul').i32(2).op('i32.shl').get(four).op('i32.add').set(corner);
    };
    overPlanes(c, n, from, to, x, out, (pixel, target) => {
      upTo(c, row, n.outRows, () => {
        c.get(pixel, row, n.stride).op('i32.mul').get(rowBytes).op('i32.mul', 'i32.add').set(four);
        c.i32(0).set(column);
        for (const stride of [1, 2] as const) {
          // four windows need stride * 3 + size pixels; the loads of stride 2 reach one further
          c.get(n.stride).i32(stride).op('i32.eq');
          c.if(() => {
            c.get(n.outColumns)
              .i32(stride === 1 ? 3 : 4)
              .op('i32.sub')
              .set(limit);
            c.for(
              column,
              () => c.get(limit),
              4,
              () => {
                place();
                c.element(target, column);
                window(stride);
                c.memory('v128.store');
              },
            );
          });
        }
        c.for(
          column,
          () => c.get(n.outColumns),
          1,
          () => {
            place();
            c.element(target, column);
            window(0);
            c.memory('f32.store');
          },
        );
        c.get(target);
        bytes(c, n.outColumns).op('i32.add').set(target);
      });
    });
  },
});

/** imageMean(x, out, from, to, scratch, ...POOL): `avgPool2d`. */
export const imageMean: FunctionSpec = pool('imageMean', 'add');
/** imageLargest(x, out, from, to, scratch, ...POOL): `maxPool2d`. */
export const imageLargest: FunctionSpec = pool('imageLargest', 'max');

/** Emits zeros for the pixels of images `from` to `to`. */
function clear(c: Code, n: Numbers, from: Local, to: Local, out: Local): void {
  const image = c.local('i32');
  bytes(c, n.channels, n.rows, n.columns).set(image);
  c.get(out, from, image).op('i32.mul', 'i32.add').i32(0).get(to, from).op('i32.sub').get(image).op('i32.mul', 'memory.fill');
}

/** Emits the walk over a plane's windows from the last to the first: a pixel's places in them then ascend. `corner`: address of the first pixel. */
function downWindows(c: Code, n: Numbers, plane: Local, body: (row: Local, column: Local, corner: Local) => void): void {
  const [row, column, corner] = integers(c, 3);
  c.get(n.outRows).set(row);
  c.repeat(
    () => c.get(row),
    () => {
      c.increment(row, -1).get(n.outColumns).set(column);
      c.repeat(
        () => c.get(column),
        () => {
          c.increment(column, -1);
          c.get(plane, row, n.stride).op('i32.mul').get(n.columns).op('i32.mul').get(column, n.stride).op('i32.mul', 'i32.add');
          c.i32(2).op('i32.shl', 'i32.add').set(corner);
          body(row, column, corner);
        },
      );
    },
  );
}

/** Emits the walk over the pixels of the window at `corner`; `at` is a pixel's address. */
function overWindow(c: Code, n: Numbers, corner: Local, at: Local, body: () => void): void {
  const [i, j] = integers(c, 2);
  upTo(c, i, n.size, () => {
    c.get(corner);
    bytes(c, i, n.columns).op('i32.add').set(at);
    upTo(c, j, n.size, () => {
      body();
      c.increment(at, 4);
    });
  });
}

/** Put the number of a window in a plane of windows on the stack. */
const windowNumber = (c: Code, n: Numbers, plane: Local, row: Local, column: Local): Code =>
  c.get(plane, row, n.outColumns).op('i32.mul').get(column).op('i32.add').i32(2).op('i32.shl', 'i32.add').memory('f32.load');

/** imageMeanGradient(g, out, from, to, scratch, ...POOL): `avgPool2dGradient`; windows of 2 x 2 side by side are vectorised. */
export const imageMeanGradient: FunctionSpec = {
  name: 'imageMeanGradient',
  parameters: integerParameters(5 + POOL.length),
  build(c, g, out, from, to, _scratch, ...numbers) {
    const n = named(numbers);
    const [row, column, limit, at, target, rowBytes] = integers(c, 6);
    const count = c.local('f32');
    const share = c.local('f32');
    const shares = c.local('v128');
    const half = c.local('v128');
    bytes(c, n.columns).set(rowBytes);
    c.get(n.size, n.size).op('i32.mul', 'f32.convert_i32_s').set(count);
    const single = (): void =>
      overPlanes(c, n, from, to, out, g, (pixels, windows) =>
        downWindows(c, n, pixels, (r, k, corner) => {
          windowNumber(c, n, windows, r, k).get(count).op('f32.div').set(share);
          overWindow(c, n, corner, at, () => c.get(at, at).memory('f32.load').get(share).op('f32.add').memory('f32.store'));
        }),
      );
    const twoByTwo = (): void =>
      overPlanes(c, n, from, to, out, g, (pixels, windows) => {
        c.get(n.outColumns).i32(3).op('i32.sub').set(limit);
        upTo(c, row, n.outRows, () => {
          c.get(pixels, row, rowBytes).op('i32.mul').i32(1).op('i32.shl', 'i32.add').set(target);
          c.i32(0).set(column);
          c.for(
            column,
            () => c.get(limit),
            4,
            () => {
              // + 0: a sum that starts at +0
              c.get(windows).memory('v128.load').get(count).op('f32x4.splat', 'f32x4.div').f32x4(0).op('f32x4.add').set(shares);
              for (const side of [0, 2] as const) {
                c.get(shares, shares)
                  .shuffle(side, side, side + 1, side + 1)
                  .set(half);
                c.get(target, half).memory('v128.store', 8 * side);
                c.get(target, rowBytes)
                  .op('i32.add')
                  .get(half)
                  .memory('v128.store', 8 * side);
              }
              c.increment(windows, 16).increment(target, 32);
            },
          );
          c.for(
            column,
            () => c.get(n.outColumns),
            1,
            () => {
              c.get(windows).memory('f32.load').get(count).op('f32.div').f32(0).op('f32.add').set(share);
              for (const offset of [0, 4]) {
                c.get(target, share).memory('f32.store', offset);
                c.get(target, rowBytes).op('i32.add').get(share).memory('f32.store', offset);
              }
              c.increment(windows, 4).increment(target, 8);
            },
          );
        });
      });
    // all pixels are written where windows of 2 x 2 leave none out
    c.get(n.size).i32(2).op('i32.eq').get(n.stride).i32(2).op('i32.eq', 'i32.and');
    c.get(n.outRows)
      .i32(1)
      .op('i32.shl')
      .get(n.rows)
      .op('i32.eq', 'i32.and')
      .get(n.outColumns)
      .i32(1)
      .op('i32.shl')
      .get(n.columns)
      .op('i32.eq', 'i32.and');
    c.if(twoByTwo, () => {
      clear(c, n, from, to, out);
      single();
    });
  },
};

/** imageLargestGradient(x, g, out, from, to, scratch, ...POOL): `maxPool2dGradient`. */
export const imageLargestGradient: FunctionSpec = {
  name: 'imageLargestGradient',
  parameters: integerParameters(6 + POOL.length),
  build(c, x, g, out, from, to, _scratch, ...numbers) {
    const n = named(numbers);
    const [at, chosen, shift] = integers(c, 3);
    const [top, value] = [c.local('f32'), c.local('f32')];
    clear(c, n, from, to, out);
    c.get(out, x).op('i32.sub').set(shift);
    overPlanes(c, n, from, to, x, g, (pixels, windows) =>
      downWindows(c, n, pixels, (row, column, corner) => {
        c.get(corner).tee(chosen).memory('f32.load').set(top);
        overWindow(c, n, corner, at, () => {
          c.get(at).memory('f32.load').tee(value).get(top).op('f32.gt');
          c.if(() => c.get(at).set(chosen));
          c.get(top, value).op('f32.max').set(top);
        });
        c.get(chosen, shift).op('i32.add').tee(chosen).get(chosen).memory('f32.load');
        windowNumber(c, n, windows, row, column).op('f32.add').memory('f32.store');
      }),
    );
  },
};

/** Channels whose sums are taken at once: each is a chain of additions that wait for each other. */
const CHAINS = 8;

/** What `imageSums` takes beside its operands, in order. */
export const SUMS = ['images', 'channels', 'pixels'] as const;

/** imageSums(x, out, from, to, scratch, ...SUMS): for steps `from` to `to` the sum of each channel over images and pixels, in order, from +0. */
export const imageSums: FunctionSpec = {
  name: 'imageSums',
  parameters: integerParameters(5 + SUMS.length),
  build(c, x, out, from, to, _scratch, images, channels, pixels) {
    const [step, channel, limit, image, pixel, at, plane] = integers(c, 7);
    bytes(c, pixels).set(plane);
    c.get(from).set(step);
    c.for(
      step,
      () => c.get(to),
      1,
      () => {
        c.i32(0).set(channel);
        for (const chains of [CHAINS, 1]) {
          const sums = Array.from({ length: chains }, () => c.local('f32'));
          const ats = integers(c, chains);
          c.get(channels)
            .i32(chains - 1)
            .op('i32.sub')
            .set(limit);
          c.for(
            channel,
            () => c.get(limit),
            chains,
            () => {
              for (const sum of sums) c.f32(0).set(sum);
              upTo(c, image, images, () => {
                c.get(x, step, images).op('i32.mul').get(image).op('i32.add').get(channels).op('i32.mul').get(channel).op('i32.add');
                c.get(plane).op('i32.mul', 'i32.add').set(at);
                for (const one of ats) c.get(at).set(one).get(at, plane).op('i32.add').set(at);
                upTo(c, pixel, pixels, () => {
                  for (const [k, one] of ats.entries()) c.get(sums[k]).element(one, pixel).memory('f32.load').op('f32.add').set(sums[k]);
                });
              });
              c.get(out, step, channels).op('i32.mul').get(channel).op('i32.add').i32(2).op('i32.shl', 'i32.add').set(at);
              for (const [k, sum] of sums.entries()) c.get(at, sum).memory('f32.store', 4 * k);
            },
          );
        }
      },
    );
  },
};
