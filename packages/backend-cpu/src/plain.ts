/**
 * The CPU backend, plain tier: typed arrays and loops, written to be read. It is the executable specification of the contract; every faster
 * path, here and in other packages, is compared with it bit for bit.
 */
import {
  type Backend,
  type BackendImplementation,
  broadcastShapes,
  defineBackend,
  dtypeError,
  infer,
  type NativeOps,
  type Operand,
  type Supports,
  sizeOf,
  type TypedArray,
} from '@snn/core';
import { BINARY, UNARY } from './elementwise.ts';
import { matmulInto } from './matmul.ts';
import { nativeOps } from './native.ts';
import { maxInto, sumInto } from './reduce.ts';
import { type CpuTensor, dataOf, floatsOf, Heap } from './storage.ts';
import { forEachBlock, stridesFor } from './strides.ts';

/** A backend with tensors in main memory that can be read at once. */
export type CpuBackend = Backend<CpuTensor> & Required<Pick<Backend<CpuTensor>, 'readSync' | 'memory'>>;

/** The plain tier, with tensors over memory that is not its own: for executors of this package. */
export interface PlainCpu extends CpuBackend {
  /** A tensor that shares `data`, which must stay as it is for as long as the tensor is used. */
  view(data: Float32Array, shape: readonly number[]): CpuTensor;
  /** A tensor that owns `data`. */
  adopt(data: Float32Array, shape: readonly number[]): CpuTensor;
  /** Where tensors lie. */
  readonly heap: Heap;
}

/** What the plain tier claims. */
export const SUPPORTS: Supports = {
  dtypes: ['float32', 'int32', 'bool'],
  maxRank: 32,
  syncRead: true,
  memory: 'gc',
  exactF32: true,
  nonFinite: true,
  relativeError: 2 ** -23,
  compile: 'none',
};

/** The plain tier by itself: no WASM, no threads, ready at once. */
export const plainCpu = (): PlainCpu => plainOver(new Heap());

