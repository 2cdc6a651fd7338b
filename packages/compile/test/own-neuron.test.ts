// A neuron that no package knows is compiled like any other: from its step alone, with all its gradients.
//
//   h = rho_v v + (1 - rho_v) (x W + z_last R) + s e^((v - theta) / s)       leak, input, upstroke near the threshold
//   z = [h > theta + a]                                                      the derivative of [.] is 1 / (1 + (4 .)^2)
//   v = (1 - z) h                                                            reset to 0, through which the gradient flows
//   a = rho_a a + (1 - rho_a) beta (z + max(v, 0))                           spikes and depolarisation raise the threshold
//
// rho_v = e^(-1 / tau_v) and rho_a = e^(-1 / tau_a), both learnt through their time constants, counted in steps.
import { autodiff } from '@snn/autodiff';
import { reference } from '@snn/backend-conformance';
import { cpu, plainCpu } from '@snn/backend-cpu';
import {
  at,
  type Backend,
  type CustomOp,
  type Executable,
  type Key,
  linear,
  normal,
  randomKey,
  sizeOf,
  split,
  stack,
  type TensorMeta,
} from '@snn/core';
import { describe, expect, test } from 'vitest';
import { relativeStep, type Step, scheduled, traceStep } from '../src/index.ts';

const SPIKE: CustomOp = {
  name: 'spike',
  forward: (b, x) => b.gt(x, 0),
  vjp: (b, g, [x]) => {
    const y = b.mul(x, 4);
    return [b.div(g, b.add(1, b.mul(y, y)))];
  },
};

type Named<T> = { readonly [name: string]: T };

/** One step of the neuron, with its weights. */
function upstroke<T extends TensorMeta>(b: Backend<T>, p: Named<T>, { v, a, z: last }: Named<T>, x: T): readonly [T, Named<T>] {
  const rhoV = b.exp(b.div(-1, p.tauV));
  const rhoA = b.exp(b.div(-1, p.tauA));
  const current = b.add(linear(b, x, p.w), b.matmul(last, p.r));
  const rise = b.mul(p.sharpness, b.exp(b.div(b.sub(v, p.theta), p.sharpness)));
  const h = b.add(b.add(b.mul(rhoV, v), b.mul(b.sub(1, rhoV), current)), rise);
  const threshold = b.add(p.theta, a);
  const z = b.customGrad(SPIKE, b.sub(h, threshold));
  const next = b.mul(b.sub(1, z), h);
  const adapted = b.add(b.mul(rhoA, a), b.mul(b.mul(b.sub(1, rhoA), p.beta), b.add(z, b.max(next, 0))));
  return [z, { v: next, a: adapted, z }];
}

const [T, I, N] = [11, 5, 6];
const PARAMETERS: Named<readonly [shape: readonly number[], mean: number, spread: number]> = {
  w: [[I, N], 0.4, 1.5],
  r: [[N, N], 0, 0.5],
  tauV: [[N], 4, 0.5],
  tauA: [[], 9, 0],
  theta: [[N], 0.8, 0.05],
  beta: [[N], 0.5, 0.1],
  sharpness: [[1], 0.5, 0],
};
const STATES = ['v', 'a', 'z'];
const meta = (...shape: number[]): TensorMeta => ({ shape, dtype: 'float32' });

/** One trace for all batch sizes. */
const traced = relativeStep((batch) =>
  traceStep(
    'upstroke',
    upstroke as unknown as Step,
    Object.fromEntries(Object.entries(PARAMETERS).map(([name, [shape]]) => [name, meta(...shape)])),
    Object.fromEntries(STATES.map((name) => [name, meta(batch, N)])),
    meta(batch, I),
  ),
);

/** Everything that a run is given, the cotangents included, on any backend. */
function given<H extends TensorMeta>(b: Backend<H>, batch: number) {
  const keys = split(randomKey(batch), 20);
  const draw = (key: Key, shape: readonly number[], mean = 0, spread = 1): H => b.fromData(normal(key, sizeOf(shape), mean, spread), shape);
  return {
    parameters: Object.values(PARAMETERS).map(([shape, mean, spread], i) => draw(keys[i], shape, mean, spread)),
    states: STATES.map((_, i) => draw(keys[8 + i], [batch, N], 0.1, 0.1)),
    inputs: draw(keys[12], [T, batch, I]),
    outputCotangents: draw(keys[13], [T, batch, N]),
    stateCotangents: STATES.map((_, i) => draw(keys[14 + i], [batch, N])),
  };
}

type Results = { readonly [name: string]: readonly number[] };
type Readable<H extends TensorMeta> = Backend<H> & { readSync(x: H): ArrayLike<number> };
const named = (names: readonly string[], prefix: string, arrays: readonly ArrayLike<number>[]): Results =>
  Object.fromEntries(names.map((name, i) => [prefix + name, Array.from(arrays[i])]));

