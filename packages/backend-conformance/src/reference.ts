/**
 * The oracle: a complete backend in which every element is computed by itself from its index, with no strides, blocks, views, pools or fast
 * paths. Slow, and short enough to be believed by reading. It shares no code with any other backend.
 *
 * In float32 every operation is rounded, in the contract's order: the bits that a backend with `exactF32` must give. In float64 nothing is
 * rounded: what gradients and approximate backends are measured against.
 */
import {
  type Backend,
  broadcastShapes,
  type DType,
  defineBackend,
  dtypeError,
  exp32,
  log32,
  type Operand,
  sizeOf,
  type TensorMeta,
  type TypedArray,
} from '@snn/core';

/** A tensor of the reference backend. */
export interface ReferenceTensor extends TensorMeta {
  readonly values: Float64Array;
}

/** The reference backend can be read at once and counts its tensors. */
export type ReferenceBackend = Backend<ReferenceTensor> & Required<Pick<Backend<ReferenceTensor>, 'readSync' | 'memory'>>;

/** How the reference backend computes. */
export interface ReferenceOptions {
  /** `float64` (default): doubles, unrounded, read as `Float64Array`. `float32`: rounded after each operation, read as `Float32Array`. */
  readonly precision?: 'float64' | 'float32';
}

/** The index along each axis of element number `flat` of a row-major `shape`. */
function indexOf(flat: number, shape: readonly number[]): number[] {
  const index = new Array<number>(shape.length);
  let rest = flat;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    index[axis] = rest % shape[axis];
    rest = Math.floor(rest / shape[axis]);
  }
  return index;
}

/** The number of the element at `index` of a row-major `shape`. */
function flatOf(index: readonly number[], shape: readonly number[]): number {
  let flat = 0;
  for (let axis = 0; axis < shape.length; axis++) flat = flat * shape[axis] + index[axis];
  return flat;
}

/** Where NumPy broadcasting finds, in `shape`, the element for `index` of a larger shape. */
function stretchedFlat(index: readonly number[], shape: readonly number[]): number {
  const last = index.slice(index.length - shape.length);
  return flatOf(
    last.map((i, axis) => (shape[axis] === 1 ? 0 : i)),
    shape,
  );
}

