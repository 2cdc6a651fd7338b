// The same bits with one thread and two, for any split of time into chunks and any place of a sample in its batch.
import { traceStep } from '@snn/compile';
import { type Backend, bernoulli, linear, normal, randomKey, sizeOf, type TensorMeta, zeros } from '@snn/core';
import { arctan, spike, triangle } from '@snn/surrogates';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { type CpuTensor, cpu } from '../src/index.ts';

const one = await cpu({ threads: 1 });
const two = await cpu({ threads: 2 });
afterAll(() => two.close());

/** Two layers, the first hears its own spikes; a readout of another width. */
const network = <T extends TensorMeta>(
  b: Backend<T>,
  p: { a: T; bias: T; loop: T; c: T; beta: T },
  s: { v: T; z: T; u: T },
  x: T,
): readonly [T, unknown] => {
  const v = b.add(b.mul(s.v, p.beta), b.add(linear(b, x, p.a, p.bias), b.matmul(s.z, p.loop)));
  const z = spike(b, b.sub(v, 1), arctan());
  const u = b.add(b.mul(s.u, 0.9), linear(b, z, p.c));
  return [u, { v: b.sub(v, z), z, u }];
};

interface Sizes {
  readonly steps: number;
  readonly batch: number;
  readonly inputs: number;
  readonly hidden: number;
  readonly outputs: number;
  readonly density: number;
}

/** Outputs, states and gradients as one list. */
async function results(
  b: typeof one,
  { steps, batch, inputs, hidden, outputs, density }: Sizes,
  order?: readonly number[],
): Promise<Float32Array[]> {
  const draw = (seed: number, shape: readonly number[], scale: number): CpuTensor =>
    b.fromData(normal(randomKey(seed), sizeOf(shape), 0, scale), shape);
  const parameters = {
    a: draw(1, [inputs, hidden], 2 / Math.sqrt(inputs)),
    bias: draw(2, [hidden], 0.1),
    loop: draw(3, [hidden, hidden], 1 / Math.sqrt(hidden)),
    c: draw(4, [hidden, outputs], 1),
    beta: b.fromData(
      Float32Array.from({ length: hidden }, (_, i) => 0.5 + (0.5 * i) / hidden),
      [hidden],
    ),
  };
  const spikes = bernoulli(randomKey(5), density, steps * batch * inputs);
  const cotangent = normal(randomKey(6), steps * batch * outputs);
  /** Samples in another order. */
  const arranged = (data: Float32Array, width: number): Float32Array =>
    order
      ? Float32Array.from(
          data,
          (_, i) => data[(Math.floor(i / width / batch) * batch + order[Math.floor(i / width) % batch]) * width + (i % width)],
        )
      : data;
  const state = { v: zeros(b, [batch, hidden]), z: zeros(b, [batch, hidden]), u: zeros(b, [batch, outputs]) };
  const step = traceStep('network', network as never, parameters, state, { shape: [batch, inputs], dtype: 'float32' });
  const program = await b.compile(step, steps);
  const x = b.fromData(arranged(spikes, inputs), [steps, batch, inputs]);
  const run = program.run(Object.values(parameters), Object.values(state), x);
  const g = b.fromData(arranged(cotangent, outputs), [steps, batch, outputs]);
  const back = program.pullback(g, Object.values(state), true);
  const read = (t: CpuTensor): Float32Array => b.readSync(t) as Float32Array;
  executors.add(program.executedBy);
  const lists = [run.outputs, ...run.states, ...back.parameters, ...back.states, back.inputs as CpuTensor].map(read);
  program.dispose();
  return lists;
}
const executors = new Set<string>();

