/**
 * Two small neurons, until their package has them: a leaky integrate-and-fire neuron and a leaky integrator without synaptic current.
 *
 *   v[t] = d v[t-1] + x[t]      d = e^(-dt / tau)
 *   z[t] = v[t] > threshold     (lif)   v[t] = v[t] - threshold z[t]
 */
import { type Backend, type NeuronModel, type Operand, type TensorMeta, zeros } from '@snn/core';
import { type Surrogate, spike, triangle } from '@snn/surrogates';

const tau = { default: 20e-3, unit: 's', constraint: 'positive', description: 'Time constant of the membrane.' } as const;
const dt = 1e-3;

const decay = <T extends TensorMeta>(b: Backend<T>, t: Operand<T>): Operand<T> =>
  typeof t === 'number' ? Math.exp(-dt / t) : b.exp(b.div(-dt, t));

export const localLif: NeuronModel<'tau' | 'threshold', 'v', { readonly surrogate: Surrogate }> = {
  name: 'lif',
  parameters: { tau, threshold: { default: 1, unit: '1', constraint: 'positive', description: 'Threshold.' } },
  states: ['v'],
  options: { surrogate: triangle() },
  initialState: (b, _parameters, shape) => ({ v: zeros(b, shape) }),
  step(b, parameters, state, input, options) {
    const v = b.add(b.mul(state.v, decay(b, parameters.tau)), input);
    const z = spike(b, b.sub(v, parameters.threshold), options.surrogate);
    return [z, { v: b.sub(v, b.mul(z, parameters.threshold)) }];
  },
};

export const localLi: NeuronModel<'tau', 'v', object> = {
  name: 'leakyReadout',
  parameters: { tau },
  states: ['v'],
  options: {},
  initialState: (b, _parameters, shape) => ({ v: zeros(b, shape) }),
  step(b, parameters, state, input) {
    const v = b.add(b.mul(state.v, decay(b, parameters.tau)), input);
    return [v, { v }];
  },
};
