/**
 * The compiled tier: the step is traced once, scheduled over time and run by the CPU backend's WebAssembly kernels. Losses are the backend's plain
 * operations around it and Adam a program of its own, as in `fit`.
 */
import { autodiff, valueAndGrad } from '@snn/autodiff';
import { cpu } from '@snn/backend-cpu';
import { none, overTime, type RunningExecutable, store, traceStep } from '@snn/compile';
import {
  arena,
  type Backend,
  type Executable,
  type GradientStrategy,
  sumAll,
  type TensorMeta,
  type Tree,
  type TypedArray,
  treeLeaves,
  zeros,
} from '@snn/core';
import { adam, updaterOf } from '@snn/nn';
import type { Values } from '../generator.ts';
import type { Mode, Named, Problem } from '../workload.ts';
import type { Case, Engine, Evidence, Identity, Prepared } from './engine.ts';

const mapNamed = <X, Y>(named: Named<X>, f: (x: X, name: string) => Y): Named<Y> =>
  Object.fromEntries(Object.entries(named).map(([name, x]) => [name, f(x, name)]));

const upload = <T extends TensorMeta>(b: Backend<T>, { data, shape }: Values): T => b.fromData(data, shape);

/** A number of each tensor's values. All are asked for at once. */
async function readNamed<T extends TensorMeta>(
  b: Backend<T>,
  tensors: Named<T>,
  f: (values: TypedArray) => number,
): Promise<Named<number>> {
  return Object.fromEntries(await Promise.all(Object.entries(tensors).map(async ([name, x]) => [name, f(await b.read(x))] as const)));
}

function meanSize(values: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += Math.abs(values[i]);
  return total / values.length;
}

/** A backend, which is closed if it has threads. */
type B<T extends TensorMeta> = Backend<T> & { close?(): void };

/** A problem's step compiled for `steps` steps; with `counting`, the spikes of each layer are summed in states of their own. */
interface Program<T extends TensorMeta> {
  readonly executable: Executable<T>;
  readonly states: readonly T[];
  readonly counted: readonly string[];
}

async function compile<T extends TensorMeta>(
  b: B<T>,
  problem: Problem,
  parameters: Named<T>,
  steps: number,
  counting: boolean,
  gradient: GradientStrategy,
): Promise<Program<T>> {
  const initial = problem.initialState(b, parameters);
  const { shape } = problem.inputs;
  const first = problem.step(
    b,
    parameters,
    initial,
    b.fromData(new Float32Array(shape.slice(1).reduce((n, m) => n * m, 1)), shape.slice(1)),
  );
  const counts = counting ? mapNamed(first.spikes, (z) => zeros(b, z.shape)) : {};
  const step = <U extends TensorMeta>(t: Backend<U>, p: Named<U>, s: { state: Named<U>; counts: Named<U> }, x: U) => {
    const { output, state, spikes } = problem.step(t, p, s.state, x);
    return [output, { state, counts: mapNamed(s.counts, (sum, name) => t.add(sum, spikes[name])) }] as const;
  };
  const traced = traceStep('workload', step as never, parameters, { state: initial, counts }, { shape: shape.slice(1), dtype: 'float32' });
  const executable = await (b.compile as NonNullable<typeof b.compile>)(traced, steps, gradient);
  return { executable, states: [...Object.values(initial), ...Object.values(counts)], counted: Object.keys(counts) };
}

/**
 * An engine of any backend's compiled programs. `make`: a backend for a number of threads. `kernels`: whether a program that the backend makes no
 * kernels for is refused.
 */
