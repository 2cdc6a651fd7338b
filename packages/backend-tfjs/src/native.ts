/**
 * Fast paths: derived operations that tfjs has as one kernel. A device without the kernel goes without the fast path. Images are `[B, C, H, W]`
 * here and `[B, H, W, C]` in tfjs, so they are transposed before and after.
 */
import type { NativeOps } from '@snn/core';
import type { Compute, Kernels } from './kernels.ts';
import type { Handle, Tf, TfTensor } from './tf.ts';

const TO_CHANNELS_LAST = [0, 2, 3, 1] as const;
const TO_CHANNELS_FIRST = [0, 3, 1, 2] as const;

/** 1 where x is a whole number from 0 up to, not including, `count`, as bool. */
function isIndex<X extends TfTensor>(k: Kernels<X>, x: X, count: number): X {
  const whole = k.run('Equal', { a: x, b: k.run('Floor', { x }) });
  const inside = k.run('LogicalAnd', {
    a: k.run('GreaterEqual', { a: x, b: k.floats(0) }),
    b: k.run('Less', { a: x, b: k.floats(count) }),
  });
  return k.run('LogicalAnd', { a: whole, b: inside });
}

/** The kernels that each fast path needs besides those that the primitives need. */
const KERNELS = {
  sigmoid: ['Sigmoid'],
  tanh: ['Tanh'],
  softplus: ['Softplus'],
  relu: ['Relu'],
  abs: ['Abs'],
  round: ['Round'],
  softmax: ['Softmax'],
  argmax: ['ArgMax'],
  oneHot: ['OneHot', 'Equal', 'GreaterEqual', 'Less', 'LogicalAnd'],
  gather: ['GatherV2', 'Equal', 'GreaterEqual', 'Less', 'LogicalAnd'],
  cumulativeSum: ['Cumsum'],
  conv2d: ['Conv2D'],
  avgPool2d: ['AvgPool'],
  maxPool2d: ['MaxPool'],
} as const satisfies Partial<Record<keyof NativeOps<Handle<TfTensor>>, readonly string[]>>;

type Fast = keyof typeof KERNELS;

/** The fast paths of a device. */
export function nativeOps<X extends TfTensor>(tf: Tf<X>, compute: Compute<X>, device: string): Partial<NativeOps<Handle<X>>> {
  const unary =
    (kernel: string) =>
    (x: X): Handle<X> =>
      compute((k) => k.run(kernel, { x: k.floats(x) }));
  const pool =
    (kernel: string) =>
    (x: X, size: number, stride: number): Handle<X> =>
      compute((k) => {
        const image = k.permute(k.floats(x), TO_CHANNELS_LAST);
        const pooled = k.run(kernel, { x: image }, { filterSize: size, strides: stride, pad: 'valid' });
        return k.permute(pooled, TO_CHANNELS_FIRST);
      });

  const ops: Pick<NativeOps<Handle<X>>, Fast> = {
    sigmoid: unary('Sigmoid'),
    tanh: unary('Tanh'),
    softplus: unary('Softplus'),
    relu: unary('Relu'),
    abs: unary('Abs'),
    round: unary('Round'),
    softmax: (x, axis) =>
      compute((k) => {
        const rank = x.shape.length;
        const exchange = x.shape.map((_, i) => (i === axis ? rank - 1 : i === rank - 1 ? axis : i));
        const logits = k.permute(k.floats(x), exchange);
        return k.permute(k.run('Softmax', { logits }, { dim: rank - 1 }), exchange);
      }),
    argmax: (x, axis) =>
      compute((k) => {
        const shape = x.shape.map((size, i) => (i === axis ? 1 : size));
        return k.reshape(k.cast(k.run('ArgMax', { x: k.floats(x) }, { axis }), 'float32'), shape);
      }),
    oneHot: (indices, classes) =>
      compute((k) => {
        const x = k.floats(indices);
        const chosen = k.run('Select', {
          condition: isIndex(k, x, classes),
          t: x,
          e: k.fill(x.shape, -1),
        });
        // as int32: the WebAssembly kernel writes whole numbers into whatever it is asked for
        const attributes = { depth: classes, onValue: 1, offValue: 0, dtype: 'int32' };
        return k.cast(k.run('OneHot', { indices: k.cast(chosen, 'int32') }, attributes), 'float32');
      }),
    gather: (x, indices) =>
      compute((k) => {
        const [count, ...row] = x.shape;
        const values = k.floats(x);
        const i = k.floats(indices);
        const valid = isIndex(k, i, count);
        // rows of invalid indices are taken from row 0 and then made zero
        const safe = k.cast(k.run('Select', { condition: valid, t: i, e: k.fill(i.shape, 0) }), 'int32');
        const rows = k.run('GatherV2', { x: values, indices: safe }, { axis: 0, batchDims: 0 });
        const shape = [...i.shape, ...row];
        const condition = k.broadcast(k.reshape(valid, [...i.shape, ...row.map(() => 1)]), shape);
        return k.run('Select', { condition, t: rows, e: k.fill(shape, 0) });
      }),
    cumulativeSum: (x, axis) => compute((k) => k.run('Cumsum', { x: k.floats(x) }, { axis, exclusive: false, reverse: false })),
    conv2d: (x, weight, { stride, padding, dilation }) =>
      compute((k) => {
        const image = k.permute(k.floats(x), TO_CHANNELS_LAST);
        // [O, C, h, w] -> [h, w, C, O]
        const filter = k.permute(k.floats(weight), [2, 3, 1, 0]);
        // side by side: a single number would be taken for a square kernel's
        const sides = [padding, padding];
        const attributes = { strides: stride, pad: [[0, 0], sides, sides, [0, 0]], dataFormat: 'NHWC', dilations: dilation };
        return k.permute(k.run('Conv2D', { x: image, filter }, attributes), TO_CHANNELS_FIRST);
      }),
    avgPool2d: pool('AvgPool'),
    maxPool2d: pool('MaxPool'),
  };
  const available = (Object.keys(ops) as Fast[]).filter((op) => KERNELS[op].every((kernel) => tf.getKernel(kernel, device)));
  return Object.fromEntries(available.map((op) => [op, ops[op]]));
}
