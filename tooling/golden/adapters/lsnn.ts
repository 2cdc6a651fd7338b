// Adaptive neurons: LSNN, adaptation current, exponential and adaptive exponential LIF of norse, and rnnbuilder's Adaptive. Sparse, module
// and adjoint twins are the same neurons here.

import { type Backend, type Operand, range, stopGradient, type TensorMeta } from '@snn/core';
import {
  ADA_LIF_NORSE,
  ADAPTIVE_RNNBUILDER,
  adaLifStep,
  adaptiveStep,
  LIF_ADEX_NORSE,
  LIF_EX_NORSE,
  LSNN_NORSE,
  type LsnnOptions,
  type LsnnParameters,
  lifAdexStep,
  lifExStep,
  lsnn,
  lsnnStep,
} from '@snn/neurons-lsnn';
import { triangle } from '@snn/surrogates';
import { type Adapters, choose, type Given, initial, parameter, type StepAdapter } from '../adapter.ts';
import type { Named, StepFile } from '../file.ts';
import { drive, surrogateOf, timeConstant } from './norse.ts';

const comparisonOf = ({ config }: StepFile): '>' | '>=' => choose('comparison', config.spikeComparison, { '>': '>', '>=': '>=' } as const);

const orderOf = ({ config }: StepFile): 'jump-first' | 'voltage-first' =>
  choose('order', config.order, { 'jump-first': 'jump-first', 'voltage-first': 'voltage-first' } as const);

/** What all norse models here have: time constants, resting state, threshold and reset. */
const membrane = <T extends TensorMeta>(b: Backend<T>, given: Given<T>) => ({
  tau: timeConstant(b, given, 'tau_mem_inv'),
  tauSynapse: timeConstant(b, given, 'tau_syn_inv'),
  leak: parameter(given, 'v_leak'),
  threshold: parameter(given, 'v_th'),
  reset: parameter(given, 'v_reset'),
});

/** The weights without connections of a neuron to itself, where the file asks for that. */
function withoutAutapses<T extends TensorMeta>(b: Backend<T>, { config }: StepFile, given: Given<T>): Given<T> {
  const { w_rec: weight } = given.weights;
  if (weight === undefined || config.autapses !== false) return given;
  const n = weight.shape[0];
  const index = range(b, n);
  const rows = b.reshape(index, [n, 1]);
  return { ...given, weights: { ...given.weights, w_rec: b.mul(weight, b.add(b.gt(index, rows), b.gt(rows, index))) } };
}

/** The initial state that norse's modules make. */
function started<T extends TensorMeta>(b: Backend<T>, { shapes }: StepFile, parameters: LsnnParameters<T>, options: LsnnOptions): Named<T> {
  const state = lsnn.initialState(b, parameters, [shapes.B, shapes.size], options);
  return { v: stopGradient(b, state.v), i: stopGradient(b, state.i), b: stopGradient(b, state.b) };
}

const lsnnAdapter: StepAdapter = (b, file, origin) => {
  const { config, dt } = file;
  const given = withoutAutapses(b, file, origin);
  choose('reset', config.reset, { 'to v_reset': true });
  const options = {
    ...LSNN_NORSE,
    dt,
    order: orderOf(file),
    detachReset: config.detachReset === true,
    detachAdaptation: config.detachAdaptation === true,
    comparison: comparisonOf(file),
    surrogate: surrogateOf(file),
  };
  const parameters = { ...membrane(b, given), tauAdapt: timeConstant(b, given, 'tau_adapt_inv'), beta: parameter(given, 'beta') };
  // modules begin by themselves, and no gradient flows into how they do
  const begin = config.module === undefined ? given : { ...given, initialState: started(b, file, parameters, options) };
  return {
    initial: Object.fromEntries(['z', 'v', 'i', 'b'].map((name) => [name, initial(b, file, begin, name)])),
    step({ z, ...state }, { x }) {
      const [out, next] = lsnnStep(b, parameters, { v: state.v, i: state.i, b: state.b }, drive(b, given, x, z), options);
      return { out, state: { z: out, ...next } };
    },
  };
};

