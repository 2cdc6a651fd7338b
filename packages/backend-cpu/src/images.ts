/**
 * Convolution, pooling and their gradients as loops: the executable specification of the kernels. They add in the order that `@snn/core` states,
 * each product and each sum rounded, so that their bits are those of the compositions there.
 */
import { type NativeOps, sizeOf } from '@snn/core';
import { matmulInto } from './matmul.ts';
import { type CpuTensor, floatsOf, type Heap } from './storage.ts';

const { fround } = Math;

/** What is done on images. */
type ImageOps = Pick<
  NativeOps<CpuTensor>,
  'conv2d' | 'conv2dInputGradient' | 'conv2dWeightGradient' | 'avgPool2d' | 'avgPool2dGradient' | 'maxPool2d' | 'maxPool2dGradient'
>;

/** A window over an image: `rows x columns` of them, `h x w` taps each, and where in the image `[H, W]` they lie. */
interface Windows {
  readonly height: number;
  readonly width: number;
  readonly rows: number;
  readonly columns: number;
  readonly h: number;
  readonly w: number;
  readonly stride: number;
  readonly padding: number;
  readonly dilation: number;
}

const count = (size: number, taps: number, { stride, padding, dilation }: Pick<Windows, 'stride' | 'padding' | 'dilation'>): number =>
  Math.floor((size + 2 * padding - dilation * (taps - 1) - 1) / stride) + 1;

const windowsOf = (
  [height, width]: readonly number[],
  [h, w]: readonly number[],
  options: Pick<Windows, 'stride' | 'padding' | 'dilation'>,
): Windows => ({ height, width, h, w, ...options, rows: count(height, h, options), columns: count(width, w, options) });

