// Plasticity of norse: short-term (Tsodyks-Makram) and spike-timing-dependent.

import { full } from '@snn/core';
import { STDP_NORSE, stdpLinearStep, TSODYKS_MAKRAM_NORSE, tsodyksMakramStep } from '@snn/neurons-lif';
import { type Adapters, choose, initial, parameter, type StepAdapter } from '../adapter.ts';
import { timeConstant } from './norse.ts';

const tsodyksMakram: StepAdapter = (b, file, given) => {
  const options = { ...TSODYKS_MAKRAM_NORSE, dt: file.dt };
  const parameters = {
    tauFacilitation: timeConstant(b, given, 'tau_f_inv'),
    tauDepression: timeConstant(b, given, 'tau_d_inv'),
    utilization: parameter(given, 'U'),
  };
  return {
    initial: { u: initial(b, file, given, 'u'), x: initial(b, file, given, 'x') },
    step({ u, x }, inputs) {
      const [out, state] = tsodyksMakramStep(b, parameters, { u, x }, inputs.x, options);
      return { out, state };
    },
  };
};

const stdpLinear: StepAdapter = (b, file, given) => {
  const { config, params, shapes, dt } = file;
  if (config.convolutional === true) throw new Error('a convolutional file is not built.');
  const options = {
    ...STDP_NORSE,
    dt,
    rule: choose('stdp_algorithm', config.stdp_algorithm, {
      additive: 'additive',
      additive_step: 'additive-step',
      multiplicative_relu: 'multiplicative',
      multiplicative_pow: 'multiplicative-power',
    } as const),
    exponent: Number(params.mu ?? 0),
    minimum: Number(params.w_min),
    maximum: Number(params.w_max),
    bounded: config.hardbound !== false,
  };
  const parameters = {
    tauPre: timeConstant(b, given, 'tau_pre_inv'),
    tauPost: timeConstant(b, given, 'tau_post_inv'),
    amplitudePre: parameter(given, 'a_pre'),
    amplitudePost: parameter(given, 'a_post'),
    ratePlus: parameter(given, 'eta_plus'),
    rateMinus: parameter(given, 'eta_minus'),
  };
  const { w, t_pre, t_post } = given.initialState;
  return {
    initial: { w, t_pre: t_pre ?? full(b, [shapes.B, shapes.input], 0), t_post: t_post ?? full(b, [shapes.B, shapes.size], 0) },
    step(state, { z_pre, z_post }) {
      const traces = { pre: state.t_pre, post: state.t_post };
      const [weight, { pre, post }] = stdpLinearStep(b, parameters, traces, b.permute(state.w, [1, 0]), z_pre, z_post, options);
      const out = b.permute(weight, [1, 0]);
      return { out, state: { w: out, t_pre: pre, t_post: post } };
    },
  };
};

export const PLASTICITY: Adapters = { steps: { 'norse.stp_step': tsodyksMakram, 'norse.stdp_step_linear': stdpLinear } };