const adaLif: StepAdapter = (b, file, given) => {
  const { config, dt } = file;
  choose('reset', config.reset, { 'v - z*(v_th - v_reset)': true });
  const options = {
    ...ADA_LIF_NORSE,
    dt,
    order: orderOf(file),
    detachReset: config.detachReset === true,
    comparison: comparisonOf(file),
    surrogate: surrogateOf(file),
  };
  const parameters = { ...membrane(b, given), tauAdapt: timeConstant(b, given, 'tau_adapt_inv'), beta: parameter(given, 'beta') };
  return {
    initial: Object.fromEntries(['z', 'v', 'i', 'b'].map((name) => [name, initial(b, file, given, name)])),
    step({ z, ...state }, { x }) {
      const [out, next] = adaLifStep(b, parameters, { v: state.v, i: state.i, b: state.b }, drive(b, given, x, z), options);
      return { out, state: { z: out, ...next } };
    },
  };
};

const exponentialOptions = (file: StepFile) => {
  const { config, dt } = file;
  choose('reset', config.reset, { 'to v_reset': true });
  return {
    dt,
    order: orderOf(file),
    detachReset: config.detachReset === true,
    comparison: comparisonOf(file),
    surrogate: surrogateOf(file),
  };
};

const lifEx: StepAdapter = (b, file, given) => {
  const options = { ...LIF_EX_NORSE, ...exponentialOptions(file) };
  const parameters = { ...membrane(b, given), sharpness: parameter(given, 'delta_T') };
  return {
    initial: Object.fromEntries(['z', 'v', 'i'].map((name) => [name, initial(b, file, given, name)])),
    step({ z, v, i }, { x }) {
      const [out, state] = lifExStep(b, parameters, { v, i }, drive(b, given, x, z), options);
      return { out, state: { z: out, ...state } };
    },
  };
};

const lifAdex: StepAdapter = (b, file, given) => {
  const options = { ...LIF_ADEX_NORSE, ...exponentialOptions(file) };
  const parameters = {
    ...membrane(b, given),
    tauAdapt: timeConstant(b, given, 'tau_ada_inv'),
    sharpness: parameter(given, 'delta_T'),
    coupling: parameter(given, 'adaptation_current'),
    jump: parameter(given, 'adaptation_spike'),
  };
  return {
    initial: Object.fromEntries(['z', 'v', 'i', 'a'].map((name) => [name, initial(b, file, given, name)])),
    step({ z, v, i, a }, { x }) {
      const [out, state] = lifAdexStep(b, parameters, { v, i, a }, drive(b, given, x, z), options);
      return { out, state: { z: out, ...state } };
    },
  };
};

const adaptive: StepAdapter = (b, file, given) => {
  const surrogate = choose('surrogate', file.config.surrogate, {
    'SpikeLinear (triangle)': () => triangle({ height: Number(file.params.gradient_factor) }),
  })();
  const options = { ...ADAPTIVE_RNNBUILDER, detachReset: file.config.detachReset === true, comparison: comparisonOf(file), surrogate };
  const kept = (name: string): Operand<ReturnType<typeof b.exp>> => b.exp(b.div(-1, parameter(given, name)));
  const parameters = { beta: kept('tau'), rho: kept('tau_thr'), gamma: parameter(given, 'gamma'), threshold: 1 };
  return {
    initial: { mem: initial(b, file, given, 'initial_mem'), rel_thresh: initial(b, file, given, 'rel_thresh') },
    step({ mem, rel_thresh: rise }, { x }) {
      const [out, state] = adaptiveStep(b, parameters, { v: mem, b: rise }, x, options);
      return { out, state: { mem: state.v, rel_thresh: state.b } };
    },
  };
};

export const LSNN: Adapters = {
  steps: {
    'norse.lsnn_step': lsnnAdapter,
    'norse.lsnn_feed_forward_step': lsnnAdapter,
    'norse.lsnn_adjoint_step': lsnnAdapter,
    'norse.lsnn_feed_forward_adjoint_step': lsnnAdapter,
    'norse.LSNN': lsnnAdapter,
    'norse.LSNNCell': lsnnAdapter,
    'norse.LSNNRecurrent': lsnnAdapter,
    'norse.LSNNRecurrentCell': lsnnAdapter,
    'norse.ada_lif_step': adaLif,
    'norse.lif_ex_step': lifEx,
    'norse.lif_ex_feed_forward_step': lifEx,
    'norse.lif_adex_step': lifAdex,
    'norse.lif_adex_feed_forward_step': lifAdex,
    'rnnbuilder.Adaptive': adaptive,
  },
};
