import { callNode, IMAGE_OPS, isImage } from '@snn/compile';
import { assemble } from '@snn/compile/wasm';
import {
  type Attributes,
  type ImageName,
  infer,
  normal,
  type ProgramNode,
  randomKey,
  sizeOf,
  stream,
  type TensorMeta,
  uniform,
} from '@snn/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { plainCpu } from '../src/index.ts';
import type { CpuTensor } from '../src/storage.ts';
import { IMAGES, type ImageOperand, imageCall } from '../src/wasm/images/index.ts';

const PAGE = 2 ** 16;
/** What memory holds before a kernel runs: it must be left where nothing belongs. */
const CANARY = 123.456;

type Kernel = (...args: number[]) => void;
const module = new WebAssembly.Module(assemble(IMAGES));

/** Numbers of which a share is not zero; `spikes`: those are 1. */
function draw(name: string, shape: readonly number[], density: number, spikes = false): Float32Array {
  const key = stream(randomKey(7), name);
  const values = normal(stream(key, 'values'), sizeOf(shape));
  const chosen = uniform(stream(key, 'chosen'), sizeOf(shape));
  return values.map((x, i) => (chosen[i] < density ? (spikes ? 1 : x) : 0));
}

interface Example {
  readonly op: ImageName | 'sum';
  readonly operands: readonly ImageOperand[];
  readonly attributes: ProgramNode['attributes'];
  readonly data: readonly Float32Array[];
  readonly steps: number;
  /** Ends of the parts, the last of which is `count`. */
  readonly cut: (count: number) => readonly number[];
}

function nodeOf({ op, operands, attributes }: Pick<Example, 'op' | 'operands' | 'attributes'>): ProgramNode {
  const metas = operands.map(({ shape }): TensorMeta => ({ shape, dtype: 'float32' }));
  const { shape } = isImage(op)
    ? { shape: IMAGE_OPS[op].shape(metas, attributes as Attributes) }
    : infer(op, metas, attributes as Attributes);
  return { op, attributes, inputs: operands.map((_, node) => ({ node })), shape, dtype: 'float32' };
}

/** Run the kernel on memory that is full of canaries. */
function runKernel({ op, operands, attributes, data, steps, cut }: Example): Float32Array {
  const node = nodeOf({ op, operands, attributes });
  const { shape } = node;
  const call = imageCall(node, operands, steps);
  if (call === null) throw new Error(`no kernel for ${op}`);
  const { name, numbers, range, count, scratchBytes, adds } = call;
  const size = range === 'channels' ? sizeOf(shape) : steps * sizeOf(shape);
  const total = data.reduce((n, { length }) => n + 4 * length + 64, 0) + 4 * size + 3 * scratchBytes + 1024;
  const memory = new WebAssembly.Memory({ initial: Math.ceil(total / PAGE) + 1 });
  const kernel = new WebAssembly.Instance(module, { env: { memory } }).exports[name] as Kernel;
  const floats = new Float32Array(memory.buffer).fill(CANARY);
  let next = 64;
  const place = (length: number): number => {
    const at = next;
    next += Math.ceil((4 * length) / 16) * 16 + 16;
    return at;
  };
  const addresses = data.map((x) => {
    const at = place(x.length);
    floats.set(x, at / 4);
    return at;
  });
  const out = place(size);
  if (adds) floats.fill(0, out / 4, out / 4 + size);
  const before = floats.slice(0, next / 4);
  const scratch = [place(scratchBytes / 4), place(scratchBytes / 4)];
  let from = 0;
  for (const [i, to] of cut(count).entries()) {
    kernel(...addresses, out, from, to, scratch[i % 2], ...numbers);
    from = to;
  }
  const after = new Float32Array(memory.buffer);
  const result = after.slice(out / 4, out / 4 + size);
  before.set(result, out / 4);
  const same = (a: Float32Array, b: Float32Array): boolean => Buffer.from(a.buffer).equals(Buffer.from(b.buffer));
  expect(same(after.slice(0, before.length), before)).toBe(true);
  for (const at of scratch) {
    expect(after[(at + scratchBytes) / 4]).toBe(Math.fround(CANARY));
    expect(after[at / 4 - 1]).toBe(Math.fround(CANARY));
  }
  return result;
}

