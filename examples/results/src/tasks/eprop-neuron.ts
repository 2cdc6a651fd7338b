/**
 * The adaptive neuron of the e-prop repository (Bellec et al., 2020), written down as a model of its own: its input is not scaled, its reset
 * is that of the threshold at rest, and the surrogate does not widen as the threshold rises.
 *
 *   b = e(tauAdapt) b + z
 *   A = threshold + beta b
 *   v = e(tau) v + x - threshold z           no gradient goes through this z
 *   z = [(v - A) / threshold > 0], and 0 while r > 0
 *   r = max(r + refractory z - 1, 0)
 *
 * with e(tau) = e^(-dt / tau), and z and v on the right those of the step before. With beta = 0 it is their LIF neuron.
 */
import { type NeuronModel, rest, stopGradient } from '@snn/core';
import { type Surrogate, spike, triangle } from '@snn/surrogates';

/** Static options. */
export interface EpropNeuronOptions {
  /** Length of a step, s. */
  readonly dt: number;
  /** Stands in for the derivative of the spike, as a function of (v - A) / threshold. */
  readonly surrogate: Surrogate;
}

export const epropNeuron: NeuronModel<'tau' | 'tauAdapt' | 'threshold' | 'beta' | 'refractory', 'v' | 'b' | 'z' | 'r', EpropNeuronOptions> =
  {
    name: 'epropNeuron',
    parameters: {
      tau: { default: 20e-3, unit: 's', constraint: 'positive', description: 'time constant of the membrane' },
      tauAdapt: { default: 2, unit: 's', constraint: 'positive', description: 'time constant of the adaptation' },
      threshold: { default: 0.6, unit: '1', constraint: 'positive', description: 'threshold of a neuron that has not adapted' },
      beta: { default: 0, unit: '1', constraint: 'none', description: 'what a spike adds to the threshold' },
      refractory: { default: 5, unit: 'steps', constraint: 'none', description: 'silence after a spike' },
    },
    states: ['v', 'b', 'z', 'r'],
    options: { dt: 1e-3, surrogate: triangle({ height: 0.3 }) },
    initialState: (b, _, shape) => ({ v: rest(b, 0, shape), b: rest(b, 0, shape), z: rest(b, 0, shape), r: rest(b, 0, shape) }),
    step(b, { tau, tauAdapt, threshold, beta, refractory }, state, input, { dt, surrogate }) {
      const adaptation = b.add(b.mul(b.exp(b.div(-dt, tauAdapt)), state.b), state.z);
      const A = b.add(threshold, b.mul(beta, adaptation));
      const v = b.sub(b.add(b.mul(b.exp(b.div(-dt, tau)), state.v), input), b.mul(threshold, stopGradient(b, state.z)));
      const fired = spike(b, b.div(b.sub(v, A), threshold), surrogate, '>');
      const z = b.where(b.gt(state.r, 0), 0, fired);
      return [z, { v, b: adaptation, z, r: b.max(b.sub(b.add(state.r, b.mul(refractory, stopGradient(b, z))), 1), 0) }];
    },
  };
