// LSNN-official: LIF and ALIF with delays. Times are in ms there, weights lie as [in, out].

import { type Backend, range, rest, type TensorMeta } from '@snn/core';
import { ALIF_LSNN2018, alifStep, delayedWeight, delayState, delayStep } from '@snn/neurons-lsnn';
import { triangle } from '@snn/surrogates';
import { type Adapters, choose, type Given, initial, parameter, type StepAdapter } from '../adapter.ts';
import type { StepFile } from '../file.ts';

const MILLISECOND = 1e-3;

/** Weights from inputs and previous spikes, `[in + out, out]`, spread over their delays; no neuron is connected to itself. */
function synapses<T extends TensorMeta>(b: Backend<T>, { config, shapes }: StepFile, { weights }: Given<T>): T {
  const { input, size } = shapes;
  const index = range(b, size);
  const rows = b.reshape(index, [size, 1]);
  const others = b.add(b.gt(index, rows), b.gt(rows, index));
  const weight = b.concat([weights.w_in, b.mul(weights.w_rec, others)], 0);
  const delay = [...(config.delays_in as readonly number[]), ...(config.delays_rec as readonly number[])];
  return delayedWeight(b, weight, b.fromData(delay, [input + size, size]), Number(config.n_delay));
}

const alif: StepAdapter = (b, file, given) => {
  const { config, params, shapes } = file;
  choose('reset', config.reset, { 'subtract threshold, previous spike': true });
  choose('initial buffers', config.initialBuffers, { zeros: true });
  const surrogate = choose('surrogate', config.surrogate, {
    'dampened triangle': () => triangle({ height: Number(params.dampening_factor) }),
  })();
  const options = {
    ...ALIF_LSNN2018,
    dt: file.dt * MILLISECOND,
    detachReset: config.detachReset === true,
    comparison: choose('comparison', config.spikeComparison, { '>': '>', '>=': '>=' } as const),
    surrogate,
  };
  const adaptive = config.adaptive === true;
  const parameters = {
    tau: b.mul(parameter(given, 'tau'), MILLISECOND),
    tauAdapt: adaptive ? b.mul(parameter(given, 'tau_adaptation'), MILLISECOND) : 1,
    threshold: parameter(given, 'thr'),
    beta: adaptive ? parameter(given, 'beta') : 0,
    refractory: Number(config.n_refractory),
    height: 1 / file.dt,
  };
  const weight = synapses(b, file, given);
  const begin = Object.fromEntries(['v', 'z', 'b'].map((name) => [name, initial(b, file, given, name)]));
  return {
    initial: { ...begin, r: rest(b, 0, [shapes.B, shapes.size]), ...delayState(b, { weight }, shapes.B) },
    step({ v, b: adaptation, z, r, f }, { x }) {
      const [current, buffer] = delayStep(b, { weight }, { f }, b.concat([x, z], 1));
      const [out, state] = alifStep(b, parameters, { v, b: adaptation, z, r }, current, options);
      return { out, state: { ...state, ...buffer, thr: b.add(parameters.threshold, b.mul(parameters.beta, state.b)) } };
    },
  };
};

export const LSNN_OFFICIAL: Adapters = { steps: { 'lsnn-official.LIF': alif, 'lsnn-official.ALIF': alif } };