/** The same on the plain tier. */
function runPlain({ op, operands, attributes, data, steps }: Example): Float32Array {
  const b = plainCpu();
  const at = (i: number, t: number): CpuTensor => {
    const { shape, timed } = operands[i];
    const size = sizeOf(shape);
    return b.fromData(timed ? data[i].subarray(t * size, (t + 1) * size) : data[i], shape);
  };
  const node = nodeOf({ op, operands, attributes });
  const each = Array.from({ length: steps }, (_, t) =>
    callNode(
      b,
      node,
      operands.map((_, i) => at(i, t)),
    ),
  );
  if (op !== 'conv2dWeightGradient') return Float32Array.from(each.flatMap((x) => [...b.readSync(x)]));
  const total = each.reduceRight<CpuTensor>((sum, x) => b.add(sum, x), b.fromData(new Float32Array(sizeOf(each[0].shape)), each[0].shape));
  return b.readSync(total) as Float32Array;
}

function agree(example: Example): void {
  const got = runKernel(example);
  const want = runPlain(example);
  expect(got.length).toBe(want.length);
  for (let i = 0; i < want.length; i++)
    if (!Object.is(got[i], want[i])) throw new Error(`${example.op}: expected ${want[i]} at ${i} of ${want.length}, got ${got[i]}.`);
}

const geometry = fc.record({
  steps: fc.integer({ min: 1, max: 3 }),
  n: fc.integer({ min: 1, max: 3 }),
  c: fc.constantFrom(1, 2, 3, 5, 16, 19),
  o: fc.constantFrom(1, 2, 3, 4, 5, 8, 12, 16, 17, 21, 32),
  height: fc.integer({ min: 5, max: 13 }),
  width: fc.integer({ min: 5, max: 13 }),
  h: fc.integer({ min: 1, max: 5 }),
  w: fc.integer({ min: 1, max: 5 }),
  stride: fc.integer({ min: 1, max: 3 }),
  padding: fc.integer({ min: 0, max: 6 }),
  dilation: fc.integer({ min: 1, max: 3 }),
  density: fc.constantFrom(0, 0.05, 0.3, 0.7, 1),
  spikes: fc.boolean(),
  parts: fc.integer({ min: 1, max: 4 }),
});

