/**
 * Penalties on activity, added to the loss. r is the rate of one neuron: its spikes per step, averaged over time and the batch.
 *
 *   rateAbove   L = strength * mean over neurons of max(r - target, 0)^2      quiet what fires too much
 *   rateBelow   L = strength * mean over neurons of max(target - r, 0)^2      wake what is silent
 *   l1Rate      L = strength * number of spikes in the batch                  snnTorch's `l1_rate_sparsity`
 *
 * Means are taken per layer and added over layers.
 */
import { argumentError, type Backend, mean, relu, square, sumAll, type TensorMeta } from '@snn/core';

/** A term of the loss that depends on the spikes of the neuron layers. */
export interface Regularizer {
  readonly name: string;
  /** The penalty as a scalar, from spikes summed over `steps` steps, `[B, ...N]` by the layer's path. */
  penalty<T extends TensorMeta>(b: Backend<T>, counts: { readonly [path: string]: T }, steps: number): T;
}

type LayerPenalty = <T extends TensorMeta>(b: Backend<T>, counts: T, steps: number) => T;

function regularizer(name: string, strength: number, layerPenalty: LayerPenalty): Regularizer {
  if (!(Number.isFinite(strength) && strength >= 0))
    throw argumentError(`${name}: strength must be a finite number of at least 0, but is ${strength}.`);
  return {
    name,
    penalty(b, counts, steps) {
      const parts = Object.values(counts).map((x) => layerPenalty(b, x, steps));
      if (parts.length === 0) throw argumentError(`${name}: the network has no layer that sends spikes; leave the regulariser away.`);
      return b.mul(
        parts.reduce((sum, x) => b.add(sum, x)),
        strength,
      );
    },
  };
}

function checkTarget(name: string, target: number): void {
  if (!(target >= 0 && target <= 1)) throw argumentError(`${name}: target must be a rate from 0 to 1 spikes per step, but is ${target}.`);
}

/** Rates of the neurons, `[1, ...N]`. */
const rates = <T extends TensorMeta>(b: Backend<T>, counts: T, steps: number): T => b.div(mean(b, counts, [0]), steps);

/** Penalise rates above `target` spikes per step. */
export function rateAbove(target: number, strength: number): Regularizer {
  checkTarget('rateAbove', target);
  return regularizer('rateAbove', strength, (b, counts, steps) =>
    b.reshape(mean(b, square(b, relu(b, b.sub(rates(b, counts, steps), target)))), []),
  );
}

/** Penalise rates below `target` spikes per step. */
export function rateBelow(target: number, strength: number): Regularizer {
  checkTarget('rateBelow', target);
  return regularizer('rateBelow', strength, (b, counts, steps) =>
    b.reshape(mean(b, square(b, relu(b, b.sub(target, rates(b, counts, steps))))), []),
  );
}

/** Penalise every spike. */
export const l1Rate = (strength: number): Regularizer => regularizer('l1Rate', strength, (b, counts) => sumAll(b, counts));
