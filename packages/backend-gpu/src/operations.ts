/** The primitives of the contract as kernels of a device, in the order in which they are asked for. */
import {
  type BackendImplementation,
  broadcastShapes,
  type DType,
  infer,
  type Operand,
  type OpName,
  type Ops,
  sizeOf,
  type TypedArray,
} from '@snn/core';
import { mergeAxes, stridesFor } from './axes.ts';
import type { Device } from './device.ts';
import { DeviceError, isDeviceError } from './device-error.ts';
import type { DeviceValue } from './gpu-js.ts';
import { Queue } from './queue.ts';
import { type Access, concatSource, elementwiseSource, expressionsOf, MATMUL, reduceSource, TRANSPOSED_MATMUL } from './sources.ts';
import type { GpuTensor, Storage } from './tensor.ts';
import { fits, multiply, type Product } from './web-gpu-matmul.ts';

/** What computes the results of a kernel with several of them from the operands' values. */
export type Launch = (values: readonly DeviceValue[]) => readonly DeviceValue[] | Promise<readonly DeviceValue[]>;

/** The primitives, and what compiled programs need besides. */
export interface GpuOperations extends Omit<BackendImplementation<GpuTensor>, 'name' | 'supports'> {
  memory(): { readonly tensors: number; readonly bytes: number };
  /** Tensors of these shapes that `launch` computes, when the device gets there. */
  compute(what: string, shapes: readonly (readonly number[])[], inputs: readonly GpuTensor[], launch: Launch): GpuTensor[];
  /** x^T g over all steps, the last one first: `[T, R, M]` and `[T, R, N]` to `[M, N]`. */
  productOverTime(x: GpuTensor, g: GpuTensor): GpuTensor;
  /** The steps of `[T, ...]` in reverse. */
  reverse(x: GpuTensor): GpuTensor;
  /** Do something after all that was asked for before. */
  later(task: () => void): void;
}

