/**
 * The plain eager tier: each step calls the backend's operations one by one, each operation allocates its result. The executable
 * specification, and what compiled engines are measured against; not built for speed.
 */
import { autodiff, type Var, valueAndGrad } from '@snn/autodiff';
import { plainCpu } from '@snn/backend-cpu';
import { arena, at, type Backend, stack, sumAll, type TensorMeta, type Tree, treeLeaves } from '@snn/core';
import { adam, applyUpdates } from '@snn/nn';
import type { Values } from '../generator.ts';
import type { Mode, Named, Problem } from '../workload.ts';
import type { Case, Engine, Evidence, Prepared } from './engine.ts';

/** A backend that can be read at once. */
type B<T extends TensorMeta> = Backend<T> & Required<Pick<Backend<T>, 'readSync'>>;

const mapNamed = <X, Y>(named: Named<X>, f: (x: X, name: string) => Y): Named<Y> =>
  Object.fromEntries(Object.entries(named).map(([name, x]) => [name, f(x, name)]));

const upload = <T extends TensorMeta>(b: Backend<T>, { data, shape }: Values): T => b.fromData(data, shape);

/** Outputs of all steps and the sums of all spikes by layer. */
interface Unrolled<T> {
  readonly outputs: T[];
  readonly spikes: Named<T>;
}

/** The loop over time. Spikes are summed only where `count` asks for it. */
function unroll<T extends TensorMeta>(
  b: Backend<T>,
  problem: Problem,
  parameters: Named<T>,
  inputs: readonly T[],
  count: boolean,
): Unrolled<T> {
  const outputs: T[] = [];
  let spikes: Named<T> = {};
  let state = problem.initialState(b, parameters);
  for (const x of inputs) {
    const stepped = problem.step(b, parameters, state, x);
    state = stepped.state;
    outputs.push(stepped.output);
    if (count) spikes = mapNamed(stepped.spikes, (z, name) => (spikes[name] ? b.add(spikes[name], sumAll(b, z)) : sumAll(b, z)));
  }
  return { outputs, spikes };
}

const number = <T extends TensorMeta>(b: B<T>, x: T): number => b.readSync(x)[0];

function meanSize(values: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += Math.abs(values[i]);
  return total / values.length;
}

/** Mean absolute values of a record of gradients that may be missing. */
const sizes = <T extends TensorMeta>(b: B<T>, gradients: Named<T | null>): Named<number> =>
  mapNamed(gradients, (g) => (g ? meanSize(b.readSync(g)) : 0));

const forward =
  <T extends TensorMeta>(b: B<T>, { problem }: Case) =>
  (parameters: Named<T>, inputs: readonly T[]): Prepared => ({
    run() {
      const outputs = new Set<T>();
      let state: Named<T> = problem.initialState(b, parameters);
      for (const x of inputs) {
        // what a step leaves behind is released at once; an output may be a part of the state
        const scope = arena(b);
        const stepped = problem.step(scope, parameters, state, x);
        const next = Object.values(stepped.state);
        scope.keep([stepped.output, next]);
        scope.release();
        for (const old of Object.values(state)) if (!outputs.has(old) && !next.includes(old)) b.dispose(old);
        outputs.add(stepped.output);
        state = stepped.state;
      }
      for (const x of new Set([...outputs, ...Object.values(state)])) b.dispose(x);
    },
    check() {
      const scope = arena(b);
      const { spikes } = unroll(scope, problem, parameters, inputs, true);
      const evidence: Evidence = { spikes: mapNamed(spikes, (x) => number(b, x)), gradients: {} };
      scope.release();
      return evidence;
    },
    dispose: () => {},
  });

const backward =
  <T extends TensorMeta>(b: B<T>, { problem }: Case, withInputs: boolean) =>
  (parameters: Named<T>, inputs: readonly T[]): Prepared => {
    const all = problem.coefficients as Values;
    const coefficients = steps(b, all);
    const once = (count: boolean): Evidence => {
      const scope = arena(b);
      const ad = autodiff(scope);
      const variables = mapNamed(parameters, (x) => ad.variable(x));
      const xs = inputs.map((x) => (withInputs ? ad.variable(x) : ad.constant(x)));
      const { outputs, spikes } = unroll(ad, problem, variables, xs, count);
      const names = Object.keys(variables);
      const wanted = [...Object.values(variables), ...(withInputs ? xs : [])];
      const gradients = ad.backward(outputs, coefficients, wanted);
      // the gradient of the inputs is one tensor [T, B, ...], as in other libraries
      const ofInputs = gradients.slice(names.length).map((g, t) => g ?? scope.mul(inputs[t], 0));
      const named: Named<T | null> = {
        ...Object.fromEntries(names.map((name, i) => [name, gradients[i]])),
        ...(withInputs ? { inputs: stack(scope, ofInputs) } : {}),
      };
      const evidence = count
        ? {
            spikes: mapNamed(spikes, (x) => number(b, x.value)),
            gradients: sizes(b, named),
          }
        : { spikes: {}, gradients: {} };
      scope.release();
      return evidence;
    };
    return {
      run: () => {
        once(false);
      },
      check: () => once(true),
      dispose: () => {
        for (const x of coefficients) b.dispose(x);
      },
    };
  };

