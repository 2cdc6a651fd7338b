/**
 * Threshold-dependent batch normalisation (tdBN): one mean and variance per channel over batch, time and space, scaled to the threshold of the neurons
 * behind it, so that deep networks neither fall silent nor fire all the time.
 *
 *   y[t] = alpha V_th gain (x[t] - m) / sqrt(s2 + epsilon) + offset
 *
 * Before training gain = 1 and offset = 0: currents with the mean 0 and the standard deviation alpha V_th.
 *
 * Zheng, Wu, Deng, Hu, Li: Going deeper with directly-trained larger spiking neural networks, AAAI 2021.
 */
import { argumentError, checkNames } from '@snn/core';
import type { Layer } from '../layer.ts';
import type { NeuronSize } from './neuron.ts';
import { type NormalisationOptions, normalisation } from './normalisation.ts';

/** Options of `tdBatchNorm`. */
export interface TdBatchNormOptions extends NormalisationOptions {
  /** V_th: the threshold of the neurons behind it, above 0. Default 1. */
  readonly threshold?: number;
  /** alpha: 1, or 1 / sqrt(n) where n such layers are added up, as at the end of a residual block. Default 1. */
  readonly alpha?: number;
}

/**
 * `[B, ...size] -> [B, ...size]` before neurons: `sequential(linear(784, 100), tdBatchNorm(100), lif(100))`. Raw: `gain`, `offset`, trained, and
 * `mean`, `variance`, measured; all `[C]`, for images `[C, 1, 1]`.
 *
 * @throws an `argument` error when a size or an option is out of range.
 */
export function tdBatchNorm(size: NeuronSize, options: TdBatchNormOptions = {}): Layer {
  checkNames('tdBatchNorm', options, ['threshold', 'alpha', 'momentum', 'epsilon']);
  const { threshold = 1, alpha = 1, momentum = 0.1, epsilon = 1e-5 } = options;
  const factor = alpha * threshold;
  if (!(factor > 0 && Number.isFinite(factor)))
    throw argumentError(`tdBatchNorm: alpha and threshold must be numbers above 0, but are ${alpha} and ${threshold}.`);
  return normalisation({
    name: 'tdBatchNorm',
    size,
    steps: null,
    perStep: false,
    momentum,
    epsilon,
    trained: {
      gain: { value: 1, perChannel: true, perStep: false },
      offset: { value: 0, perChannel: true, perStep: false },
    },
    gains: (b, { gain, offset }) => ({ gain: b.mul(gain, factor), offset }),
    folded: (_b, _raw, affine) => ({ affine, rest: null }),
  });
}
