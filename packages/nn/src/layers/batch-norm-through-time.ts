/**
 * Batch normalisation through time (BNTT): every step has a mean, a variance and a factor of its own per channel, and there is no offset.
 *
 *   y[t] = gain[t] (x[t] - m[t]) / sqrt(s2[t] + epsilon),   m[t], s2[t] over batch and space
 *
 * Before training gain = 1. In use, steps after the last one that it was made for use the numbers of the last. Epsilon is 1e-4, as in the original.
 *
 * Kim, Panda: Revisiting batch normalization for training low-latency deep spiking neural networks from scratch, Frontiers in Neuroscience 2021.
 */
import { checkNames } from '@snn/core';
import type { Layer } from '../layer.ts';
import type { NeuronSize } from './neuron.ts';
import { type NormalisationOptions, normalisation } from './normalisation.ts';
import { stepAffine } from './step-affine.ts';

/**
 * `[B, ...size] -> [B, ...size]` before neurons, for sequences of `steps` steps. Raw: `gain`, trained, and `mean`, `variance`, measured; all
 * `[T, C]`, for images `[T, C, 1, 1]`.
 *
 * @throws an `argument` error when a size or an option is out of range.
 */
export function batchNormThroughTime(size: NeuronSize, steps: number, options: NormalisationOptions = {}): Layer {
  checkNames('batchNormThroughTime', options, ['momentum', 'epsilon']);
  const { momentum = 0.1, epsilon = 1e-4 } = options;
  return normalisation({
    name: 'batchNormThroughTime',
    size,
    steps,
    perStep: true,
    momentum,
    epsilon,
    trained: { gain: { value: 1, perChannel: true, perStep: true } },
    gains: (_b, { gain }) => ({ gain, offset: null }),
    // every step would need weights of its own: what remains is the two numbers per channel and step
    folded: (_b, _raw, affine) => ({
      affine: null,
      rest: { layer: stepAffine(typeof size === 'number' ? [size] : size, steps), parameters: { ...affine } },
    }),
  });
}
