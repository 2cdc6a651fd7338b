/** One training step's forward pass as a pure function of the parameters and a batch: what is differentiated, and what a compiler may trace. */
import { type Var, valueAndGrad } from '@snn/autodiff';
import { argmax, type Backend, equal, type GradientStrategy, type Key, sumAll, type TensorMeta, type Tree, treeMap } from '@snn/core';
import type { CompiledParts } from './compiled.ts';
import type { Layer } from './layer.ts';
import type { Loss } from './losses/loss.ts';
import type { Regularizer } from './losses/regularizer.ts';
import { run } from './run.ts';

/** Spikes of each neuron layer, summed over time, `[B, ...N]`, by the layer's path. */
export type SpikeCounts<T> = { readonly [path: string]: T };

/** What is known after the forward pass besides the loss. */
export type Forward<T> = {
  /** Scores `[B, classes]`. */
  readonly scores: T;
  /** Number of right predictions, a scalar. */
  readonly correct: T;
  readonly counts: SpikeCounts<T>;
  /** Next values of raw parameters that are measured instead of trained, by their path; see `withMeasured`. */
  readonly measured: { readonly [path: string]: T };
};

/** `parameters` with the values that were measured in a training pass. */
export const withMeasured = <T extends TensorMeta>(parameters: Tree<T>, measured: Forward<T>['measured']): Tree<T> =>
  treeMap<Tree<T>>(parameters, (x: T, path: string) => measured[path] ?? x);

/** What a forward pass is for; none of it is a tensor. */
export interface Objective {
  readonly network: Layer;
  readonly loss: Loss;
  readonly regularizers: readonly Regularizer[];
  readonly training: boolean;
  /** How gradients go back through time. Default `store()`. */
  readonly gradient?: GradientStrategy;
}

/** The loss, and what else is known, of `inputs` `[T, B, ...]` with `labels` `[B]` under raw `parameters`, step by step or compiled. */
export function lossOf<T extends TensorMeta>(
  b: Backend<T>,
  objective: Objective,
  parameters: Tree<T>,
  inputs: T,
  labels: T,
  key: Key | null,
  compiled: CompiledParts<TensorMeta> | null = null,
): readonly [T, Forward<T>] {
  const { network, loss, regularizers, training, gradient } = objective;
  const counts: Record<string, T> = {};
  const measured: Record<string, T> = {};
  const { outputs } = run(b, network, parameters, inputs, {
    training,
    key,
    compiled,
    ...(gradient ? { gradient } : {}),
    record(kind, path, x) {
      if (kind === 'spikes') counts[path] = path in counts ? b.add(counts[path], x) : x;
      if (kind === 'measured') measured[path] = x;
    },
  });
  const data = loss.loss(b, outputs, labels);
  const total = regularizers.reduce((sum, regularizer) => b.add(sum, regularizer.penalty(b, counts, inputs.shape[0])), data);
  const scores = loss.scores(b, outputs);
  const predicted = b.reshape(argmax(b, scores), labels.shape);
  return [total, { scores, correct: sumAll(b, equal(b, predicted, labels)), counts, measured }];
}

/** The loss, its gradient with respect to the raw parameters, a tree like them, and what else `lossOf` gives. */
export function gradientOf<T extends TensorMeta, P extends Tree<T>>(
  b: Backend<T>,
  objective: Objective,
  parameters: P,
  inputs: T,
  labels: T,
  key: Key | null,
  compiled: CompiledParts<TensorMeta> | null = null,
): readonly [T, P, Forward<T>] {
  const f = (ad: Backend<Var<T>>, p: Tree<Var<T>>, x: Var<T>, y: Var<T>): readonly [Var<T>, Forward<Var<T>>] =>
    lossOf(ad, objective, p, x, y, key, compiled);
  // what a function over any tree maps to is a type without end, so it is stated here instead of inferred
  type Differentiate = (b: Backend<T>, f: unknown, parameters: P, inputs: T, labels: T) => readonly [T, P, Forward<T>];
  return (valueAndGrad as unknown as Differentiate)(b, f, parameters, inputs, labels);
}
