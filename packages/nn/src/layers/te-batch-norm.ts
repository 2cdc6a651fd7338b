/**
 * Temporal effective batch normalisation (TEBN): one mean and variance per channel over batch, time and space, and one factor per step, which is trained.
 *
 *   y[t] = p[t] (gain (x[t] - m) / sqrt(s2 + epsilon) + offset)
 *
 * Before training p = 1, gain = 1, offset = 0. In use, steps after the last one that it was made for use the factor of the last.
 *
 * Duan, Ding, Chen, Yu, Huang: Temporal effective batch normalization in spiking neural networks, NeurIPS 2022.
 */
import { checkNames, zeros } from '@snn/core';
import type { Layer } from '../layer.ts';
import type { NeuronSize } from './neuron.ts';
import { type NormalisationOptions, normalisation } from './normalisation.ts';
import { stepAffine } from './step-affine.ts';

/**
 * `[B, ...size] -> [B, ...size]` before neurons, for sequences of `steps` steps. Raw: `factor` `[T, 1]`, `gain`, `offset` `[C]` (images:
 * `[C, 1, 1]`), trained, and `mean`, `variance` `[C]`, measured.
 *
 * @throws an `argument` error when a size or an option is out of range.
 */
export function teBatchNorm(size: NeuronSize, steps: number, options: NormalisationOptions = {}): Layer {
  checkNames('teBatchNorm', options, ['momentum', 'epsilon']);
  const { momentum = 0.1, epsilon = 1e-5 } = options;
  return normalisation({
    name: 'teBatchNorm',
    size,
    steps,
    perStep: false,
    momentum,
    epsilon,
    trained: {
      factor: { value: 1, perChannel: false, perStep: true },
      gain: { value: 1, perChannel: true, perStep: false },
      offset: { value: 0, perChannel: true, perStep: false },
    },
    gains: (b, { factor, gain, offset }) => ({ gain: b.mul(factor, gain), offset: b.mul(factor, offset) }),
    folded(b, { factor, gain, offset, mean, variance }) {
      const scale = b.div(gain, b.sqrt(b.add(variance, epsilon)));
      const rest = stepAffine(typeof size === 'number' ? [size] : size, steps);
      return {
        affine: { scale, shift: b.sub(offset, b.mul(mean, scale)) },
        rest: { layer: rest, parameters: { scale: factor, shift: zeros(b, factor.shape) } },
      };
    },
  });
}
