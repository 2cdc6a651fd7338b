/**
 * Learning forward in time: a rule goes through a sequence step by step and keeps nothing of a step but what it carries to the next, so its memory
 * does not grow with the number of steps.
 *
 * Losses that are means over time are known step by step. What others (and penalties on activity) want of each step is only known after the last one:
 * the sequence is then run once before without learning, which keeps its outputs `[T, B, C]`, and again to learn.
 */
import { type Var, valueAndGrad } from '@snn/autodiff';
import {
  type Arena,
  arena,
  argmax,
  argumentError,
  at,
  type Backend,
  equal,
  stack,
  sumAll,
  type TensorMeta,
  type Tree,
  unsupportedError,
} from '@snn/core';
import type { Context, Forward, LearningBatch, Objective, SpikeCounts, UsedParameters } from '@snn/nn';
import { addTo, type Prepared, prepared, replace, tensorsOf } from './tree.ts';

/** When the optimiser updates the parameters: after each sequence, or after each step of it. */
export type UpdateTime = 'sequence' | 'step';

/** What one step gives. */
export interface LearningStep<T> {
  /** Output of the network, `[B, ...]`. */
  readonly output: T;
  /** What layers sent, by path. */
  readonly spikes: SpikeCounts<T>;
  /** What is carried to the next step: states of the network and of the rule. */
  readonly carried: Tree<T>;
  /**
   * Gradients of the used tensors, in order, from the cotangents of the output and of the spikes of layers.
   */
  pull(g: T, spikes: SpikeCounts<T>): readonly (T | null)[];
}

/** A rule as steps. */
export interface StepRule<T extends TensorMeta> {
  /** What is carried into the first step. */
  begin(b: Backend<T>, used: UsedParameters<T>, context: Context<T>): Tree<T>;
  step(b: Backend<T>, used: UsedParameters<T>, carried: Tree<T>, input: T, context: Context<T>): LearningStep<T>;
  /** Whether the rule does not look at the loss, which is then only reported. Default false. */
  readonly blind?: boolean;
  /** Gradients that are only known at the end of a sequence, from the scores `[B, classes]` and labels `[B]`. */
  end?(b: Backend<T>, used: UsedParameters<T>, carried: Tree<T>, scores: T, labels: T): readonly (T | null)[];
  /** Called with the used parameters before and after an update. */
  updated?(before: UsedParameters<T>, after: UsedParameters<T>): void;
}

/** Run `f`, keep its result and release the rest. */
export function within<T extends TensorMeta, R>(b: Backend<T>, f: (scope: Arena<T>) => R): R {
  const scope = arena(b);
  try {
    return scope.keep(f(scope));
  } finally {
    scope.release();
  }
}

/** What the loss wants of each step, once all outputs are known. */
interface Signals<T> {
  readonly loss: T;
  readonly scores: T;
  /** `[T, B, C]` */
  readonly outputs: T;
  /** Of the spikes of every step, by path. */
  readonly spikes: SpikeCounts<T>;
}

/**
 * @throws an `argument` error when `update` is none of the two words.
 */
export function checkUpdate(name: string, update: UpdateTime): void {
  if (update !== 'sequence' && update !== 'step')
    throw argumentError(`${name}: update must be 'sequence' or 'step', but is ${String(update)}.`);
}

/**
 * Throw where a network cannot be run step by step while it is trained.
 *
 * @throws an `unsupported` error for normalisation over time.
 */
export function checkSteps(name: string, { network }: Objective): void {
  if (network.sequence)
    throw unsupportedError(
      `${name}: '${network.name}' normalises over time while it is trained, so no step is known before the last one; train it with store().`,
    );
}