export const compiledOn = <T extends TensorMeta>(
  identity: Identity,
  make: (threads: number) => Promise<B<T>>,
  kernels: boolean,
): Engine => ({
  name: identity.engine,
  refusal: () => null,
  identity: () => identity,
  async prepare({ problem }: Case, mode: Mode, threads: number): Promise<Prepared> {
    const b = await make(threads);
    const parameters = mapNamed(problem.parameters, (values) => upload(b, values));
    const names = Object.keys(parameters);
    const leaves = Object.values(parameters);
    const inputs = upload(b, problem.inputs);
    const [steps] = problem.inputs.shape;
    // a run without a backward pass keeps nothing for one
    const gradient = mode === 'forward' || mode === 'stream' ? none() : store();
    const timed = await compile(b, problem, parameters, mode === 'stream' ? 1 : steps, false, gradient);
    // a measurement of something else than it says is worse than none
    if (kernels && timed.executable.fallbackReason) throw new Error(`not compiled: ${timed.executable.fallbackReason}`);
    const withInputs = mode === 'backward-inputs';
    const g = problem.coefficients ? upload(b, problem.coefficients) : null;

    const drop = (tensors: readonly (T | null)[]): void => {
      for (const x of tensors) if (x) b.dispose(x);
    };
    const spikesOf = ({ counted }: Program<T>, states: readonly T[]): Named<T> => {
      const counts = states.slice(states.length - counted.length);
      return Object.fromEntries(counted.map((name, i) => [name, sumAll(b, counts[i])]));
    };
    const silent = ({ states }: Program<T>): T[] => states.map((x) => zeros(b, x.shape));
    // parameters that make the initial state get their gradient through it
    const ad = autodiff(b);
    const variables = mapNamed(parameters, (x) => ad.variable(x));
    const initial = Object.values(problem.initialState(ad, variables));
    const ofInitialState = (cotangents: readonly T[]): readonly (T | null)[] =>
      initial.some(({ node }) => node !== null) ? ad.backward(initial, cotangents.slice(0, initial.length), Object.values(variables)) : [];
    // what comes out is asked for, by programs that count, before its tensors go, and waited for by the caller
    const once = (program: Program<T>): { readonly [K in keyof Evidence]: Promise<Evidence[K]> } => {
      const { executable, states, counted } = program;
      const run = executable.run(leaves, states, inputs);
      const spikes = readNamed(b, spikesOf(program, run.states), ([sum]) => sum);
      let gradients: Promise<Named<number>> = Promise.resolve({});
      if (g && (mode === 'backward' || withInputs)) {
        const h = silent(program);
        const pulled = executable.pullback(g, h, withInputs);
        const more = ofInitialState(pulled.states);
        const ofParameters = pulled.parameters.map((x, i) => (more[i] ? b.add(x, more[i]) : x));
        const all = [
          ...names.map((name, i) => [name, ofParameters[i]] as const),
          ...(pulled.inputs ? [['inputs', pulled.inputs] as const] : []),
        ];
        if (counted.length > 0) gradients = readNamed(b, Object.fromEntries(all), meanSize);
        drop([...h, ...ofParameters, ...pulled.parameters, ...pulled.states, pulled.inputs]);
      }
      drop([run.outputs, ...run.states]);
      return { spikes, gradients };
    };
    const training = mode === 'train' ? await trainer(b, problem, parameters, timed, inputs) : null;
    let state: readonly T[] = timed.states;
    let t = 0;
    const row = problem.inputs.data.length / steps;
    const rows =
      mode === 'stream'
        ? Array.from({ length: steps }, (_, k) =>
            b.fromData(problem.inputs.data.slice(k * row, (k + 1) * row), [1, ...problem.inputs.shape.slice(1)]),
          )
        : [];
    const stream = mode === 'stream' ? timed.executable.stream?.(leaves, timed.states) : undefined;
    return {
      run() {
        if (training) training.run();
        else if (stream) {
          stream.input.set(problem.inputs.data.subarray(t * row, (t + 1) * row));
          stream.step();
          t = (t + 1) % steps;
        } else if (mode === 'stream') {
          const { outputs, states } = timed.executable.run(leaves, state, rows[t]);
          b.dispose(outputs);
          if (state !== timed.states) drop(state);
          state = states;
          t = (t + 1) % steps;
        } else once(timed);
      },
      async check() {
        const counting = await compile(b, problem, parameters, steps, true, gradient);
        const asked = once(counting);
        const evidence = { spikes: await asked.spikes, gradients: await asked.gradients };
        counting.executable.dispose();
        return training ? { ...evidence, gradients: await training.gradients() } : evidence;
      },
      executedBy: () => timed.executable.executedBy,
      dispose() {
        timed.executable.dispose();
        b.close?.();
      },
    };
  },
});

/** See above. */
export const compiledEngine: Engine = compiledOn(
  { engine: 'snn (compiled)', backend: 'cpu', tier: 'wasm', executor: 'compiled program' },
  (threads) => cpu({ threads }),
  true,
);

/** With products of dense numbers that round a multiplication and an addition together. */
export const fusedEngine: Engine = compiledOn(
  { engine: 'snn (fused)', backend: 'cpu, fast: true', tier: 'wasm', executor: 'compiled program' },
  (threads) => cpu({ threads, fast: true }),
  true,
);

/** Optimisation steps with Adam on a compiled run. */
async function trainer<T extends TensorMeta>(b: B<T>, problem: Problem, initial: Named<T>, program: Program<T>, fixed: T) {
  const training = problem.training as NonNullable<Problem['training']>;
  const labels = upload(b, training.labels);
  const optimizer = adam(training.rate);
  const running: RunningExecutable = { executable: program.executable as unknown as Executable<TensorMeta>, latest: null };
  let parameters: Tree<T> = mapNamed(initial, (x) => b.reshape(x, x.shape));
  let moments = optimizer.init(b, parameters);
  const updater = await updaterOf(b, optimizer, parameters, moments);
  let step = 0;
  const release = (tree: Tree<T>): void => {
    for (const { value } of treeLeaves<T>(tree)) b.dispose(value);
  };
  const gradientOf = (scope: Backend<T>, p: Named<T>, x: T): Named<T> => {
    const [, gradient] = valueAndGrad(
      scope,
      (ad, q, states, inputs, y) => training.loss(ad, overTime(ad, running, Object.values(q), states, inputs).outputs, y),
      p,
      program.states,
      x,
      labels,
    );
    return gradient;
  };
  return {
    run() {
      const scope = arena(b);
      const x = training.encodeOn?.(scope, step) ?? fixed;
      const gradients = gradientOf(scope, parameters as Named<T>, x);
      const { parameters: updated, memory: next } = updater.update(scope, gradients as Tree<T>, moments, parameters, step);
      scope.keep([updated, next]);
      scope.release();
      release(parameters);
      release(moments);
      parameters = updated;
      moments = next;
      step++;
    },
    gradients: (): Promise<Named<number>> => readNamed(b, gradientOf(b, initial, fixed), meanSize),
  };
}
