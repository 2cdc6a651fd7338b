/** End training when it no longer helps. */
import { checkNames } from '@snn/core';
import { wholeNumber } from '../layers/check.ts';
import type { Callback, EpochReport } from './callback.ts';

/** Options of `earlyStopping`. */
export interface EarlyStoppingOptions {
  /** What is watched: of the validation data when there are any, else of training. Default `loss`. */
  readonly watch?: 'loss' | 'accuracy';
  /** Epochs without improvement after which training ends. Default 1. */
  readonly patience?: number;
  /** What counts as an improvement. Default 0: any. */
  readonly least?: number;
}

/** A callback that ends training after `patience` epochs in a row without improvement. */
export function earlyStopping(options: EarlyStoppingOptions = {}): Callback {
  checkNames('earlyStopping', options, ['watch', 'patience', 'least']);
  const { watch = 'loss', patience = 1, least = 0 } = options;
  wholeNumber('earlyStopping: patience', patience);
  let best = Number.NEGATIVE_INFINITY;
  let waited = 0;
  return {
    onEpoch(report: EpochReport, stop) {
      const seen = report.validation ?? report;
      const score = watch === 'loss' ? -seen.loss : seen.accuracy;
      if (score > best + least) {
        best = score;
        waited = 0;
      } else if (++waited >= patience) stop();
    },
  };
}
