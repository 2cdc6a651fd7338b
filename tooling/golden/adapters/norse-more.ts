// norse, further neurons: refractory LIF, Izhikevich, and the exponential filter.

import { full } from '@snn/core';
import { exponentialFilterStep, IZHIKEVICH_NORSE, izhikevichStep, LIF_REFRACTORY_NORSE, lifRefractoryStep } from '@snn/neurons-lif';
import { type Adapters, choose, initial, parameter, type StepAdapter, transposedLinear } from '../adapter.ts';
import { drive, lifOptions, lifParameters, surrogateOf, timeConstant } from './norse.ts';

const lifRefractory: StepAdapter = (b, file, given) => {
  const { config, params } = file;
  const sharpness = config.refractorySurrogateAlpha;
  if (sharpness !== undefined && sharpness !== (params.alpha ?? config.alpha))
    throw new Error('the refractory mask has another surrogate than the spike, which is not built.');
  const options = {
    ...LIF_REFRACTORY_NORSE,
    ...lifOptions(file),
  };
  const parameters = {
    ...lifParameters(b, given),
    refractory: parameter(given, 'rho_reset'),
  };
  const start = (name: string) => initial(b, file, given, name);
  return {
    initial: { z: start('z'), v: start('v'), i: start('i'), rho: start('rho') },
    step({ z, v, i, rho }, { x }) {
      const [out, state] = lifRefractoryStep(b, parameters, { v, i, rho }, drive(b, given, x, z), options);
      return { out, state: { z: out, ...state } };
    },
  };
};

const izhikevich: StepAdapter = (b, file, given) => {
  const { config, dt } = file;
  const options = {
    ...IZHIKEVICH_NORSE,
    dt,
    detachReset: config.detachReset === true,
    comparison: choose('comparison', config.spikeComparison, { '>': '>', '>=': '>=' } as const),
    surrogate: surrogateOf(file),
  };
  const parameters = {
    a: parameter(given, 'a'),
    b: parameter(given, 'b'),
    c: parameter(given, 'c'),
    d: parameter(given, 'd'),
    square: parameter(given, 'sq'),
    linear: parameter(given, 'mn'),
    constant: parameter(given, 'bias'),
    threshold: parameter(given, 'v_th'),
    tau: timeConstant(b, given, 'tau_inv'),
  };
  return {
    initial: { z: initial(b, file, given, 'z'), v: initial(b, file, given, 'v'), u: initial(b, file, given, 'u') },
    step({ z, v, u }, { x }) {
      const [out, state] = izhikevichStep(b, parameters, { v, u }, drive(b, given, x, z), options);
      return { out, state: { z: out, ...state } };
    },
  };
};

/** A linear layer and the filter. */
const exponentialFilter: StepAdapter = (b, file, given) => {
  const { weight, bias } = given.weights;
  const parameters = { tau: timeConstant(b, given, 'tau_filter_inv') };
  return {
    initial: { v: full(b, [file.shapes.B, file.shapes.size], 0) },
    step({ v }, { x }) {
      const [out, state] = exponentialFilterStep(b, parameters, { v }, transposedLinear(b, x, weight, bias), { dt: file.dt });
      return { out, state };
    },
  };
};

export const NORSE_MORE: Adapters = {
  steps: {
    'norse.lif_refrac_step': lifRefractory,
    'norse.lif_refrac_feed_forward_step': lifRefractory,
    'norse.izhikevich_feed_forward_step': izhikevich,
    'norse.izhikevich_recurrent_step': izhikevich,
    'norse.ExpFilter': exponentialFilter,
  },
};