/** The forward pass and all gradients by an executable. */
function byExecutable<H extends TensorMeta>(b: Readable<H>, executable: Executable<H>, batch: number): readonly [Results, Results] {
  const { parameters, states, inputs, outputCotangents, stateCotangents } = given(b, batch);
  const read = (x: H): ArrayLike<number> => b.readSync(x);
  const run = executable.run(parameters, states, inputs);
  const gradients = executable.pullback(outputCotangents, stateCotangents, true);
  return [
    { outputs: Array.from(read(run.outputs)), ...named(STATES, '', run.states.map(read)) },
    {
      ...named(Object.keys(PARAMETERS), 'd ', gradients.parameters.map(read)),
      ...named(STATES, 'd ', gradients.states.map(read)),
      'd inputs': Array.from(read(gradients.inputs as H)),
    },
  ];
}

/** The same by the step in a loop, and autodiff. */
function byStep<H extends TensorMeta>(b: Readable<H>, batch: number): readonly [Results, Results] {
  const { parameters, states, inputs, outputCotangents, stateCotangents } = given(b, batch);
  const ad = autodiff(b);
  const p = parameters.map((x) => ad.variable(x));
  const first = states.map((x) => ad.variable(x));
  const xs = Array.from({ length: T }, (_, t) => ad.variable(at(b, inputs, t)));
  const record = Object.fromEntries(Object.keys(PARAMETERS).map((name, i) => [name, p[i]]));
  let state: Named<(typeof p)[0]> = Object.fromEntries(STATES.map((name, i) => [name, first[i]]));
  const outputs = xs.map((x) => {
    const [z, next] = upstroke(ad, record, state, x);
    state = next;
    return z;
  });
  const last = STATES.map((name) => state[name]);
  const cotangents = [...xs.map((_, t) => at(b, outputCotangents, t)), ...stateCotangents];
  const gradients = ad.backward([...outputs, ...last], cotangents, [...p, ...first, ...xs]).map((g, i) => {
    if (g === null) throw new Error(`nothing depends on variable ${i}.`);
    return g;
  });
  const read = (x: H): ArrayLike<number> => b.readSync(x);
  return [
    {
      outputs: Array.from(
        read(
          stack(
            b,
            outputs.map(({ value }) => value),
          ),
        ),
      ),
      ...named(
        STATES,
        '',
        last.map(({ value }) => read(value)),
      ),
    },
    {
      ...named(Object.keys(PARAMETERS), 'd ', gradients.slice(0, p.length).map(read)),
      ...named(STATES, 'd ', gradients.slice(p.length, p.length + STATES.length).map(read)),
      'd inputs': Array.from(read(stack(b, gradients.slice(p.length + STATES.length)))),
    },
  ];
}

/** The largest difference of each gradient, as a part of its largest entry. */
const distances = (a: Results, b: Results): Results =>
  Object.fromEntries(
    Object.entries(a).map(([name, values]) => {
      const largest = Math.max(...b[name].map(Math.abs));
      expect(largest, name).toBeGreaterThan(1e-3);
      return [name, [Math.max(...values.map((x, i) => Math.abs(x - b[name][i]))) / largest]];
    }),
  );
const largest = (of: Results): number => Math.max(...Object.values(of).flat());

describe.each([1, 3, 8])('batches of %i', (batch) => {
  const [forward, gradients] = byStep(plainCpu(), batch);

  test('it spikes, but not always', () => {
    const share = forward.outputs.filter((z) => z === 1).length / forward.outputs.length;
    expect(share).toBeGreaterThan(0.1);
    expect(share).toBeLessThan(0.6);
  });

  test('compiled in float32: the bits of the steps and of the reference executor; gradients within rounding of autodiff', async () => {
    const b = await cpu();
    if (!b.compile) throw new Error('this backend does not compile');
    const executable = await b.compile(traced.at(batch), T);
    expect(executable.executedBy).toMatch(/^WebAssembly SIMD/);
    const [outputs, compiled] = byExecutable(b, executable, batch);
    expect(outputs).toEqual(forward);
    const plain = plainCpu();
    expect([outputs, compiled]).toEqual(byExecutable(plain, scheduled(plain, traced.at(batch)), batch));
    // sums of at most T * B * N = 528 terms, in another order
    expect(largest(distances(compiled, gradients))).toBeLessThan(528 * 2 ** -24);
    executable.dispose();
  });

  test('scheduled in float64: within 1e-12 of the steps and autodiff', () => {
    const b = reference();
    const [outputs, compiled] = byExecutable(b, scheduled(b, traced.at(batch)), batch);
    const [expected, wanted] = byStep(b, batch);
    expect(outputs.outputs).toEqual(expected.outputs);
    expect(largest(distances({ v: outputs.v, a: outputs.a }, expected))).toBeLessThan(1e-12);
    expect(largest(distances(compiled, wanted))).toBeLessThan(1e-12);
  });
});

test('it was traced once', () => {
  expect(traced.traces).toEqual([{ step: 'upstroke', shape: ['B', I], reason: null }]);
});
