/** Constant currents into leaky integrate-and-fire neurons: the larger a value, the earlier and the more often its neuron fires. */
import { type Backend, stack, type TensorMeta, zeros } from '@snn/core';
import { type LifBoxOptions, type LifBoxParameters, lifBoxStep } from '@snn/neurons-lif';
import { checkSteps } from './rate.ts';

/**
 * Spikes of one `lifBox` neuron per value, which receives the value as its current in every step, starting from a membrane of 0:
 * `[...N] -> [T, ...N]`. Differentiable through the neuron's surrogate.
 *
 * After norse's `constant_current_lif_encode`, which is `options: LIF_BOX_NORSE`; of its `spike_latency_lif_encode`, `firstSpike` is the rest.
 *
 * @param current in units of the membrane; a value that stays at or below the threshold never fires
 * @param parameters of the neuron; default tau 10 ms, leak and reset 0, threshold 1
 * @param options of the neuron; default those of `lifBox`, with steps of 1 ms
 * @throws an `argument` error when `steps` is not a whole number of at least 1.
 */
export function constantCurrent<T extends TensorMeta>(
  b: Backend<T>,
  current: T,
  steps: number,
  parameters: Partial<LifBoxParameters<T>> = {},
  options?: LifBoxOptions,
): T {
  checkSteps('constantCurrent', steps);
  const used = { tau: 10e-3, leak: 0, threshold: 1, reset: 0, ...parameters };
  const spikes: T[] = [];
  let state = { v: zeros(b, current.shape) };
  for (let t = 0; t < steps; t++) {
    const [z, next] = lifBoxStep(b, used, state, current, options);
    spikes.push(z);
    state = next;
  }
  return stack(b, spikes);
}