/** The plain tier with tensors on a given heap, and with faster forms of some derived operations. */
export function plainOver(heap: Heap, faster: Partial<NativeOps<CpuTensor>> = {}): PlainCpu {
  const floats = (x: Operand<CpuTensor>): Float32Array => (typeof x === 'number' ? Float32Array.of(x) : floatsOf(x));
  const shapeOf = (x: Operand<CpuTensor>): readonly number[] => (typeof x === 'number' ? [] : x.shape);

  const binary = (op: keyof typeof BINARY) => {
    const kernel = BINARY[op];
    return (x: Operand<CpuTensor>, y: Operand<CpuTensor>): CpuTensor => {
      const shape = broadcastShapes(op, shapeOf(x), shapeOf(y));
      const a = floats(x);
      const b = floats(y);
      const out = heap.floats(sizeOf(shape));
      forEachBlock(shape, [stridesFor(shapeOf(x), shape), stridesFor(shapeOf(y), shape)], (at, rows, columns, starts, rowSteps, steps) =>
        kernel(out, a, b, at, rows, columns, starts[0], starts[1], rowSteps[0], rowSteps[1], steps[0], steps[1]),
      );
      return heap.tensor(out, shape);
    };
  };

  const unary =
    (op: keyof typeof UNARY) =>
    (x: CpuTensor): CpuTensor => {
      const out = heap.floats(sizeOf(x.shape));
      UNARY[op](out, floatsOf(x));
      return heap.tensor(out, x.shape);
    };

  const reduced = (x: CpuTensor, axes: readonly number[]): number[] => x.shape.map((n, i) => (axes.includes(i) ? 1 : n));

  /** A row-major copy of `x` read with `strides` from `start`. */
  const copy = (x: CpuTensor, shape: readonly number[], strides: readonly number[], start = 0): CpuTensor => {
    const from = dataOf(x);
    const out = heap.array(x.dtype, sizeOf(shape));
    forEachBlock(shape, [strides], (at, rows, columns, [first], [rowStep], [step]) => {
      // long runs by the engine's own copy and fill: an eighth of the time
      const whole = columns >= 32 && step <= 1;
      for (let r = 0, o = at; r < rows; r++) {
        const row = start + first + r * rowStep;
        if (!whole) for (let c = 0, i = row; c < columns; c++, i += step) out[o++] = from[i];
        else {
          if (step === 1) out.set(from.subarray(row, row + columns), o);
          else out.fill(from[row], o, o + columns);
          o += columns;
        }
      }
    });
    return heap.tensor(out, shape, x.dtype);
  };

  const implementation: BackendImplementation<CpuTensor> = {
    name: 'cpu',
    supports: SUPPORTS,
    native: { ...nativeOps(heap), ...faster },
    fromData(data, shape, dtype = 'float32') {
      const out = heap.array(dtype, data.length);
      if (dtype === 'bool') for (let i = 0; i < out.length; i++) out[i] = data[i] ? 1 : 0;
      else out.set(data);
      const broken = dtype === 'int32' ? out.findIndex((x, i) => x !== data[i]) : -1;
      if (broken >= 0)
        throw dtypeError(`fromData: ${data[broken]} at index ${broken} is not a whole number of 32 bits, which int32 needs.`);
      return heap.tensor(out, shape, dtype);
    },
    read: async (x) => dataOf(x).slice(),
    readSync: (x): TypedArray => dataOf(x).slice(),
    dispose: (x) => heap.release(x),
    memory: () => ({ tensors: heap.tensors, bytes: heap.bytes }),

    add: binary('add'),
    sub: binary('sub'),
    mul: binary('mul'),
    div: binary('div'),
    max: binary('max'),
    gt: binary('gt'),
    where(condition, x, y) {
      const { shape } = infer('where', [condition, x, y], []);
      const test = dataOf(condition);
      const a = floats(x);
      const b = floats(y);
      const out = heap.floats(sizeOf(shape));
      const strides = [stridesFor(condition.shape, shape), stridesFor(shapeOf(x), shape), stridesFor(shapeOf(y), shape)];
      forEachBlock(shape, strides, (at, rows, columns, starts, rowSteps, [k, l, m]) => {
        for (let r = 0, o = at; r < rows; r++) {
          let [i, j, h] = starts.map((start, n) => start + r * rowSteps[n]);
          for (let c = 0; c < columns; c++, i += k, j += l, h += m) out[o++] = test[i] !== 0 ? a[j] : b[h];
        }
      });
      return heap.tensor(out, shape);
    },
    exp: unary('exp'),
    log: unary('log'),
    sqrt: unary('sqrt'),
    floor: unary('floor'),
    sum(x, axes) {
      const shape = reduced(x, axes);
      const out = heap.floats(sizeOf(shape)).fill(0);
      sumInto(out, shape, floatsOf(x), x.shape);
      return heap.tensor(out, shape);
    },
    reduceMax(x, axes) {
      const shape = reduced(x, axes);
      const out = heap.floats(sizeOf(shape)).fill(-Infinity);
      maxInto(out, shape, floatsOf(x), x.shape);
      return heap.tensor(out, shape);
    },
    matmul(x, y) {
      const rank = x.shape.length;
      const [m, k] = x.shape.slice(-2);
      const n = y.shape[rank - 1];
      const batches = sizeOf(x.shape.slice(0, -2));
      const a = floatsOf(x);
      const b = floatsOf(y);
      const out = heap.floats(batches * m * n).fill(0);
      for (let i = 0; i < batches; i++) matmulInto(out, i * m * n, a, i * m * k, b, i * k * n, m, k, n);
      return heap.tensor(out, [...x.shape.slice(0, -1), n]);
    },
    reshape: (x, shape) => heap.view(x, [...shape]),
    permute(x, axes) {
      const strides = stridesFor(x.shape, x.shape);
      return copy(
        x,
        axes.map((axis) => x.shape[axis]),
        axes.map((axis) => strides[axis]),
      );
    },
    broadcast: (x, shape) => copy(x, [...shape], stridesFor(x.shape, shape)),
    slice(x, begin, size) {
      const strides = stridesFor(x.shape, x.shape);
      return copy(
        x,
        [...size],
        strides,
        begin.reduce((start, index, axis) => start + index * strides[axis], 0),
      );
    },
    concat(parts, axis) {
      const [{ dtype, shape: like }] = parts;
      const shape = like.map((n, i) => (i === axis ? parts.reduce((total, part) => total + part.shape[axis], 0) : n));
      const inner = sizeOf(like.slice(axis + 1));
      const outer = sizeOf(like.slice(0, axis));
      const out = heap.array(dtype, sizeOf(shape));
      let at = 0;
      for (let i = 0; i < outer; i++) {
        for (const part of parts) {
          const length = part.shape[axis] * inner;
          out.set(dataOf(part).subarray(i * length, (i + 1) * length), at);
          at += length;
        }
      }
      return heap.tensor(out, shape, dtype);
    },
  };
  return {
    ...(defineBackend(implementation) as CpuBackend),
    view: (data, shape) => ({ shape, dtype: 'float32', storage: { data, uses: 1, held: 0 } }),
    adopt: (data, shape) => heap.tensor(data, shape),
    heap,
  };
}
