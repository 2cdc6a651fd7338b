// snnTorch, further neurons: RLeaky, RSynaptic, Lapicque, Alpha.

import type { Backend, TensorMeta } from '@snn/core';
import {
  ALPHA_SNNTORCH,
  alphaStep,
  LAPICQUE_SNNTORCH,
  lapicqueStep,
  leakyStep,
  RECURRENT_LEAKY_SNNTORCH,
  RECURRENT_SYNAPTIC_SNNTORCH,
  recurrentLeakyStep,
  recurrentSynapticStep,
  synapticStep,
} from '@snn/neurons-lif';
import { type Adapters, choose, type Given, initial, parameter, type StepAdapter, transposedLinear } from '../adapter.ts';
import type { StepFile } from '../file.ts';
import { common, graded } from './snntorch.ts';

const resetMode = ({ config }: StepFile): 'subtract' | 'zero' | 'none' =>
  choose('reset_mechanism', config.reset_mechanism, { subtract: 'subtract', zero: 'zero', none: 'none' } as const);

/** The input of a neuron whose recurrence is a matrix with a bias. */
const driven = <T extends TensorMeta>(b: Backend<T>, { weights }: Given<T>, x: T, spk: T): T =>
  b.add(x, transposedLinear(b, spk, weights.weight, weights.bias));

const recurrentLeaky: StepAdapter = (b, file, given) => {
  const options = { ...RECURRENT_LEAKY_SNNTORCH, resetMode: resetMode(file), ...common(file) };
  const parameters = { beta: parameter(given, 'beta'), threshold: parameter(given, 'threshold') };
  return {
    initial: { spk: initial(b, file, given, 'spk'), mem: initial(b, file, given, 'mem') },
    step({ spk, mem }, { x }) {
      const [z, { v }] = given.weights.weight
        ? leakyStep(b, parameters, { v: mem }, driven(b, given, x, spk), options)
        : recurrentLeakyStep(b, { ...parameters, recurrence: parameter(given, 'V') }, { v: mem, z: spk }, x, options);
      const out = graded(b, given, z);
      return { out, state: { spk: out, mem: v } };
    },
  };
};

const recurrentSynaptic: StepAdapter = (b, file, given) => {
  const options = { ...RECURRENT_SYNAPTIC_SNNTORCH, resetMode: resetMode(file), ...common(file) };
  const parameters = { alpha: parameter(given, 'alpha'), beta: parameter(given, 'beta'), threshold: parameter(given, 'threshold') };
  return {
    initial: { spk: initial(b, file, given, 'spk'), syn: initial(b, file, given, 'syn'), mem: initial(b, file, given, 'mem') },
    step({ spk, syn, mem }, { x }) {
      const [z, { v, i }] = given.weights.weight
        ? synapticStep(b, parameters, { v: mem, i: syn }, driven(b, given, x, spk), options)
        : recurrentSynapticStep(b, { ...parameters, recurrence: parameter(given, 'V') }, { v: mem, i: syn, z: spk }, x, options);
      const out = graded(b, given, z);
      return { out, state: { spk: out, syn: i, mem: v } };
    },
  };
};

const lapicque: StepAdapter = (b, file, given) => {
  const dt = Number(file.params.time_step ?? file.dt);
  const { revokeReset, ...shared } = common(file);
  const options = { ...LAPICQUE_SNNTORCH, dt, resetMode: resetMode(file), ...shared };
  const threshold = parameter(given, 'threshold');
  const { R, C } = given.params;
  // beta stands for dt / (R C) = ln(1 / beta): for C where R is given or 1, for R where C is
  const rate = (): typeof threshold => b.mul(b.log(b.add(parameter(given, 'beta'), 0)), -1);
  const resistance = R ?? (C === undefined ? 1 : b.div(dt, b.mul(C, rate())));
  const capacitance = C ?? b.div(dt, b.mul(resistance, rate()));
  const parameters = { resistance, capacitance, threshold };
  if (revokeReset) throw new Error('Lapicque has no reset_delay=False.');
  return {
    initial: { mem: initial(b, file, given, 'mem') },
    step({ mem }, { x }) {
      const [z, { v }] = lapicqueStep(b, parameters, { v: mem }, x, options);
      return { out: graded(b, given, z), state: { mem: v } };
    },
  };
};

const alpha: StepAdapter = (b, file, given) => {
  const { revokeReset, detachReset: _, ...shared } = common(file);
  const options = { ...ALPHA_SNNTORCH, resetMode: resetMode(file), ...shared };
  const parameters = { alpha: parameter(given, 'alpha'), beta: parameter(given, 'beta'), threshold: parameter(given, 'threshold') };
  if (revokeReset) throw new Error('Alpha has no reset_delay=False.');
  return {
    initial: {
      syn_exc: initial(b, file, given, 'syn_exc'),
      syn_inh: initial(b, file, given, 'syn_inh'),
      mem: initial(b, file, given, 'mem'),
    },
    step({ syn_exc, syn_inh, mem }, { x }) {
      const [z, next] = alphaStep(b, parameters, { excitatory: syn_exc, inhibitory: syn_inh, v: mem }, x, options);
      return { out: graded(b, given, z), state: { syn_exc: next.excitatory, syn_inh: next.inhibitory, mem: next.v } };
    },
  };
};

export const SNNTORCH_MORE: Adapters = {
  steps: {
    'snntorch.RLeaky': recurrentLeaky,
    'snntorch.RSynaptic': recurrentSynaptic,
    'snntorch.Lapicque': lapicque,
    'snntorch.Alpha': alpha,
  },
};
