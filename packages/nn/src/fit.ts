/** Training: batches in random order, the gradient of the loss, an optimiser's update; reports on the way. Reproducible to the bit from a seed. */
import { segmentsOf, store } from '@snn/compile';
import {
  type Arena,
  arena,
  argumentError,
  checkNames,
  foldIn,
  type GradientStrategy,
  type Key,
  permutation,
  randomKey,
  sizeOf,
  stream,
  sumAll,
  type TensorMeta,
  type Tree,
  treeLeaves,
} from '@snn/core';
import type { Callback, EpochReport, FitResult } from './callbacks/callback.ts';
import { type Batch, checkBatch, checkLabels, type Dataset, inputsOf } from './dataset.ts';
import { type Evaluation, evaluate } from './evaluate.ts';
import { pause, seconds } from './host.ts';
import { wholeNumber } from './layers/check.ts';
import type { Learner, LearningRule } from './learning-rule.ts';
import { type Forward, gradientOf, type Objective, withMeasured } from './loss-of.ts';
import type { Loss } from './losses/loss.ts';
import type { Regularizer } from './losses/regularizer.ts';
import { disposeTree, type Model } from './model.ts';
import type { Optimizer } from './optimizers/optimizer.ts';
import { type Updater, updaterOf } from './optimizers/updater.ts';
import { scoped } from './scoped.ts';
import { updatesOf } from './updates.ts';

/** Options of `fit`. */
export interface FitOptions {
  readonly loss: Loss;
  readonly optimizer: Optimizer;
  /** How often all samples are seen. Default 1. */
  readonly epochs?: number;
  /** Samples per step; the last step of an epoch takes what is left. Default 128. */
  readonly batchSize?: number;
  /** Seed of the order, of the data set's randomness and of dropout. Default: the model's. */
  readonly seed?: number;
  /** Whether samples come in a new random order in each epoch. Default true. */
  readonly shuffle?: boolean;
  /**
   * How gradients go back through time: `store()`, `checkpoint(k)` for long sequences in little memory with the same bits, `truncated(k)` for
   * truncated backpropagation; or a learning rule that finds them in another way, such as `eprop()` of `@snn/learning`. Default
   * `store()`.
   */
  readonly gradient?: GradientStrategy | LearningRule;
  /** Penalties that are added to the loss. Default none. */
  readonly regularizers?: readonly Regularizer[];
  /** Evaluated after each epoch. */
  readonly validation?: Dataset;
  readonly callbacks?: readonly Callback[];
  /** When aborted, training ends after the current step and keeps what was learnt. An `AbortSignal` fits. */
  readonly signal?: { readonly aborted: boolean };
}

/** Seconds between two turns of the event loop, so that signals, timers and pages stay alive. */
const REST = 0.05;

/**
 * Train `model` on `data`.
 *
 * @throws an `argument` error for an empty data set, labels out of range or a loss that is not finite; a `shape` error for batches that do not
 *   fit; an `unsupported` error for `checkpoint` where the network runs step by step. The model keeps the parameters of the last good step.
 */
export async function fit<T extends TensorMeta>(model: Model<T>, data: Dataset, options: FitOptions): Promise<FitResult> {
  checkNames('fit', options, [
    'loss',
    'optimizer',
    'epochs',
    'batchSize',
    'seed',
    'shuffle',
    'gradient',
    'regularizers',
    'validation',
    'callbacks',
    'signal',
  ]);
  const {
    loss,
    optimizer,
    epochs = 1,
    batchSize = 128,
    seed = model.seed,
    shuffle = true,
    regularizers = [],
    gradient = store(),
  } = options;
  const { validation, callbacks = [], signal } = options;
  wholeNumber('fit: epochs', epochs);
  wholeNumber('fit: batchSize', batchSize);
  const rule = gradient.kind === 'rule' ? gradient : null;
  if (gradient.kind !== 'rule') segmentsOf(gradient, 1);
  if (!(data.size >= 1)) throw argumentError(`fit: the data set has ${data.size} samples; it needs at least one.`);
  const { backend: b, network } = model;
  const objective: Objective = { network, loss, regularizers, training: true, ...(gradient.kind === 'rule' ? {} : { gradient }) };
  const root = stream(randomKey(seed), 'fit');
  const steps = Math.ceil(data.size / batchSize);
  const history: EpochReport[] = [];
  let stopped = false;
  const stop = (): void => {
    stopped = true;
  };
  let done = 0;
  let updated = 0;
  let last = { loss: Number.NaN, accuracy: Number.NaN };
  let rested = seconds();
  const begun = rested;
  let memory = scoped(b, (scope) => optimizer.init(scope, model.parameters));
  let prepared: Updater<T> | null = null;
  let learner: Learner<T> | null = null;
  let by = { updatedBy: '', gradientsBy: '' };
  try {
    const updater = await updaterOf(b, optimizer, model.parameters, memory);
    prepared = updater;
    learner = rule?.begin(b, network) ?? null;
    for (let epoch = 1; epoch <= epochs && !stopped; epoch++) {
      const key = foldIn(root, epoch);
      const order = shuffle ? permutation(stream(key, 'order'), data.size) : Int32Array.from({ length: data.size }, (_, i) => i);
      const started = seconds();
      let [lossSum, right, samples, step] = [0, 0, 0, 0];
      while (step < steps && !stopped && !signal?.aborted) {
        const indices = order.slice(step * batchSize, (step + 1) * batchSize);
        const stepKey = foldIn(stream(key, 'step'), step++);
        const batch = await data.batch(indices, stream(stepKey, 'data'));
        checkBatch(batch, indices.length);
        const where = `epoch ${epoch}, step ${step}`;
        const result = await trainStep(model, objective, learner, updater, memory, batch, stream(stepKey, 'network'), updated, where);
        memory = result.memory;
        updated += result.updates;
        done++;
        samples += indices.length;
        lossSum += result.loss * indices.length;
        right += result.correct;
        last = { loss: lossSum / samples, accuracy: right / samples };
        const report = {
          epoch,
          epochs,
          step,
          steps,
          loss: result.loss,
          accuracy: result.correct / indices.length,
          samplesPerSecond: samples / (seconds() - started),
          spikesPerNeuron: result.spikesPerNeuron,
          spikes: result.spikes,
        };
        for (const callback of callbacks) callback.onStep?.(report, stop);
        if (seconds() - rested > REST) {
          await pause();
          rested = seconds();
        }
      }
      if (step < steps) {
        stopped = true;
        break;
      }
      const time = seconds() - started;
      const checked = validation && !signal?.aborted;
      const seen: Evaluation | null = checked ? await evaluate(model, validation, { loss, batchSize, seed, signal }) : null;
      const report = { epoch, epochs, steps, ...last, seconds: time, samplesPerSecond: samples / time, validation: seen };
      history.push(report);
      for (const callback of callbacks) callback.onEpoch?.(report, stop);
      if (epoch === epochs) stopped = false;
    }
    by = { updatedBy: updater.executedBy, gradientsBy: learner ? (learner.executedBy ?? 'step by step') : model.executedBy };
  } finally {
    disposeTree(b, memory);
    prepared?.dispose();
    learner?.dispose();
  }
  const result: FitResult = { epochs: history.length, steps: done, ...last, seconds: seconds() - begun, stopped, ...by, history };
  for (const callback of callbacks) callback.onEnd?.(result);
  return result;
}