describe('kernels give the bits of the plain tier', () => {
  const cut =
    (parts: number) =>
    (count: number): number[] =>
      Array.from({ length: parts }, (_, i) => Math.floor(((i + 1) * count) / parts));

  test.each(['conv2d', 'conv2dInputGradient', 'conv2dWeightGradient'] as const)('%s', (op) => {
    fc.assert(
      fc.property(geometry, ({ steps, n, c, o, height, width, h, w, stride, padding, dilation, density, spikes, parts }) => {
        const rows = Math.floor((height + 2 * padding - dilation * (h - 1) - 1) / stride) + 1;
        const columns = Math.floor((width + 2 * padding - dilation * (w - 1) - 1) / stride) + 1;
        fc.pre(rows > 0 && columns > 0);
        const x = [n, c, height, width];
        const g = [n, o, rows, columns];
        const weight = [o, c, h, w];
        const options = [stride, padding, dilation];
        const timed = (shape: readonly number[]): ImageOperand => ({ shape, timed: true });
        const fixed: ImageOperand = { shape: weight, timed: false };
        const kernels = draw('kernels', weight, 1);
        const images = draw('images', [steps, ...x], density, spikes);
        const cotangents = draw('cotangents', [steps, ...g], op === 'conv2dWeightGradient' ? 1 : density);
        const base = { op, steps, cut: cut(parts) };
        if (op === 'conv2d') agree({ ...base, operands: [timed(x), fixed], attributes: [options], data: [images, kernels] });
        else if (op === 'conv2dInputGradient')
          agree({ ...base, operands: [timed(g), fixed], attributes: [[height, width], options], data: [cotangents, kernels] });
        else agree({ ...base, operands: [timed(x), timed(g)], attributes: [[h, w], options], data: [images, cotangents] });
      }),
      { seed: 3, numRuns: 200 },
    );
  });

  const pools = fc.record({
    steps: fc.integer({ min: 1, max: 2 }),
    n: fc.integer({ min: 1, max: 3 }),
    c: fc.constantFrom(1, 3, 8, 9),
    height: fc.integer({ min: 4, max: 13 }),
    width: fc.integer({ min: 4, max: 23 }),
    size: fc.integer({ min: 1, max: 4 }),
    stride: fc.integer({ min: 1, max: 4 }),
    density: fc.constantFrom(0.05, 0.5, 1),
    spikes: fc.boolean(),
    parts: fc.integer({ min: 1, max: 4 }),
  });

  test.each(['avgPool2d', 'avgPool2dGradient', 'maxPool2d', 'maxPool2dGradient'] as const)('%s', (op) => {
    fc.assert(
      fc.property(pools, ({ steps, n, c, height, width, size, stride, density, spikes, parts }) => {
        const timed = (shape: readonly number[]): ImageOperand => ({ shape, timed: true });
        const x = [n, c, height, width];
        const g = [n, c, Math.floor((height - size) / stride) + 1, Math.floor((width - size) / stride) + 1];
        const images = draw('images', [steps, ...x], density, spikes);
        const cotangents = draw('cotangents', [steps, ...g], density).map((v, i) => (v === 0 && i % 2 === 1 ? -0 : v));
        const base = { op, steps, cut: cut(parts) };
        const window = [size, stride];
        if (op === 'avgPool2dGradient')
          agree({ ...base, operands: [timed(g)], attributes: [[height, width], ...window], data: [cotangents] });
        else if (op === 'maxPool2dGradient')
          agree({ ...base, operands: [timed(x), timed(g)], attributes: window, data: [images, cotangents] });
        else agree({ ...base, operands: [timed(x)], attributes: window, data: [images] });
      }),
      { seed: 4, numRuns: 150 },
    );
  });

  test('sums over images and pixels', () => {
    fc.assert(
      fc.property(pools, ({ steps, n, c, height, width, density, parts }) => {
        const x = [n, c, height, width];
        agree({
          op: 'sum',
          operands: [{ shape: x, timed: true }],
          attributes: [[0, 2, 3]],
          data: [draw('x', [steps, ...x], density)],
          steps,
          cut: cut(parts),
        });
      }),
      { seed: 5, numRuns: 50 },
    );
  });

  test('not a number and infinities pass through pools as on the plain tier', () => {
    const x = Float32Array.from({ length: 60 }, (_, i) => [1, Number.NaN, -0, Number.POSITIVE_INFINITY, 0, -3, 2][(i * 5) % 7]);
    const g = Float32Array.from({ length: 15 }, (_, i) => i - 7);
    const image: ImageOperand = { shape: [1, 1, 6, 10], timed: true };
    const pooled: ImageOperand = { shape: [1, 1, 3, 5], timed: true };
    const base = { attributes: [2, 2], steps: 1, cut: cut(1) };
    agree({ ...base, op: 'maxPool2d', operands: [image], data: [x] });
    agree({ ...base, op: 'avgPool2d', operands: [image], data: [x] });
    agree({ ...base, op: 'maxPool2dGradient', operands: [image, pooled], data: [x, g] });
  });

  test('a weight gradient of an image that does not change with time, and what has no kernel', () => {
    const x: ImageOperand = { shape: [2, 2, 6, 6], timed: false };
    const g: ImageOperand = { shape: [2, 3, 4, 4], timed: true };
    const data = [draw('x', x.shape, 0.5), draw('g', [3, ...g.shape], 1)];
    const attributes = [
      [3, 3],
      [1, 0, 1],
    ];
    agree({ op: 'conv2dWeightGradient', operands: [x, g], attributes, data, steps: 3, cut: cut(2) });
    const weight: ImageOperand = { shape: [3, 2, 3, 3], timed: true };
    const node = nodeOf({ op: 'conv2d', operands: [x, weight], attributes: [[1, 0, 1]] });
    expect(imageCall(node, [x, weight], 3)).toBeNull();
  });
});
