/**
 * Times the image kernels on one training step of a network for event frames: Conv2d(2, 16, 5), LIF, AvgPool(2), Conv2d(16, 32, 5), LIF, T = 20,
 * B = 16, 34 x 34 pixels of which 5 % are 1. Run: `node --conditions=@snn/source bench/images.ts [pooled] [cotangents]`, the shares of pooled
 * pixels and of cotangents that are not zero. Shown is the best of many runs over one step's images, times 20, in milliseconds.
 */
import { assemble } from '@snn/compile/wasm';
import { normal, type ProgramNode, randomKey, sizeOf, stream, uniform } from '@snn/core';
import { IMAGES, type ImageOperand, imageCall } from '../src/wasm/images/index.ts';

const [B, T] = [16, 20];
const MILLISECONDS = 1000;
const PAGES = 2000;
const [pooled, cotangents] = [process.argv[2] ?? '0.2', process.argv[3] ?? '0.5'].map(Number);

const memory = new WebAssembly.Memory({ initial: PAGES });
const module = new WebAssembly.Module(assemble(IMAGES));
const kernels = new WebAssembly.Instance(module, { env: { memory } }).exports as Record<string, (...args: number[]) => void>;
const floats = new Float32Array(memory.buffer);
let next = 64;

function place(length: number): number {
  const at = next;
  next += Math.ceil(length / 16) * 64 + 64;
  return at;
}

/** A tensor of which a share is not zero. */
function draw(name: string, shape: readonly number[], density: number, spikes = false): number {
  const size = sizeOf(shape);
  const at = place(size);
  const key = stream(randomKey(1), name);
  const chosen = uniform(stream(key, 'chosen'), size);
  const values = normal(stream(key, 'values'), size);
  for (let i = 0; i < size; i++) floats[at / 4 + i] = chosen[i] < density ? (spikes ? 1 : values[i]) : 0;
  return at;
}

type Call = Pick<ProgramNode, 'op' | 'attributes' | 'shape'>;
const timed = (...shape: number[]): ImageOperand => ({ shape, timed: true });
const fixed = (...shape: number[]): ImageOperand => ({ shape, timed: false });

function time(what: string, node: Call, operands: readonly ImageOperand[], addresses: readonly number[]): number {
  const call = imageCall({ ...node, inputs: [], dtype: 'float32' }, operands, 1);
  if (call === null) throw new Error(`${what}: no kernel`);
  const out = place(sizeOf(node.shape));
  const scratch = place(call.scratchBytes / 4);
  let best = Number.POSITIVE_INFINITY;
  for (const until = performance.now() + MILLISECONDS; performance.now() < until; ) {
    const start = performance.now();
    kernels[call.name](...addresses, out, 0, call.count, scratch, ...call.numbers);
    best = Math.min(best, performance.now() - start);
  }
  console.log(what.padEnd(36), (T * best).toFixed(2));
  return T * best;
}

const options = [1, 0, 1];
const x1 = draw('x1', [B, 2, 34, 34], 0.05, true);
const w1 = draw('w1', [16, 2, 5, 5], 1);
const s1 = draw('s1', [B, 16, 30, 30], pooled / 4, true);
const g1 = draw('g1', [B, 16, 30, 30], cotangents);
const x2 = draw('x2', [B, 16, 15, 15], pooled);
const w2 = draw('w2', [32, 16, 5, 5], 1);
const g2 = draw('g2', [B, 32, 11, 11], cotangents);
const [image, hidden, half, last] = [timed(B, 2, 34, 34), timed(B, 16, 30, 30), timed(B, 16, 15, 15), timed(B, 32, 11, 11)];
const gradient = 'conv2dWeightGradient';
const total = [
  time('conv2d, first', { op: 'conv2d', attributes: [options], shape: hidden.shape }, [image, fixed(16, 2, 5, 5)], [x1, w1]),
  time('avgPool2d', { op: 'avgPool2d', attributes: [2, 2], shape: half.shape }, [hidden], [s1]),
  time('conv2d, second', { op: 'conv2d', attributes: [options], shape: last.shape }, [half, fixed(32, 16, 5, 5)], [x2, w2]),
  time('weight gradient, second', { op: gradient, attributes: [[5, 5], options], shape: [32, 16, 5, 5] }, [half, last], [x2, g2]),
  time('bias gradient, second', { op: 'sum', attributes: [[0, 2, 3]], shape: [1, 32, 1, 1] }, [last], [g2]),
  time(
    'input gradient, second',
    { op: 'conv2dInputGradient', attributes: [[15, 15], options], shape: half.shape },
    [last, fixed(32, 16, 5, 5)],
    [g2, w2],
  ),
  time('avgPool2dGradient', { op: 'avgPool2dGradient', attributes: [[30, 30], 2, 2], shape: hidden.shape }, [half], [x2]),
  time('weight gradient, first', { op: gradient, attributes: [[5, 5], options], shape: [16, 2, 5, 5] }, [image, hidden], [x1, g1]),
  time('bias gradient, first', { op: 'sum', attributes: [[0, 2, 3]], shape: [1, 16, 1, 1] }, [hidden], [g1]),
].reduce((sum, x) => sum + x);
console.log('all'.padEnd(36), total.toFixed(2));
