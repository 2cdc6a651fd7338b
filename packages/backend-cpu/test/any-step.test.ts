// Steps that nobody wrote: random programs over states, parameters and inputs have the bits of the plain tier, compiled, forward and backward.
import { checkpoint, plan, type Step, store, truncated } from '@snn/compile';
import { type Backend, bernoulli, type GradientStrategy, normal, randomKey, sizeOf, type TensorMeta } from '@snn/core';
import { arctan, spike, triangle } from '@snn/surrogates';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { type CpuTensor, cpu, plainCpu } from '../src/index.ts';

const BATCH = 3;
const INPUTS = 4;

const one = await cpu({ threads: 1 });
const two = await cpu({ threads: 2 });
const plain = plainCpu();
afterAll(() => two.close());

/** One instruction: what it does to which values made so far; numbers are taken modulo what there is to choose from. */
type Instruction = readonly [kind: number, first: number, second: number, choice: number];

/** A program, the values that the states take, and the one that is given out. */
interface Recipe {
  readonly instructions: readonly Instruction[];
  readonly widths: readonly number[];
  readonly next: readonly number[];
  readonly output: number;
}

const at = <V>(list: readonly V[], index: number): V => list[index % list.length];
const widthOf = ({ shape }: TensorMeta): number => shape[shape.length - 1];

/** `x` with another number of columns: cut, or joined with itself. */
function withWidth<T extends TensorMeta>(b: Backend<T>, x: T, width: number): T {
  if (widthOf(x) === width) return x;
  if (widthOf(x) > width) return b.slice(x, [0, widthOf(x) - width], [x.shape[0], width]);
  return withWidth(b, b.concat([x, x], 1), width);
}

/** What instructions do; each gives a value of shape `[B, n]` or `[1, n]`. */
const operations: readonly (<T extends TensorMeta>(b: Backend<T>, x: T, y: T, choice: number, weights: readonly T[]) => T)[] = [
  (b, x, y) => b.add(x, withWidth(b, y, widthOf(x))),
  (b, x, y) => b.sub(withWidth(b, x, widthOf(y)), y),
  (b, x, y) => b.mul(x, withWidth(b, y, widthOf(x))),
  (b, x, _, choice) => b.mul(x, choice / 8 - 1),
  (b, x, y) => b.div(x, b.add(b.exp(withWidth(b, y, widthOf(x))), 1)),
  (b, x, y) => b.max(x, withWidth(b, y, widthOf(x))),
  (b, x, _, choice) => b.gt(x, choice / 16),
  (b, x, y) => b.where(b.gt(x, 0), x, withWidth(b, y, widthOf(x))),
  (b, x) => b.exp(b.sub(0, b.mul(x, x))),
  (b, x) => b.sqrt(b.add(b.mul(x, x), 1)),
  (b, x) => b.log(b.add(b.mul(x, x), 1)),
  (b, x, _, choice) => spike(b, b.sub(x, 0.25), choice % 2 === 0 ? arctan() : triangle()),
  (b, x, _, choice, weights) => {
    const weight = at(weights, choice);
    return b.matmul(withWidth(b, x, weight.shape[0]), weight);
  },
  (b, x) => b.sum(x, [0]),
  (b, x, y) => b.add(withWidth(b, y, widthOf(x)), b.sum(x, [1])),
  (b, x) => b.sub(x, b.reduceMax(x, [1])),
  (b, x, _, choice) => withWidth(b, x, 1 + (choice % 6)),
  (b, x, y) => (x.shape[0] === y.shape[0] ? b.concat([x, y], 1) : x),
  (b, x) => b.permute(b.add(b.permute(x, [1, 0]), 1), [1, 0]),
  (b, x) => b.mul(b.reshape(b.exp(b.reshape(b.mul(x, 0.125), [sizeOf(x.shape)])), x.shape), 0.5),
  (b, x) => b.reshape(b.slice(b.reshape(x, [sizeOf(x.shape)]), [0], [sizeOf(x.shape)]), x.shape),
  (b, x, y) => b.matmul(b.matmul(x, b.permute(x, [1, 0])), x.shape[0] === y.shape[0] ? y : x),
];

/** Values may grow over the steps; this keeps them where all of float32 is not infinite. */
const bounded = <T extends TensorMeta>(b: Backend<T>, x: T): T => b.max(b.sub(0, b.max(b.sub(0, x), -4)), -4);

