// snnTorch's losses over rates, counts and membranes, its rate regulariser and its accuracy.

import { argmax, equal, mean } from '@snn/core';
import {
  crossEntropyOfCount,
  crossEntropyOfMaximum,
  crossEntropyOverTime,
  type Loss,
  l1Rate,
  meanSquaredErrorOfCount,
  meanSquaredErrorOverTime,
} from '@snn/nn';
import { type Adapters, choose, type FunctionAdapter } from '../adapter.ts';
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
  const predicted = b.reshape(argmax(b, measure.scores(b, outputs)), targets.shape);
  return { out: b.reshape(mean(b, equal(b, predicted, targets)), []) };
};

export const LOSSES: Adapters = { functions: { 'snntorch.functional.loss': loss } };