test('two threads give the bits of one', async () => {
  for (const sizes of [
    { steps: 60, batch: 16, inputs: 64, hidden: 96, outputs: 10, density: 0.1 },
    { steps: 233, batch: 3, inputs: 130, hidden: 65, outputs: 7, density: 0.5 },
    { steps: 600, batch: 1, inputs: 64, hidden: 128, outputs: 20, density: 0.05 },
  ])
    expect(await results(two, sizes)).toEqual(await results(one, sizes));
  expect([...executors]).toContain('WebAssembly SIMD, 2 threads');
});

test('a program too small for threads says so', async () => {
  await results(two, { steps: 3, batch: 1, inputs: 4, hidden: 4, outputs: 1, density: 0.5 });
  expect([...executors]).toContain('WebAssembly SIMD, one thread (too little work for more)');
});

test('two threads, any sizes', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        steps: fc.integer({ min: 100, max: 400 }),
        batch: fc.integer({ min: 1, max: 9 }),
        inputs: fc.integer({ min: 30, max: 80 }),
        hidden: fc.integer({ min: 30, max: 80 }),
        outputs: fc.integer({ min: 1, max: 9 }),
        density: fc.constantFrom(0, 0.03, 0.3, 1),
      }),
      async (sizes) => {
        expect(await results(two, sizes)).toEqual(await results(one, sizes));
      },
    ),
    { numRuns: 15 },
  );
}, 60_000);

describe('where a step or a sample lies does not matter', () => {
  test('one run of many steps and several of fewer, states handed on', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 2, max: 40 }), fc.integer({ min: 1, max: 600 }), fc.boolean(), async (steps, width, threads) => {
        const b = threads ? two : one;
        const first = Math.floor(steps / 2) || 1;
        const w = b.fromData(normal(randomKey(1), 8 * width), [8, width]);
        const x = bernoulli(randomKey(2), 0.3, steps * 4 * 8);
        const step = <T extends TensorMeta>(t: Backend<T>, p: { w: T }, s: { v: T }, input: T): readonly [T, unknown] => {
          const v = t.add(t.mul(s.v, 0.9), linear(t, input, p.w));
          const z = spike(t, t.sub(v, 1), triangle());
          return [z, { v: t.sub(v, z) }];
        };
        const v = zeros(b, [4, width]);
        const traced = traceStep('layer', step as never, { w }, { v }, { shape: [4, 8], dtype: 'float32' });
        const run = async (from: number, to: number, before: CpuTensor): Promise<[Float32Array, CpuTensor]> => {
          const program = await b.compile(traced, to - from);
          const { outputs, states } = program.run([w], [before], b.fromData(x.slice(from * 32, to * 32), [to - from, 4, 8]));
          const data = b.readSync(outputs) as Float32Array;
          program.dispose();
          return [data, states[0]];
        };
        const [all, last] = await run(0, steps, v);
        const [begin, middle] = await run(0, first, v);
        const [end, after] = await run(first, steps, middle);
        expect([...begin, ...end]).toEqual([...all]);
        expect(b.readSync(after)).toEqual(b.readSync(last));
      }),
      { numRuns: 25 },
    );
  }, 60_000);

  test('samples of a batch in another order', async () => {
    const sizes = { steps: 30, batch: 5, inputs: 40, hidden: 48, outputs: 4, density: 0.2 };
    const order = [3, 0, 4, 2, 1];
    const [straight, turned] = [await results(two, sizes), await results(two, sizes, order)];
    const width = sizes.outputs;
    const expected = Float32Array.from(straight[0], (_, i) => {
      const row = Math.floor(i / width);
      return straight[0][(Math.floor(row / 5) * 5 + order[row % 5]) * width + (i % width)];
    });
    expect(turned[0]).toEqual(expected);
  });
});

test('closing the backend leaves one thread, with the same bits', async () => {
  const b = await cpu({ threads: 2 });
  const sizes = { steps: 60, batch: 16, inputs: 64, hidden: 96, outputs: 10, density: 0.1 };
  const before = await results(b, sizes);
  b.close();
  expect(await results(b, sizes)).toEqual(before);
});