/** The step that a recipe describes. */
function stepOf({ instructions, widths, next, output }: Recipe) {
  return <T extends TensorMeta>(b: Backend<T>, parameters: { w: T; u: T; bias: T }, states: Readonly<Record<string, T>>, x: T) => {
    const values: T[] = [x, parameters.bias, ...Object.values(states)];
    for (const [kind, first, second, choice] of instructions) {
      const made = at(operations, kind)(b, at(values, first), at(values, second), choice, [parameters.w, parameters.u]);
      values.push(widthOf(made) > 12 ? withWidth(b, made, 5) : made);
    }
    const full = (value: T, width: number): T => b.broadcast(withWidth(b, value, width), [x.shape[0], width]);
    const after = widths.map((width, i) => [`s${i}`, bounded(b, full(at(values, at(next, i)), width))] as const);
    return [full(at(values, output), 3), Object.fromEntries(after)] as const;
  };
}

const small = fc.nat({ max: 400 });
const recipes: fc.Arbitrary<Recipe> = fc.record({
  instructions: fc.array(fc.tuple(small, small, small, small), { minLength: 1, maxLength: 14 }),
  widths: fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 3 }),
  next: fc.array(small, { minLength: 3, maxLength: 3 }),
  output: small,
});
const strategies: readonly GradientStrategy[] = [store(), checkpoint(2), truncated(2)];

const bits = (b: Backend<CpuTensor>, t: CpuTensor | null): readonly number[] => {
  if (t === null) return [];
  const values = Float32Array.from(b.readSync?.(t) ?? [], (value) => (Number.isNaN(value) ? Number.NaN : value));
  return [...new Uint32Array(values.buffer)];
};

/** Output, states and gradients of a recipe on `b`, as bits; twice, since a program must not remember its last run. */
async function results(
  b: Backend<CpuTensor>,
  recipe: Recipe,
  steps: number,
  density: number,
  gradient: GradientStrategy,
): Promise<readonly unknown[]> {
  const draw = (seed: number, shape: readonly number[]): CpuTensor => b.fromData(normal(randomKey(seed), sizeOf(shape), 0, 0.7), shape);
  const parameters = { w: draw(1, [4, 5]), u: draw(2, [3, 6]), bias: draw(3, [1, 4]) };
  const states = Object.fromEntries(recipe.widths.map((width, i) => [`s${i}`, draw(10 + i, [BATCH, width])]));
  const size = steps * BATCH * INPUTS;
  const x = b.fromData(density === 0 ? normal(randomKey(5), size) : bernoulli(randomKey(5), density, size), [steps, BATCH, INPUTS]);
  const step = stepOf(recipe) as Step;
  const planned = plan('any step', step, parameters, states, { shape: [BATCH, INPUTS], dtype: 'float32' });
  const [p, s] = [Object.values(parameters), Object.values(states)];
  const g = draw(20, [steps, BATCH, 3]);
  const h = s.map(({ shape }, i) => draw(30 + i, shape));
  const list = (tensors: readonly CpuTensor[]): readonly unknown[] => tensors.map((t) => bits(b, t));
  if (!b.compile) {
    const run = planned.vjp(b, p, s, x, gradient);
    const back = run.pullback(g, h);
    const once = [bits(b, run.outputs), list(run.states), list(back.parameters), list(back.states), bits(b, back.inputs)];
    return [once, once];
  }
  const program = await b.compile(planned.traced, steps, gradient);
  const again = [0, 1].map(() => {
    const run = program.run(p, s, x);
    const back = program.pullback(g, h, true);
    return [bits(b, run.outputs), list(run.states), list(back.parameters), list(back.states), bits(b, back.inputs)];
  });
  program.dispose();
  return again;
}

test('a compiled step has the bits of the plain tier, whatever the step', { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(
      recipes,
      fc.constantFrom(1, 2, 5, 7),
      fc.constantFrom(0, 0.1, 0.6),
      fc.constantFrom(...strategies),
      async (recipe, steps, density, gradient) => {
        const expected = await results(plain, recipe, steps, density, gradient);
        expect(await results(one, recipe, steps, density, gradient)).toEqual(expected);
        expect(await results(two, recipe, steps, density, gradient)).toEqual(expected);
      },
    ),
    { numRuns: 60 },
  );
});