/** The images and convolutions over one heap. */
export function imageOps(heap: Heap): ImageOps {
  /** `[rows, columns]` as `[columns, rows]`, in a new buffer. */
  const transposed = (x: Float32Array, rows: number, columns: number, start = 0): Float32Array => {
    const out = heap.floats(rows * columns);
    for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) out[j * rows + i] = x[start + i * columns + j];
    return out;
  };

  /** What the windows of one row of windows read of one image of `channels` channels: `[columns, channels h w]`. */
  const patches = (to: Float32Array, x: Float32Array, start: number, channels: number, row: number, windows: Windows): void => {
    const { height, width, columns, h, w, stride, padding, dilation } = windows;
    let at = 0;
    for (let column = 0; column < columns; column++) {
      for (let channel = 0; channel < channels; channel++) {
        for (let i = 0; i < h; i++) {
          const y = row * stride + i * dilation - padding;
          for (let j = 0; j < w; j++) {
            const z = column * stride + j * dilation - padding;
            const inside = y >= 0 && y < height && z >= 0 && z < width;
            to[at++] = inside ? x[start + (channel * height + y) * width + z] : 0;
          }
        }
      }
    }
  };

  /** Pools: `each` fills one image from one image. */
  const pool = (
    x: CpuTensor,
    size: number,
    stride: number,
    each: (out: Float32Array, to: number, from: Float32Array, at: number, windows: Windows) => void,
  ): CpuTensor => {
    const windows = windowsOf(x.shape.slice(2), [size, size], { stride, padding: 0, dilation: 1 });
    const { height, width, rows, columns } = windows;
    const shape = [...x.shape.slice(0, 2), rows, columns];
    const out = heap.floats(sizeOf(shape));
    const from = floatsOf(x);
    for (let image = 0; image < shape[0] * shape[1]; image++) each(out, image * rows * columns, from, image * height * width, windows);
    return heap.tensor(out, shape);
  };

  return {
    conv2d(x, weight, options) {
      const [n, c] = x.shape;
      const [o, , h, w] = weight.shape;
      const windows = windowsOf(x.shape.slice(2), [h, w], options);
      const { height, width, rows, columns } = windows;
      const from = floatsOf(x);
      const depth = c * h * w;
      const kernel = transposed(floatsOf(weight), o, depth);
      const seen = heap.floats(columns * depth);
      const line = heap.floats(columns * o);
      const out = heap.floats(n * o * rows * columns);
      for (let image = 0; image < n; image++) {
        for (let row = 0; row < rows; row++) {
          patches(seen, from, image * c * height * width, c, row, windows);
          line.fill(0);
          matmulInto(line, 0, seen, 0, kernel, 0, columns, depth, o);
          for (let k = 0; k < o; k++) {
            for (let column = 0; column < columns; column++) out[((image * o + k) * rows + row) * columns + column] = line[column * o + k];
          }
        }
      }
      return heap.tensor(out, [n, o, rows, columns]);
    },

    conv2dInputGradient(g, weight, size, options) {
      const [n, o] = g.shape;
      const [, c, h, w] = weight.shape;
      const { height, width, rows, columns, stride, padding, dilation } = windowsOf(size, [h, w], options);
      const from = floatsOf(g);
      const taps = floatsOf(weight);
      const kernel = heap.floats(taps.length);
      for (let k = 0; k < o; k++) {
        for (let channel = 0; channel < c; channel++)
          for (let tap = 0; tap < h * w; tap++) kernel[(k * h * w + tap) * c + channel] = taps[(k * c + channel) * h * w + tap];
      }
      const line = heap.floats(height * width * c);
      const out = heap.floats(n * c * height * width);
      for (let image = 0; image < n; image++) {
        line.fill(0);
        for (let k = 0; k < o; k++) {
          // a pixel's taps ascend when the windows that read it descend
          for (let row = rows - 1; row >= 0; row--) {
            for (let column = columns - 1; column >= 0; column--) {
              const value = from[((image * o + k) * rows + row) * columns + column];
              if (value === 0) continue;
              for (let i = 0; i < h; i++) {
                const y = row * stride + i * dilation - padding;
                if (y < 0 || y >= height) continue;
                for (let j = 0; j < w; j++) {
                  const z = column * stride + j * dilation - padding;
                  if (z < 0 || z >= width) continue;
                  const to = (y * width + z) * c;
                  const at = ((k * h + i) * w + j) * c;
                  for (let channel = 0; channel < c; channel++) line[to + channel] += fround(value * kernel[at + channel]);
                }
              }
            }
          }
        }
        out.set(transposed(line, height * width, c), image * c * height * width);
      }
      return heap.tensor(out, [n, c, height, width]);
    },

    conv2dWeightGradient(x, g, size, options) {
      const [n, c] = x.shape;
      const o = g.shape[1];
      const windows = windowsOf(x.shape.slice(2), size, options);
      const { height, width, rows, columns } = windows;
      const from = floatsOf(x);
      const cotangents = floatsOf(g);
      const depth = c * sizeOf(size);
      const seen = heap.floats(columns * depth);
      // [C h w, O]: the sums over a row of windows continue those over the rows before
      const sums = heap.floats(depth * o).fill(0);
      for (let image = 0; image < n; image++) {
        const turned = transposed(cotangents, o, rows * columns, image * o * rows * columns);
        for (let row = 0; row < rows; row++) {
          patches(seen, from, image * c * height * width, c, row, windows);
          for (let column = 0; column < columns; column++) {
            const at = (row * columns + column) * o;
            for (let p = 0; p < depth; p++) {
              const value = seen[column * depth + p];
              if (value !== 0) for (let k = 0; k < o; k++) sums[p * o + k] += fround(value * turned[at + k]);
            }
          }
        }
      }
      return heap.tensor(transposed(sums, depth, o), [o, c, ...size]);
    },

    avgPool2d: (x, size, stride) =>
      pool(x, size, stride, (out, to, from, at, { width, rows, columns }) => {
        for (let row = 0; row < rows; row++) {
          for (let column = 0; column < columns; column++) {
            const corner = at + row * stride * width + column * stride;
            let sum = from[corner];
            for (let tap = 1; tap < size * size; tap++) sum = fround(sum + from[corner + Math.floor(tap / size) * width + (tap % size)]);
            out[to + row * columns + column] = sum / (size * size);
          }
        }
      }),

    avgPool2dGradient(g, image, size, stride) {
      const { height, width, rows, columns } = windowsOf(image, [size, size], { stride, padding: 0, dilation: 1 });
      const [n, c] = g.shape;
      const from = floatsOf(g);
      const out = heap.floats(n * c * height * width).fill(0);
      for (let k = 0; k < n * c; k++) {
        for (let row = rows - 1; row >= 0; row--) {
          for (let column = columns - 1; column >= 0; column--) {
            const share = fround(from[(k * rows + row) * columns + column] / (size * size));
            const corner = (k * height + row * stride) * width + column * stride;
            for (let tap = 0; tap < size * size; tap++) out[corner + Math.floor(tap / size) * width + (tap % size)] += share;
          }
        }
      }
      return heap.tensor(out, [n, c, height, width]);
    },

    maxPool2d: (x, size, stride) =>
      pool(x, size, stride, (out, to, from, at, { width, rows, columns }) => {
        for (let row = 0; row < rows; row++) {
          for (let column = 0; column < columns; column++) {
            const corner = at + row * stride * width + column * stride;
            let top = from[corner];
            for (let tap = 1; tap < size * size; tap++) top = Math.max(top, from[corner + Math.floor(tap / size) * width + (tap % size)]);
            out[to + row * columns + column] = top;
          }
        }
      }),

    maxPool2dGradient(x, g, size, stride) {
      const { height, width, rows, columns } = windowsOf(x.shape.slice(2), [size, size], { stride, padding: 0, dilation: 1 });
      const [n, c] = x.shape;
      const from = floatsOf(x);
      const cotangents = floatsOf(g);
      const out = heap.floats(n * c * height * width).fill(0);
      for (let k = 0; k < n * c; k++) {
        for (let row = rows - 1; row >= 0; row--) {
          for (let column = columns - 1; column >= 0; column--) {
            const corner = (k * height + row * stride) * width + column * stride;
            let top = from[corner];
            let chosen = corner;
            for (let tap = 1; tap < size * size; tap++) {
              const at = corner + Math.floor(tap / size) * width + (tap % size);
              if (from[at] > top) chosen = at;
              top = Math.max(top, from[at]);
            }
            out[chosen] += cotangents[(k * rows + row) * columns + column];
          }
        }
      }
      return heap.tensor(out, [n, c, height, width]);
    },
  };
}