const train =
  <T extends TensorMeta>(b: B<T>, { problem }: Case) =>
  (initial: Named<T>, inputs: readonly T[]): Prepared => {
    const training = problem.training as NonNullable<Problem['training']>;
    const labels = upload(b, training.labels);
    const optimizer = adam(training.rate);
    // tensors of its own: they are replaced in every step
    let parameters: Tree<T> = mapNamed(initial, (x) => b.reshape(x, x.shape));
    let moments = optimizer.init(b, parameters);
    let step = 0;
    const drop = (tree: Tree<T>): void => {
      for (const { value } of treeLeaves<T>(tree)) b.dispose(value);
    };
    const lossOf = <U extends TensorMeta>(ad: Backend<U>, p: Named<U>, xs: readonly U[], y: U): U =>
      training.loss(ad, stack(ad, unroll(ad, problem, p, xs, false).outputs), y);
    return {
      run() {
        const scope = arena(b);
        const xs = training.encode ? steps(scope, training.encode(step)) : inputs;
        const [, gradients] = valueAndGrad(
          scope,
          (ad, p: Named<Var<T>>, x: readonly Var<T>[], y: Var<T>) => lossOf(ad, p, x, y),
          parameters as Named<T>,
          xs,
          labels,
        );
        const [updates, next] = optimizer.update(scope, gradients as Tree<T>, moments, parameters, step);
        const updated = applyUpdates(scope, parameters, updates);
        scope.keep([updated, next]);
        scope.release();
        drop(parameters);
        drop(moments);
        parameters = updated;
        moments = next;
        step++;
      },
      check() {
        const scope = arena(b);
        const { spikes } = unroll(scope, problem, initial, inputs, true);
        const [, gradients] = valueAndGrad(
          scope,
          (ad, p: Named<Var<T>>, x: readonly Var<T>[], y: Var<T>) => lossOf(ad, p, x, y),
          initial,
          inputs,
          labels,
        );
        const evidence: Evidence = { spikes: mapNamed(spikes, (x) => number(b, x)), gradients: sizes(b, gradients) };
        scope.release();
        return evidence;
      },
      dispose() {
        drop(parameters);
        drop(moments);
        b.dispose(labels);
      },
    };
  };

const stream =
  <T extends TensorMeta>(b: B<T>, job: Case) =>
  (parameters: Named<T>, inputs: readonly T[]): Prepared => {
    const { problem } = job;
    let state: Named<T> = problem.initialState(b, parameters);
    let t = 0;
    return {
      run() {
        const scope = arena(b);
        const stepped = problem.step(scope, parameters, state, inputs[t]);
        scope.keep(stepped.state);
        scope.release();
        for (const x of Object.values(state)) b.dispose(x);
        state = stepped.state;
        t = (t + 1) % inputs.length;
      },
      check: forward(b, job)(parameters, inputs).check,
      dispose: () => {
        for (const x of Object.values(state)) b.dispose(x);
      },
    };
  };

/** `[T, ...]` as T tensors. */
const steps = <T extends TensorMeta>(b: Backend<T>, values: Values): T[] => {
  const whole = upload(b, values);
  const parts = Array.from({ length: values.shape[0] }, (_, t) => at(b, whole, t));
  b.dispose(whole);
  return parts;
};

/** What an eager engine is made of besides the backend. */
interface Description {
  readonly name: string;
  readonly backend: string;
  readonly tier: string;
}

/** An engine of any backend's operations. Every mode, one thread. */
export const eagerOn = <T extends TensorMeta>({ name, backend, tier }: Description, make: () => Promise<B<T>>): Engine => ({
  name,
  refusal: (_workload, _size, _mode, threads) => (threads === 1 ? null : `${tier} of ${backend} runs on one thread`),
  identity: () => ({ engine: name, backend, tier, executor: 'step by step, operation by operation' }),
  async prepare(job: Case, mode: Mode): Promise<Prepared> {
    const b = await make();
    const { problem } = job;
    const parameters = mapNamed(problem.parameters, (values) => upload(b, values));
    const inputs = steps(b, problem.inputs);
    const makers = {
      forward: forward(b, job),
      backward: backward(b, job, false),
      'backward-inputs': backward(b, job, true),
      train: train(b, job),
      stream: stream(b, job),
    };
    const prepared = makers[mode](parameters, inputs);
    return {
      ...prepared,
      dispose() {
        prepared.dispose();
        for (const x of [...Object.values(parameters), ...inputs]) b.dispose(x);
      },
    };
  },
});

/** See above. */
export const eagerEngine: Engine = eagerOn({ name: 'snn (eager)', backend: 'cpu', tier: 'plain' }, async () => plainCpu());