/** Make a reference backend. */
export function reference(options: ReferenceOptions = {}): ReferenceBackend {
  const single = options.precision === 'float32';
  const round = single ? Math.fround : (x: number): number => x;
  let tensors = 0;
  let bytes = 0;

  /** A tensor of `shape` whose element at each index is what `element` says. */
  const build = (shape: readonly number[], dtype: DType, element: (index: number[], flat: number) => number): ReferenceTensor => {
    const values = new Float64Array(sizeOf(shape));
    for (let flat = 0; flat < values.length; flat++) values[flat] = element(indexOf(flat, shape), flat);
    tensors++;
    bytes += values.byteLength;
    return { shape: [...shape], dtype, values };
  };
  const shapeOf = (x: Operand<ReferenceTensor>): readonly number[] => (typeof x === 'number' ? [] : x.shape);
  const pick = (x: Operand<ReferenceTensor>, index: readonly number[]): number =>
    typeof x === 'number' ? round(x) : round(x.values[stretchedFlat(index, x.shape)]);

  const unary =
    (f: (x: number) => number) =>
    (x: ReferenceTensor): ReferenceTensor =>
      build(x.shape, 'float32', (_, flat) => round(f(round(x.values[flat]))));
  const binary =
    (name: string, f: (x: number, y: number) => number) =>
    (x: Operand<ReferenceTensor>, y: Operand<ReferenceTensor>): ReferenceTensor =>
      build(broadcastShapes(name, shapeOf(x), shapeOf(y)), 'float32', (index) => round(f(pick(x, index), pick(y, index))));

  /** Fold the elements of `x` over `axes`, in ascending order, into elements that start as `first`. */
  const reduce = (x: ReferenceTensor, axes: readonly number[], first: number, f: (total: number, value: number) => number) => {
    const shape = x.shape.map((n, axis) => (axes.includes(axis) ? 1 : n));
    const out = build(shape, 'float32', () => first);
    for (let flat = 0; flat < x.values.length; flat++) {
      const to = stretchedFlat(indexOf(flat, x.shape), shape);
      out.values[to] = round(f(out.values[to], round(x.values[flat])));
    }
    return out;
  };

  const store = (x: number, dtype: DType, at: number): number => {
    if (dtype === 'float32') return round(x);
    if (dtype === 'bool') return x ? 1 : 0;
    if ((x | 0) !== x) throw dtypeError(`fromData: ${x} at index ${at} is not a whole number of 32 bits, which int32 needs.`);
    return x | 0;
  };
  const copy = ({ values, dtype }: ReferenceTensor): TypedArray => {
    if (dtype === 'int32') return Int32Array.from(values);
    if (dtype === 'bool') return Uint8Array.from(values);
    return single ? Float32Array.from(values) : values.slice();
  };

  return defineBackend<ReferenceTensor>({
    name: single ? 'reference-float32' : 'reference-float64',
    supports: {
      dtypes: ['float32', 'int32', 'bool'],
      maxRank: 32,
      syncRead: true,
      memory: 'gc',
      exactF32: single,
      nonFinite: true,
      relativeError: single ? 2 ** -23 : 2 ** -52,
      compile: 'none',
    },
    fromData: (data, shape, dtype = 'float32') => build(shape, dtype, (_, flat) => store(data[flat], dtype, flat)),
    read: async (x) => copy(x),
    readSync: copy,
    dispose(x) {
      tensors--;
      bytes -= x.values.byteLength;
    },
    memory: () => ({ tensors, bytes }),
    // the derived tanh is a polynomial of float32 precision
    native: single ? {} : { tanh: unary(Math.tanh) },

    add: binary('add', (x, y) => x + y),
    sub: binary('sub', (x, y) => x - y),
    mul: binary('mul', (x, y) => x * y),
    div: binary('div', (x, y) => x / y),
    max: binary('max', Math.max),
    gt: binary('gt', (x, y) => (x > y ? 1 : 0)),
    where: (condition, x, y) =>
      build(broadcastShapes('where', condition.shape, broadcastShapes('where', shapeOf(x), shapeOf(y))), 'float32', (index) =>
        pick(condition, index) !== 0 ? pick(x, index) : pick(y, index),
      ),
    exp: unary(single ? exp32 : Math.exp),
    log: unary(single ? log32 : Math.log),
    sqrt: unary(Math.sqrt),
    floor: unary(Math.floor),

    sum: (x, axes) => reduce(x, axes, 0, (total, value) => total + value),
    reduceMax: (x, axes) => reduce(x, axes, -Infinity, Math.max),
    matmul(x, y) {
      const lead = x.shape.slice(0, -2);
      const [rows, inner] = x.shape.slice(-2);
      const columns = y.shape[y.shape.length - 1];
      return build([...lead, rows, columns], 'float32', (index) => {
        const batch = index.slice(0, -2);
        const [row, column] = index.slice(-2);
        let total = 0;
        for (let k = 0; k < inner; k++) {
          const left = round(x.values[flatOf([...batch, row, k], x.shape)]);
          const right = round(y.values[flatOf([...batch, k, column], y.shape)]);
          total = round(total + round(left * right));
        }
        return total;
      });
    },

    reshape: (x, shape) => build(shape, x.dtype, (_, flat) => x.values[flat]),
    permute: (x, axes) =>
      build(
        axes.map((axis) => x.shape[axis]),
        x.dtype,
        (index) =>
          x.values[
            flatOf(
              x.shape.map((_, axis) => index[axes.indexOf(axis)]),
              x.shape,
            )
          ],
      ),
    broadcast: (x, shape) => build(shape, x.dtype, (index) => x.values[stretchedFlat(index, x.shape)]),
    slice: (x, begin, size) =>
      build(
        size,
        x.dtype,
        (index) =>
          x.values[
            flatOf(
              index.map((i, axis) => begin[axis] + i),
              x.shape,
            )
          ],
      ),
    concat(parts, axis) {
      const total = parts.reduce((sum, part) => sum + part.shape[axis], 0);
      return build(
        parts[0].shape.map((n, i) => (i === axis ? total : n)),
        parts[0].dtype,
        (index) => {
          let at = index[axis];
          let part = 0;
          while (at >= parts[part].shape[axis]) at -= parts[part++].shape[axis];
          return parts[part].values[
            flatOf(
              index.map((i, k) => (k === axis ? at : i)),
              parts[part].shape,
            )
          ];
        },
      );
    },
  }) as ReferenceBackend;
}