/** Learn from one batch by `rule`. */
export function learnOverSteps<T extends TensorMeta>(
  b: Backend<T>,
  name: string,
  rule: StepRule<T>,
  objective: Objective,
  { parameters, inputs, labels, key }: LearningBatch<T>,
  updateAt: UpdateTime,
  update: (gradients: Tree<T>) => Tree<T>,
): readonly [T, Forward<T>] {
  checkSteps(name, objective);
  const { network, loss, regularizers } = objective;
  const [steps] = inputs.shape;
  const context: Context<T> = { training: true, key, path: '' };
  const known = loss.meanOverTime === true && regularizers.length === 0;
  if (!known && updateAt === 'step' && !rule.blind)
    throw unsupportedError(
      `${name}: what '${loss.name}'${regularizers.length > 0 ? ' with regularisers' : ''} wants of a step is only known after the last one; update per sequence, or use a loss that is a mean over time, such as crossEntropyOverTime().`,
    );
  // what comes of the parameters lives as long as they
  let scope = arena(b);
  let current: Prepared<T> = prepared(scope, network, parameters);
  const ahead = known ? null : signalsOf(b, objective, current.used, inputs, labels, context);

  let carried = within(b, (s) => rule.begin(s, current.used, context));
  let sums: readonly (T | null)[] = tensorsOf<T>(current.used).map(() => null);
  let counts: SpikeCounts<T> = {};
  let total: T | null = null;
  let mean: T | null = null;
  const updateNow = (): void => {
    const { used } = current;
    const raw = update(current.toRaw(sums));
    const fresh = arena(b);
    current = prepared(fresh, network, raw);
    rule.updated?.(used, current.used);
    scope.release();
    scope = fresh;
  };
  try {
    for (let t = 0; t < steps; t++) {
      const { used } = current;
      const old: unknown[] = [carried, sums, counts, total, mean];
      const made = within(b, (s) => {
        const step = rule.step(s, used, carried, at(s, inputs, t), context);
        const [value, g] = ahead ? [null, at(s, ahead.outputs, t)] : signalOfStep(s, objective, step.output, labels, steps);
        const gradients = step.pull(g, ahead?.spikes ?? {});
        return {
          carried: step.carried,
          sums: gradients.map((x, i) => addTo(s, updateAt === 'step' ? null : (sums[i] as T | null), x)),
          counts: Object.fromEntries(Object.entries(step.spikes).map(([path, x]) => [path, addToOwn(s, counts[path] ?? null, x)])),
          total: addTo(s, total, value),
          mean: ahead ? null : addTo(s, mean, s.div(step.output, steps)),
        };
      });
      ({ carried, counts, total, mean } = made);
      const { sums: next } = made;
      sums = next;
      replace(b, old, made);
      if (updateAt === 'step') updateNow();
    }
    const value = ahead ? ahead.loss : (total as T);
    const scores = ahead ? ahead.scores : loss.scores(b, b.reshape(mean as T, [1, ...(mean as T).shape]));
    if (rule.end) {
      const found = rule.end(scope, current.used, carried, scores, labels);
      const before = sums;
      sums = within(b, (s) => found.map((x, i) => addTo(s, sums[i] as T | null, x)));
      replace(b, before, sums);
    }
    if (updateAt === 'sequence') updateNow();
    const predicted = b.reshape(argmax(b, scores), labels.shape);
    const forward = { scores, correct: sumAll(b, equal(b, predicted, labels)), counts, measured: {} };
    return [value, forward];
  } finally {
    scope.release();
    replace(b, [carried, sums], null);
  }
}

/** Loss of one step as its share of the mean, and its gradient with respect to the output. */
function signalOfStep<T extends TensorMeta>(b: Backend<T>, { loss }: Objective, output: T, labels: T, steps: number): readonly [T, T] {
  const [value, g] = valueAndGrad<T, T, [T]>(
    b,
    (ad, y: unknown, label: unknown) => ad.div(loss.loss(ad, ad.reshape(y as Var<T>, [1, ...output.shape]), label as Var<T>), steps),
    output,
    labels,
  );
  return [value, g];
}

/** Run the sequence without learning and ask the loss and the regularisers what they want of each step. */
function signalsOf<T extends TensorMeta>(
  b: Backend<T>,
  { network, loss, regularizers }: Objective,
  used: UsedParameters<T>,
  inputs: T,
  labels: T,
  context: Context<T>,
): Signals<T> {
  const [steps, batch, ...rest] = inputs.shape;
  const outputs: T[] = [];
  let counts: SpikeCounts<T> = {};
  let state = within(b, (s) => network.initialState(s, used, [batch, ...rest], context));
  for (let t = 0; t < steps; t++) {
    const made = within(b, (s) => {
      const sent: Record<string, T> = { ...counts };
      const record: Context<T>['record'] = (kind, path, x) => {
        if (kind === 'spikes') sent[path] = addToOwn(s, sent[path] ?? null, x);
      };
      const [output, next] = network.step(s, used, state, at(s, inputs, t), { ...context, record });
      // handles of their own: a layer may give out a state or its input
      return { output: s.reshape(output, output.shape), next, counts: sent };
    });
    replace(b, [state, counts], made);
    outputs.push(made.output);
    state = made.next;
    ({ counts } = made);
  }
  replace(b, state, null);
  const all = stack(b, outputs);
  replace(b, outputs, null);
  const paths = Object.keys(counts);
  const [value, [g, of], scores] = valueAndGrad<T, readonly [T, readonly T[]], [T], Var<T>>(
    b,
    (ad, p: unknown, label: unknown) => {
      const [y, list] = p as readonly [Var<T>, readonly Var<T>[]];
      const sent = Object.fromEntries(paths.map((path, i) => [path, list[i]]));
      const data = loss.loss(ad, y, label as Var<T>);
      const sum = regularizers.reduce((so, regularizer) => ad.add(so, regularizer.penalty(ad, sent, steps)), data);
      return [sum, loss.scores(ad, y)] as const;
    },
    [all, paths.map((path) => counts[path])] as const,
    labels,
  );
  replace(b, [all, counts], null);
  const spikes = regularizers.length > 0 ? Object.fromEntries(paths.map((path, i) => [path, of[i]])) : {};
  return { loss: value, scores: scores as T, outputs: g, spikes };
}

/** A sum that is a handle of its own, also where there is nothing to add to. */
const addToOwn = <T extends TensorMeta>(b: Backend<T>, sum: T | null, x: T): T => (sum === null ? b.reshape(x, x.shape) : b.add(sum, x));
