// Shared by the tests of this package: gradients by a rule, and by backpropagation through time.
import { type Var, valueAndGrad } from '@snn/autodiff';
import { type ReferenceBackend, type ReferenceTensor, reference } from '@snn/backend-conformance';
import { scheduled, store } from '@snn/compile';
import {
  arena,
  bernoulli,
  callOp,
  type GradientStrategy,
  type Key,
  mapOps,
  randomKey,
  stream,
  type Tree,
  treeLeaves,
  treeMap,
} from '@snn/core';
import { crossEntropyOverTime, type Layer, type LearningRule, type Loss, lossOf, type Objective, type Regularizer } from '@snn/nn';

export type Numbers = { readonly [path: string]: readonly number[] };

/** A backend in doubles, a network's parameters on it and a batch. */
export interface Problem {
  readonly b: ReferenceBackend;
  readonly network: Layer;
  readonly parameters: Tree<ReferenceTensor>;
  readonly inputs: ReferenceTensor;
  readonly labels: ReferenceTensor;
  readonly key: Key;
}

export function problem(
  network: Layer,
  [steps, batch, inputs, classes]: readonly number[],
  { gain = 1, seed = 1 }: { readonly gain?: number; readonly seed?: number } = {},
): Problem {
  const b = reference();
  const key = randomKey(seed);
  const first = network.init(b, stream(key, 'parameters'));
  // larger weights than at first, so that neurons fire
  const parameters = treeMap<Tree<ReferenceTensor>>(first, (x: ReferenceTensor) => (x.shape.length === 2 ? b.mul(x, gain) : x));
  const count = steps * batch * inputs;
  const data = bernoulli(stream(key, 'inputs'), new Float32Array(count).fill(0.4), count);
  return {
    b,
    network,
    parameters,
    inputs: b.fromData(data, [steps, batch, inputs]),
    labels: b.fromData(
      Int32Array.from({ length: batch }, (_, i) => i % classes),
      [batch],
    ),
    key,
  };
}

/** The same problem on a backend that compiles, also in doubles. */
export const compiled = (p: Problem): Problem => ({
  ...p,
  b: { ...p.b, compile: async (step, _steps, gradient) => scheduled(p.b, step, null, gradient) },
});

const numbersOf = (b: ReferenceBackend, tree: Tree<ReferenceTensor>): Numbers =>
  Object.fromEntries(treeLeaves<ReferenceTensor>(tree).map(({ path, value }) => [path, [...b.readSync(value)]]));

const objectiveOf = (network: Layer, loss: Loss, regularizers: readonly Regularizer[]): Objective => ({
  network,
  loss,
  regularizers,
  training: true,
});

export interface Learned {
  readonly loss: number;
  readonly correct: number;
  readonly spikes: number;
  readonly gradients: Numbers;
  /** What a rule says that ran. */
  readonly executedBy?: string | undefined;
}

/** By a rule, in one update. */
export async function byRule(
  { b, network, parameters, inputs, labels, key }: Problem,
  rule: LearningRule,
  loss: Loss,
  regularizers: readonly Regularizer[] = [],
): Promise<Learned> {
  const learner = rule.begin(b, network);
  let gradients: Numbers = {};
  const [value, { correct, counts }] = await learner.learn(
    b,
    objectiveOf(network, loss, regularizers),
    { parameters, inputs, labels, key },
    (found) => {
      gradients = numbersOf(b, found);
      return parameters;
    },
  );
  const { executedBy } = learner;
  learner.dispose();
  const spikes = Object.values(counts).flatMap((x) => [...b.readSync(x)]);
  return {
    loss: b.readSync(value)[0],
    correct: b.readSync(correct)[0],
    spikes: spikes.reduce((sum, n) => sum + n, 0),
    gradients,
    executedBy,
  };
}

/** By backpropagation through time. */
export function byTime(
  { b, network, parameters, inputs, labels, key }: Problem,
  loss: Loss,
  regularizers: readonly Regularizer[] = [],
  gradient: GradientStrategy = store(),
): Learned {
  const objective = { ...objectiveOf(network, loss, regularizers), gradient };
  type Differentiate = (
    b: ReferenceBackend,
    f: unknown,
    p: Tree<ReferenceTensor>,
  ) => readonly [ReferenceTensor, Tree<ReferenceTensor>, { correct: ReferenceTensor; counts: { [path: string]: ReferenceTensor } }];
  const [value, found, { correct, counts }] = (valueAndGrad as unknown as Differentiate)(
    b,
    (
      ad: Parameters<typeof lossOf<Var<ReferenceTensor>>>[0] & { constant(x: ReferenceTensor): Var<ReferenceTensor> },
      p: Tree<Var<ReferenceTensor>>,
    ) => lossOf(ad, objective, p, ad.constant(inputs), ad.constant(labels), key),
    parameters,
  );
  const spikes = Object.values(counts).flatMap((x) => [...b.readSync(x)]);
  return {
    loss: b.readSync(value)[0],
    correct: b.readSync(correct)[0],
    spikes: spikes.reduce((sum, n) => sum + n, 0),
    gradients: numbersOf(b, found),
  };
}

/** Largest difference of two lists of gradients, relative to the largest gradient of each tensor. */
export function apart(actual: Numbers, expected: Numbers): number {
  if (JSON.stringify(Object.keys(actual)) !== JSON.stringify(Object.keys(expected)))
    throw new Error(`${Object.keys(actual)} is not ${Object.keys(expected)}`);
  let worst = 0;
  for (const [path, values] of Object.entries(expected)) {
    if (actual[path].length !== values.length) throw new Error(`${path} has another length`);
    const scale = Math.max(1e-3, ...values.map(Math.abs));
    for (const [i, x] of values.entries()) worst = Math.max(worst, Math.abs(actual[path][i] - x) / scale);
  }
  return worst;
}

/** Largest gradient of each tensor: that it is not zero is what makes an agreement mean something. */
export const sizes = (gradients: Numbers): Numbers =>
  Object.fromEntries(Object.entries(gradients).map(([path, values]) => [path, [Math.max(...values.map(Math.abs))]]));

/**
 * Most memory that learning needs beside the batch and the parameters, as the backend counts it after each operation; also that all of it is given
 * back but the results.
 */
export async function peak({ b, ...p }: Problem, rule: LearningRule): Promise<{ bytes: number; tensors: number }> {
  const before = b.memory();
  const most = { bytes: 0, tensors: 0 };
  const note = <R>(made: R): R => {
    const { bytes, tensors } = b.memory();
    most.bytes = Math.max(most.bytes, bytes - before.bytes);
    most.tensors = Math.max(most.tensors, tensors - before.tensors);
    return made;
  };
  const watched: ReferenceBackend = {
    ...b,
    ...mapOps<ReferenceTensor>((op) => (operands, attributes) => note(callOp(b, op, operands, attributes))),
    fromData: (...given) => note(b.fromData(...given)),
    customGrad: (op, ...operands) => note(b.customGrad(op, ...operands)),
  };
  const scope = arena(watched);
  const learner = rule.begin(watched, p.network);
  await learner.learn(scope, objectiveOf(p.network, crossEntropyOverTime(), []), p, () => p.parameters);
  learner.dispose();
  scope.release();
  if (b.memory().tensors !== before.tensors) throw new Error(`${b.memory().tensors - before.tensors} tensors were not released`);
  return most;
}