/** The operations of a device. */
export function operations(device: Device): GpuOperations {
  const queue = new Queue();
  let tensors = 0;
  let bytes = 0;

  const wrap = (storage: Storage, shape: readonly number[], dtype: DType): GpuTensor => {
    storage.uses++;
    tensors++;
    if (storage.uses === 1) bytes += 4 * storage.length;
    return { shape: [...shape], dtype, storage };
  };
  const reserve = (what: string, shape: readonly number[], dtype: DType): GpuTensor => {
    const length = sizeOf(shape);
    device.checkSize(what, length);
    return wrap({ length, uses: 0, value: null, error: null }, shape, dtype);
  };
  const contentOf = ({ storage }: GpuTensor): DeviceValue => {
    if (storage.error !== null) throw storage.error;
    if (storage.value === null) throw new DeviceError('failed', `${device.mode}: a tensor is used that was released.`);
    return storage.value;
  };

  const compute: GpuOperations['compute'] = (what, shapes, inputs, launch) => {
    device.check();
    const outputs = shapes.map((shape) => reserve(what, shape, 'float32'));
    queue.push(async () => {
      try {
        const values = await launch(inputs.map(contentOf));
        for (const [k, { storage }] of outputs.entries()) storage.value = values[k];
      } catch (error) {
        const typed = isDeviceError(error) ? error : await device.reasonOf(what, error as Error);
        for (const { storage } of outputs) storage.error = typed;
      }
    });
    return outputs;
  };
  /** One result of one kernel. */
  const kernel = (
    what: string,
    source: string,
    inputs: readonly Operand<GpuTensor>[],
    sizes: readonly number[],
    shape: readonly number[],
    dtype: DType = 'float32',
  ): GpuTensor => {
    const held = inputs.filter((x) => typeof x !== 'number');
    const [output] = compute(what, [shape], held, async (values) => {
      let next = 0;
      const args = inputs.map((x) => (typeof x === 'number' ? Math.fround(x) : values[next++]));
      return [await device.run(source, [...args, ...sizes], sizeOf(shape))];
    });
    return dtype === 'float32' ? output : { ...output, dtype };
  };

  /** A product in tiles, where the device has them. */
  const product = (operands: readonly GpuTensor[], sizes: Product, shape: readonly number[]): GpuTensor | null => {
    const runner = device.webGpu;
    if (!runner || !fits(runner, sizes)) return null;
    return compute('matmul', [shape], operands, async (values) => [await multiply(runner, values, sizes)])[0];
  };

  /** An operation that reads its operands along the axes of the result. */
  const walking = (
    what: OpName,
    op: OpName,
    inputs: readonly Operand<GpuTensor>[],
    shape: readonly number[],
    strides: readonly (readonly number[])[],
    starts: readonly number[] = inputs.map(() => 0),
    dtype: DType = 'float32',
  ): GpuTensor => {
    const length = sizeOf(shape);
    const walk = mergeAxes(shape, strides);
    const access = inputs.map((x, i): Access => {
      if (typeof x === 'number') return 'number';
      if (x.storage.length === 1) return 'one';
      return x.storage.length === length && walk.sizes.length === 1 && walk.strides[i][0] === 1 && starts[i] === 0 ? 'same' : 'strided';
    });
    const strided = access.flatMap((a, i) => (a === 'strided' ? [starts[i], ...walk.strides[i]] : []));
    const sizes = strided.length > 0 ? [...walk.sizes.slice(1), ...strided] : [];
    const rank = strided.length > 0 ? walk.sizes.length : 0;
    return kernel(what, elementwiseSource(op, access, rank, expressionsOf(device.mode)), inputs, sizes, shape, dtype);
  };
  const elementwise = (op: OpName, ...inputs: readonly Operand<GpuTensor>[]): GpuTensor => {
    const shapes = inputs.map((x) => (typeof x === 'number' ? [] : x.shape));
    const shape = op === 'where' ? infer(op, inputs, []).shape : shapes.reduce((x, y) => broadcastShapes(op, x, y));
    return walking(
      op,
      op,
      inputs,
      shape,
      shapes.map((s) => stridesFor(s, shape)),
    );
  };
  const binary = (op: OpName) => (x: Operand<GpuTensor>, y: Operand<GpuTensor>) => elementwise(op, x, y);
  const unary = (op: OpName) => (x: GpuTensor) => elementwise(op, x);
  /** Elements of `x` in another order. */
  const move = (what: OpName, x: GpuTensor, shape: readonly number[], strides: readonly number[], start = 0): GpuTensor =>
    walking(what, 'reshape', [x], shape, [strides], [start], x.dtype);

  const reduce = (op: 'sum' | 'reduceMax', x: GpuTensor, axes: readonly number[]): GpuTensor => {
    const shape = x.shape.map((n, axis) => (axes.includes(axis) ? 1 : n));
    const reduced = axes.filter((axis) => x.shape[axis] > 1);
    const together =
      reduced.length === 0 ||
      x.shape.every((n, axis) => n === 1 || reduced.includes(axis) || axis < reduced[0] || axis > reduced[reduced.length - 1]);
    if (!together) {
      // reduced axes behind the others, in their order, so that additions keep theirs
      const kept = x.shape.flatMap((_, axis) => (reduced.includes(axis) ? [] : [axis]));
      const turned = ops.permute(x, [...kept, ...reduced]);
      const total = reduce(
        op,
        turned,
        reduced.map((_, i) => kept.length + i),
      );
      const view = ops.reshape(total, shape);
      for (const done of [turned, total]) dispose(done);
      return view;
    }
    const count = sizeOf(reduced.map((axis) => x.shape[axis]));
    const inner = reduced.length > 0 ? sizeOf(x.shape.slice(reduced[reduced.length - 1] + 1)) : 1;
    return kernel(op, reduceSource(op), [x], [count, inner], shape);
  };

  const concat = (parts: readonly GpuTensor[], axis: number): GpuTensor => {
    const [{ dtype, shape: like }] = parts;
    const most = device.limits.operands;
    if (parts.length > most) {
      // as many at a time as one kernel may read
      const groups = Array.from({ length: Math.ceil(parts.length / most) }, (_, g) => concat(parts.slice(g * most, (g + 1) * most), axis));
      const joined = concat(groups, axis);
      for (const group of groups) dispose(group);
      return joined;
    }
    const shape = like.map((n, i) => (i === axis ? parts.reduce((total, part) => total + part.shape[axis], 0) : n));
    const inner = sizeOf(like.slice(axis + 1));
    const sizes = parts.map((part) => part.shape[axis] * inner);
    return kernel('concat', concatSource(parts.length), parts, [...sizes, shape[axis] * inner], shape, dtype);
  };

  const dispose = ({ storage }: GpuTensor): void => {
    tensors--;
    if (--storage.uses > 0) return;
    bytes -= 4 * storage.length;
    queue.push(() => {
      if (storage.value !== null) device.release(storage.value);
      storage.value = null;
    });
  };

  const ops: Ops<GpuTensor> = {
    add: binary('add'),
    sub: binary('sub'),
    mul: binary('mul'),
    div: binary('div'),
    max: binary('max'),
    gt: binary('gt'),
    where: (condition, x, y) => elementwise('where', condition, x, y),
    exp: unary('exp'),
    log: unary('log'),
    sqrt: unary('sqrt'),
    floor: unary('floor'),
    sum: (x, axes) => reduce('sum', x, axes),
    reduceMax: (x, axes) => reduce('reduceMax', x, axes),
    matmul(x, y) {
      const [m, k] = x.shape.slice(-2);
      const n = y.shape[y.shape.length - 1];
      const tiled = product([x, y], { batches: sizeOf(x.shape.slice(0, -2)), m, k, n, transposed: false }, [...x.shape.slice(0, -1), n]);
      if (tiled) return tiled;
      return kernel('matmul', MATMUL, [x, y], [m, k, n], [...x.shape.slice(0, -1), n]);
    },
    reshape: (x, shape) => wrap(x.storage, shape, x.dtype),
    permute(x, axes) {
      const strides = stridesFor(x.shape, x.shape);
      return move(
        'permute',
        x,
        axes.map((axis) => x.shape[axis]),
        axes.map((axis) => strides[axis]),
      );
    },
    broadcast: (x, shape) => move('broadcast', x, shape, stridesFor(x.shape, shape)),
    slice(x, begin, size) {
      const strides = stridesFor(x.shape, x.shape);
      return move(
        'slice',
        x,
        size,
        strides,
        begin.reduce((start, index, axis) => start + index * strides[axis], 0),
      );
    },
    concat,
  };

  return {
    ...ops,
    fromData(data, shape, dtype = 'float32') {
      device.checkSize('fromData', data.length);
      const values = dtype === 'bool' ? Float32Array.from(data, (x) => (x ? 1 : 0)) : Float32Array.from(data);
      const [tensor] = compute('fromData', [shape], [], async () => [await device.upload(values)]);
      return { ...tensor, dtype };
    },
    async read(x): Promise<TypedArray> {
      let data: Float32Array | null = null;
      let failure: unknown = null;
      queue.push(async () => {
        try {
          data = await device.read(contentOf(x), x.storage.length);
        } catch (error) {
          failure = isDeviceError(error) ? error : await device.reasonOf('read', error as Error);
        }
      });
      await queue.settled(device.lost);
      if (failure !== null) throw failure;
      const values = data as unknown as Float32Array;
      return x.dtype === 'bool' ? Uint8Array.from(values) : values;
    },
    dispose,
    memory: () => ({ tensors, bytes }),
    compute,
    productOverTime(x, g) {
      const [steps, rows, m] = x.shape;
      const n = g.shape[2];
      const tiled = product([x, g], { batches: 1, m, k: steps * rows, n, transposed: true }, [m, n]);
      if (tiled) return tiled;
      return kernel('matmul', TRANSPOSED_MATMUL, [x, g], [m, n, steps, rows], [m, n]);
    },
    reverse(x) {
      const [first, ...rest] = stridesFor(x.shape, x.shape);
      return move('slice', x, x.shape, [-first, ...rest], (x.shape[0] - 1) * first);
    },
    later: (task) => queue.push(task),
  };
}
