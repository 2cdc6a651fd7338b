// snnTorch's losses over rates, counts and membranes, and spike times, its rate regulariser and its accuracies.

import { argmax, type Backend, equal, mean, type TensorMeta } from '@snn/core';
import { targetOneHot } from '@snn/encoders';
import {
  crossEntropyOfCount,
  crossEntropyOfMaximum,
  crossEntropyOfSpikeTime,
  crossEntropyOverTime,
  type Loss,
  l1Rate,
  meanSquaredErrorOfCount,
  meanSquaredErrorOfSpikeTime,
  meanSquaredErrorOverTime,
  type SquaredErrorOptions,
  spikeTimeError,
  squaredErrorTo,
} from '@snn/nn';
import { type Adapters, choose, type FunctionAdapter, only } from '../adapter.ts';
import type { FunctionEntry } from '../file.ts';

const optional = <X>(name: string, value: unknown): { readonly [name: string]: X } => (value === undefined ? {} : { [name]: value as X });

/**
 * As coded in snnTorch (`targets_convert`), a target of the incorrect classes that lies below that of the correct one is at least 0; so for spike
 * times its default of -1 is the first step and not the last.
 */
const codedOff = (on: number, off: number): number => (on > off ? Math.max(off, 0) : off);

const POPULATION = ['population_code', 'num_classes'];

/** Those of the squared errors, by the names that they have there. */
function errorOptions({ args }: FunctionEntry, correct: string, incorrect: string): SquaredErrorOptions {
  const [on, off] = [Number(args[correct] ?? 1), Number(args[incorrect] ?? 0)];
  return { ...optional<number>('classes', args.num_classes), correct: on, incorrect: codedOff(on, off) };
}

/** As coded, `ce_rate_loss` under a population code has one class per output, and two weights: for those of the first class and for the rest. */
function rateLoss({ args }: FunctionEntry, outputs: number): Loss {
  const weights = args.weight as readonly number[] | undefined;
  if (args.population_code !== true) return crossEntropyOverTime(optional('weights', weights));
  const first = Math.trunc(outputs / Number(args.num_classes));
  return crossEntropyOverTime({ weights: Array.from({ length: outputs }, (_, i) => (weights ?? [])[i < first ? 0 : 1]) });
}

function lossOf(entry: FunctionEntry, outputs: number): Loss {
  const { function: name, args } = entry;
  const entropy = { ...optional<number>('classes', args.num_classes), ...optional<readonly number[]>('weights', args.weight) };
  const known = (names: readonly string[], make: () => Loss) => (): Loss => {
    only(entry, names);
    return make();
  };
  return choose<() => Loss>('loss', name, {
    'snntorch.ce_rate_loss': known(['weight', ...POPULATION], () => rateLoss(entry, outputs)),
    'snntorch.ce_count_loss': known(['weight', ...POPULATION], () => crossEntropyOfCount(entropy)),
    'snntorch.ce_max_membrane_loss': known(['weight'], () => crossEntropyOfMaximum(entropy)),
    'snntorch.mse_count_loss': known(['correct_rate', 'incorrect_rate', ...POPULATION], () =>
      meanSquaredErrorOfCount(errorOptions(entry, 'correct_rate', 'incorrect_rate')),
    ),
    'snntorch.mse_membrane_loss': known(['on_target', 'off_target', 'time_var_targets'], () =>
      meanSquaredErrorOverTime(errorOptions(entry, 'on_target', 'off_target')),
    ),
    // the count's scores are what accuracy_rate compares
    'snntorch.accuracy_rate': known(POPULATION, () => crossEntropyOfCount(entropy)),
  })();
}

const loss: FunctionAdapter = (b, entry, { spk_out: outputs, targets }) => {
  if (entry.function === 'snntorch.l1_rate_sparsity')
    return { out: l1Rate(Number(entry.args.Lambda)).penalty(b, { out: b.sum(outputs, [0]) }, outputs.shape[0]) };
  const measure = lossOf(entry, outputs.shape[2]);
  if (entry.args.time_var_targets === true) {
    const { correct = 1, incorrect = 0 } = errorOptions(entry, 'on_target', 'off_target');
    return { out: squaredErrorTo(b, outputs, targetOneHot(b, targets, outputs.shape[2], { on: correct, off: incorrect })) };
  }
  if (entry.function !== 'snntorch.accuracy_rate') return { out: measure.loss(b, outputs, targets) };
  return { out: accuracy(b, measure, outputs, targets) };
};

/** Part of the batch whose prediction is right, a scalar. */
function accuracy<T extends TensorMeta>(b: Backend<T>, measure: Loss, outputs: T, targets: T): T {
  const predicted = b.reshape(argmax(b, measure.scores(b, outputs)), targets.shape);
  return b.reshape(mean(b, equal(b, predicted, targets)), []);
}

function errorOfTimes(args: FunctionEntry['args']): Loss {
  const [on, off] = [Number(args.on_target ?? 0), Number(args.off_target ?? -1)];
  return meanSquaredErrorOfSpikeTime({
    correct: on,
    incorrect: codedOff(on, off),
    ...optional<number>('tolerance', args.tolerance),
  });
}

const temporal: FunctionAdapter = (b, entry, { spk_out: outputs, targets }) => {
  const { function: name, args } = entry;
  const entropy = { ...optional<'negate' | 'reciprocal'>('inverse', args.inverse), ...optional<readonly number[]>('weights', args.weight) };
  return choose('loss', name, {
    'snntorch.mse_temporal_loss': () => {
      only(entry, ['target_is_time', 'on_target', 'off_target', 'tolerance']);
      if (args.target_is_time === true) return { out: spikeTimeError(b, outputs, targets, Number(args.tolerance ?? 0)) };
      return { out: errorOfTimes(args).loss(b, outputs, targets) };
    },
    'snntorch.ce_temporal_loss': () => {
      only(entry, ['inverse', 'weight']);
      return { out: crossEntropyOfSpikeTime(entropy).loss(b, outputs, targets) };
    },
    'snntorch.accuracy_temporal': () => {
      only(entry, []);
      return { out: accuracy(b, crossEntropyOfSpikeTime(), outputs, targets) };
    },
  })();
};

export const LOSSES: Adapters = { functions: { 'snntorch.functional.loss': loss, 'snntorch.functional.loss (temporal)': temporal } };