/** What one step gives besides new parameters. */
interface StepResult<T> {
  readonly memory: Tree<T>;
  readonly updates: number;
  readonly loss: number;
  readonly correct: number;
  readonly spikes: { readonly [path: string]: number };
  readonly spikesPerNeuron: number | null;
}

/** One step: gradient, update, new parameters into the model. All temporaries are released. */
async function trainStep<T extends TensorMeta>(
  model: Model<T>,
  objective: Objective,
  learner: Learner<T> | null,
  updater: Updater<T>,
  memory: Tree<T>,
  batch: Batch,
  key: Key,
  step: number,
  where: string,
): Promise<StepResult<T>> {
  const { backend: b, parameters } = model;
  const scope = arena(b);
  try {
    const inputs = inputsOf(scope, batch);
    const labels = scope.fromData(batch.labels, [batch.labels.length]);
    const updates = updatesOf(scope, updater, parameters, memory, step);
    const [loss, { scores, correct, counts, measured }] = learner
      ? await learner.learn(scope, objective, { parameters, inputs, labels, key }, updates.update)
      : await throughTime(model, scope, objective, batch, inputs, labels, key, updates.update);
    checkLabels(batch.labels, scores.shape[1]);
    const layers = Object.entries(counts);
    const { memory: next } = updates;
    const moved = withMeasured(updates.parameters, measured);
    // broken: spikes of NaN are 0, so the loss alone would hide a parameter that is not finite
    const broken = updates.broken ?? scope.fromData([0], []);
    const totals = [loss, correct, broken];
    const sums = [...totals, ...layers.map(([, x]) => sumAll(scope, x))].map((x) => scope.reshape(x, [1]));
    // one read for all numbers: each may be a round trip to a device
    const numbers = await scope.read(scope.concat(sums, 0));
    if (!Number.isFinite(numbers[0])) throw notFinite(`the loss is ${numbers[0]}`, where);
    if (numbers[2] !== 0) throw notFinite('a parameter would no longer be finite', where);
    scope.keep([moved, next]);
    const kept = new Set(treeLeaves<T>(next).map(({ value }) => value));
    for (const { value } of treeLeaves<T>(memory)) if (!kept.has(value)) b.dispose(value);
    model.replace(moved);
    const count = batch.labels.length;
    const neurons = layers.map(([, x]) => sizeOf(x.shape.slice(1)));
    const total = layers.reduce((sum, _, i) => sum + numbers[3 + i], 0);
    return {
      memory: next,
      updates: updates.count,
      loss: numbers[0],
      correct: numbers[1],
      spikes: Object.fromEntries(layers.map(([path], i) => [path, numbers[3 + i] / (neurons[i] * count)])),
      spikesPerNeuron: layers.length > 0 ? total / (neurons.reduce((sum, n) => sum + n, 0) * count) : null,
    };
  } finally {
    scope.release();
  }
}

const notFinite = (what: string, where: string): Error =>
  argumentError(
    `fit: ${what} at ${where}; the model keeps the parameters from before. Lower the learning rate, clip gradients (chain(clipByNorm(1), ...)) or check the inputs for numbers that are not finite.`,
  );

/** Backpropagation through time, compiled where the backend can, and one update. */
async function throughTime<T extends TensorMeta>(
  model: Model<T>,
  scope: Arena<T>,
  objective: Objective,
  { shape }: Batch,
  inputs: T,
  labels: T,
  key: Key,
  update: (gradients: Tree<T>) => Tree<T>,
): Promise<readonly [T, Forward<T>]> {
  const { regularizers, gradient } = objective;
  const [loss, gradients, forward] = await model.withCompiled(
    { shape, training: true, countGradient: regularizers.length > 0, gradient },
    (compiled) => gradientOf(scope, objective, model.parameters, inputs, labels, key, compiled),
  );
  update(gradients);
  return [loss, forward];
}
