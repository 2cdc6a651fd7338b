/**
 * The backward pass of EventProp: derivatives of the loss with respect to membrane and current, a_V and a_I, go back in time. Between events they
 * follow the transposed propagator; a spike of neuron n at time t is a jump.
 *
 *   membrane of the last layer read at t     a_V += dL/dV
 *   spike of n with weights w to neurons m   dL/dt = dL/dt direct - a_V,n V'+ + sum_m w_m (a_I,m / tauSynapse - a_V,m / tau)
 *                                            a_V,n = -dL/dt / V'-           dL/dw_m += a_I,m
 *   input x with weights w to neurons m      dL/dw_m += x a_I,m
 *
 * V'- and V'+ are the slopes of the membrane before and after the spike; a weight of n to itself is part of V'+ and has no term a_V.
 *
 * Wunderlich & Pehle, Event-based backpropagation can compute exact gradients for spiking neural networks, Scientific Reports 11, 2021, whose
 * lambda_V is -a_V / tau and lambda_I is -a_I / tauSynapse.
 */
import { propagator } from './membrane.ts';
import type { EventLayer } from './network.ts';
import type { Simulated } from './simulate.ts';

/** What the loss wants of one sample. */
export interface Wanted {
  /** dL/dV of the membranes of the last layer at the ends of steps, `[T, C]`; null: nothing. */
  readonly membranes: Float64Array | null;
  /** dL/dt of the first spike of each neuron of the last layer, `[C]`, 1/s; null: nothing. */
  readonly firstSpikes: Float64Array | null;
}

/** Gradients of the weights of a layer. */
export interface WeightGradients {
  readonly weight: Float64Array;
  readonly recurrent: Float64Array | null;
}

/** Add the gradients of one sample to `gradients`. */
export function pullBack(
  layers: readonly EventLayer[],
  inputs: Float64Array,
  { spikes }: Simulated,
  dt: number,
  wanted: Wanted,
  gradients: readonly WeightGradients[],
): void {
  const ofMembrane = layers.map(({ size }) => new Float64Array(size));
  const ofCurrent = layers.map(({ size }) => new Float64Array(size));
  const last = layers.length - 1;
  const first = firstSpikes(spikes, last);

  const back = (s: number): void => {
    for (const [l, { dynamics }] of layers.entries()) {
      const [membrane, current, coupling] = propagator(dynamics, s);
      const [v, i] = [ofMembrane[l], ofCurrent[l]];
      for (let n = 0; n < v.length; n++) {
        i[n] = i[n] * current + v[n] * coupling;
        v[n] *= membrane;
      }
    }
  };
  /** What the time of a spike of `neuron` means to the neurons of layer `l` that get it; adds to the weights' gradients. */
  const toTargets = (l: number, weight: Float64Array, gradient: Float64Array, neuron: number, itself: boolean): number => {
    const { tau, tauSynapse } = layers[l].dynamics;
    const [v, i] = [ofMembrane[l], ofCurrent[l]];
    let sum = 0;
    for (let m = 0; m < v.length; m++) {
      const at = neuron * v.length + m;
      gradient[at] += i[m];
      sum += weight[at] * (i[m] / tauSynapse - (itself && m === neuron ? 0 : v[m] / tau));
    }
    return sum;
  };

  for (let t = spikes.length - 1; t >= 0; t--) {
    const { size } = layers[last];
    if (wanted.membranes) for (let n = 0; n < size; n++) ofMembrane[last][n] += wanted.membranes[t * size + n];
    let now = (t + 1) * dt;
    for (const spike of [...spikes[t]].reverse()) {
      const { time, layer, neuron, slope } = spike;
      back(now - time);
      now = time;
      const { dynamics, recurrent } = layers[layer];
      const { tau, threshold } = dynamics;
      const autapse = recurrent ? recurrent[neuron * layers[layer].size + neuron] : 0;
      const after = slope + (threshold + autapse) / tau;
      let sum = -ofMembrane[layer][neuron] * after;
      if (layer === last && wanted.firstSpikes && first.get(neuron) === spike) sum += wanted.firstSpikes[neuron];
      if (layer < last) sum += toTargets(layer + 1, layers[layer + 1].weight, gradients[layer + 1].weight, neuron, false);
      if (recurrent) sum += toTargets(layer, recurrent, gradients[layer].recurrent as Float64Array, neuron, true);
      ofMembrane[layer][neuron] = -sum / slope;
    }
    back(now - t * dt);
    const { inputs: count, size: targets } = layers[0];
    for (let k = 0; k < count; k++) {
      const x = inputs[t * count + k];
      if (x !== 0) for (let n = 0; n < targets; n++) gradients[0].weight[k * targets + n] += x * ofCurrent[0][n];
    }
  }
}

/** The first spike of each neuron of a layer. */
export function firstSpikes(spikes: Simulated['spikes'], layer: number): ReadonlyMap<number, Simulated['spikes'][number][number]> {
  const first = new Map<number, Simulated['spikes'][number][number]>();
  for (const spike of spikes.flat()) if (spike.layer === layer && !first.has(spike.neuron)) first.set(spike.neuron, spike);
  return first;
}
