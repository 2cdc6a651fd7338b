// rnnbuilder: LIF, NoReset, Cooldown, Discontinuous, a linear layer before a LIF, and a recurrent network.

import type { Backend, TensorMeta } from '@snn/core';
import {
  COOLDOWN_RNNBUILDER,
  cooldownSigns,
  cooldownStep,
  DISCONTINUOUS_RNNBUILDER,
  discontinuousStep,
  LEAKY_RNNBUILDER,
  leakyStep,
  NO_RESET_RNNBUILDER,
  noResetStep,
} from '@snn/neurons-lif';
import { type Surrogate, spike, triangle } from '@snn/surrogates';
import { type Adapters, choose, type Given, initial, parameter, type StepAdapter, transposedLinear } from '../adapter.ts';
import type { StepFile } from '../file.ts';

const surrogateOf = ({ config, params }: StepFile): Surrogate =>
  choose('surrogate', config.surrogate, { 'SpikeLinear (triangle)': () => triangle({ height: Number(params.gradient_factor) }) })();

const beta = <T extends TensorMeta>(b: Backend<T>, given: Given<T>): T => b.exp(b.div(-1, parameter(given, 'tau')));

const lif: StepAdapter = (b, file, given) => {
  const options = { ...LEAKY_RNNBUILDER, detachReset: file.config.detachReset === true, surrogate: surrogateOf(file) };
  const parameters = { beta: beta(b, given), threshold: 1 };
  const { weight, bias } = given.weights;
  return {
    initial: { mem: initial(b, file, given, 'initial_mem') },
    step({ mem }, { x }) {
      const [out, { v }] = leakyStep(b, parameters, { v: mem }, weight ? transposedLinear(b, x, weight, bias) : x, options);
      return { out, state: { mem: v } };
    },
  };
};

/** A layer that sees the input and its own previous spikes; the first of those are the spikes of its initial membrane. */
const network: StepAdapter = (b, file, given) => {
  const { initial: start, step } = lif(b, file, { ...given, weights: {} });
  const { weight, bias } = given.weights;
  return {
    initial: { ...start, z: spike(b, b.sub(start.mem, 1), surrogateOf(file)) },
    step({ mem, z }, { x }) {
      const { out, state } = step({ mem }, { x: transposedLinear(b, b.concat([x, z], 1), weight, bias) });
      return { out, state: { ...state, z: out } };
    },
  };
};

const noReset: StepAdapter = (b, file, given) => {
  const options = { ...NO_RESET_RNNBUILDER, surrogate: surrogateOf(file) };
  const parameters = { beta: beta(b, given), threshold: 1 };
  return {
    initial: { mem: initial(b, file, given, 'initial_mem') },
    step({ mem }, { x }) {
      const [out, { v }] = noResetStep(b, parameters, { v: mem }, x, options);
      return { out, state: { mem: v } };
    },
  };
};

const cooldown: StepAdapter = (b, file, given) => {
  const { size } = file.shapes;
  const options = { ...COOLDOWN_RNNBUILDER, surrogate: surrogateOf(file) };
  const parameters = { beta: beta(b, given), threshold: 1, sign: b.fromData(cooldownSigns(size), [size]) };
  return {
    initial: { mem: initial(b, file, given, 'initial_mem') },
    step({ mem }, { x }) {
      const [out, { v }] = cooldownStep(b, parameters, { v: mem }, x, options);
      return { out, state: { mem: v } };
    },
  };
};

const discontinuous: StepAdapter = (b, file, given) => {
  const options = { ...DISCONTINUOUS_RNNBUILDER, surrogate: surrogateOf(file) };
  const parameters = { threshold: parameter(given, 'threshold') };
  return {
    initial: {},
    step: (state, { x }) => ({ out: discontinuousStep(b, parameters, state, x, options)[0], state }),
  };
};

export const RNNBUILDER: Adapters = {
  steps: {
    'rnnbuilder.LIF': lif,
    'rnnbuilder.Sequential(Linear, LIF)': lif,
    'rnnbuilder.Network(placeholder cycle)': network,
    'rnnbuilder.NoReset': noReset,
    'rnnbuilder.Cooldown': cooldown,
    'rnnbuilder.Discontinuous': discontinuous,
  },
};
