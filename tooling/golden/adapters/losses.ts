// snnTorch's losses over rates, counts and membranes, and spike times, its rate regulariser and its accuracies.

import { argmax, type Backend, equal, mean, type TensorMeta } from '@snn/core';
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
  spikeTimeError,
} from '@snn/nn';
import { type Adapters, choose, type FunctionAdapter, only } from '../adapter.ts';
import type { FunctionEntry } from '../file.ts';

const optional = <X>(name: string, value: unknown): { readonly [name: string]: X } => (value === undefined ? {} : { [name]: value as X });

function lossOf({ function: name, args }: FunctionEntry): Loss {
  const population = optional<number>('classes', args.num_classes);
  const entropy = { ...population, ...optional<readonly number[]>('weights', args.weight) };
  const error = (correct: string, incorrect: string) => ({
    ...population,
    ...optional<number>('correct', args[correct]),
    ...optional<number>('incorrect', args[incorrect]),
  });
  return choose<() => Loss>('loss', name, {
    'snntorch.ce_rate_loss': () => crossEntropyOverTime(entropy),
    'snntorch.ce_count_loss': () => crossEntropyOfCount(entropy),
    'snntorch.ce_max_membrane_loss': () => crossEntropyOfMaximum(entropy),
    'snntorch.mse_count_loss': () => meanSquaredErrorOfCount(error('correct_rate', 'incorrect_rate')),
    'snntorch.mse_membrane_loss': () => meanSquaredErrorOverTime(error('on_target', 'off_target')),
    // the count's scores are what accuracy_rate compares
    'snntorch.accuracy_rate': () => crossEntropyOfCount(entropy),
  })();
}

const loss: FunctionAdapter = (b, entry, { spk_out: outputs, targets }) => {
  if (entry.function === 'snntorch.l1_rate_sparsity')
    return { out: l1Rate(Number(entry.args.Lambda)).penalty(b, { out: b.sum(outputs, [0]) }, outputs.shape[0]) };
  const measure = lossOf(entry);
  if (entry.function !== 'snntorch.accuracy_rate') return { out: measure.loss(b, outputs, targets) };
  return { out: accuracy(b, measure, outputs, targets) };
};

/** Part of the batch whose prediction is right, a scalar. */
function accuracy<T extends TensorMeta>(b: Backend<T>, measure: Loss, outputs: T, targets: T): T {
  const predicted = b.reshape(argmax(b, measure.scores(b, outputs)), targets.shape);
  return b.reshape(mean(b, equal(b, predicted, targets)), []);
}

/** As coded in snnTorch, an `off_target` below `on_target` is at least 0, so that its default of -1 is the first step and not the last. */
function errorOfTimes(args: FunctionEntry['args']): Loss {
  const [on, off] = [Number(args.on_target ?? 0), Number(args.off_target ?? -1)];
  return meanSquaredErrorOfSpikeTime({
    correct: on,
    incorrect: on > off ? Math.max(off, 0) : off,
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
