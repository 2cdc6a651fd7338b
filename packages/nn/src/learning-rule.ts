/**
 * Learning rules: other ways than backpropagation through time from a batch to gradients, as values that `fit` takes. Types only; `@snn/learning`
 * has the rules.
 */
import type { Backend, Key, TensorMeta, Tree } from '@snn/core';
import type { Layer } from './layer.ts';
import type { Forward, Objective } from './loss-of.ts';

/** What a rule learns from. */
export interface LearningBatch<T> {
  /** The raw values that are trained. */
  readonly parameters: Tree<T>;
  /** `[T, B, ...]` */
  readonly inputs: T;
  /** Classes, `[B]`. */
  readonly labels: T;
  /** Randomness of this pass. */
  readonly key: Key;
}

/** A rule at work on one network; it may keep tensors from batch to batch. */
export interface Learner<T extends TensorMeta> {
  /**
   * Learn from a batch.
   *
   * @param b owns all that is made on the way, the results included.
   * @param update takes gradients, a tree like the raw parameters, to the optimiser, and gives the parameters after its update, which belong to `b`:
   *   called once for a sequence, or more often by rules that learn while it runs. An update releases what the one before the last one gave.
   * @returns the loss, a scalar, and what else is known of the forward pass.
   */
  learn(
    b: Backend<T>,
    objective: Objective,
    batch: LearningBatch<T>,
    update: (gradients: Tree<T>) => Tree<T>,
  ): Promise<readonly [T, Forward<T>]>;
  /** What found the gradients: the backend's executor, or step by step and why. Known after the first batch. Default: step by step. */
  readonly executedBy?: string;
  /** Release what is kept. */
  dispose(): void;
}

/** A way to learn. It holds nothing itself, so one value may be used for any number of networks. */
export interface LearningRule {
  readonly kind: 'rule';
  readonly name: string;
  /**
   * Begin to train `network`.
   *
   * @throws an `unsupported` error, now or when learning, that says what the rule cannot do with this network.
   */
  begin<T extends TensorMeta>(b: Backend<T>, network: Layer): Learner<T>;
}
