// norse, jump-first (1.0.0 and later) and voltage-first (before): current-based LIF, LI, the box models and integrate-and-fire.

import type { Backend, Operand, TensorMeta } from '@snn/core';
import {
  INTEGRATE_AND_FIRE_NORSE,
  integrateAndFireStep,
  LI_BOX_NORSE,
  LI_NORSE,
  LIF_BOX_NORSE,
  LIF_NORSE,
  type LifOptions,
  type LifParameters,
  liBoxStep,
  lifBoxStep,
  lifStep,
  liStep,
} from '@snn/neurons-lif';
import { circular, erfc, fastSigmoid, type Surrogate, tanh, triangle } from '@snn/surrogates';
import { type Adapters, choose, type Given, initial, parameter, type StepAdapter, transposedLinear } from '../adapter.ts';
import type { Named, StepFile } from '../file.ts';

/** norse's `method` and `alpha`, which is a sharpness, a height or a width. */
export function norseSurrogate(method: unknown, alpha: number): Surrogate {
  return choose<(alpha: number) => Surrogate>('surrogate', method, {
    super: (sharpness) => fastSigmoid({ sharpness }),
    triangle: (height) => triangle({ height }),
    tanh: (sharpness) => tanh({ sharpness }),
    circ: (width) => circular({ width }),
    heavi_erfc: (sharpness) => erfc({ sharpness }),
  })(alpha);
}

/** The surrogate of a norse file. */
export const surrogateOf = ({ config, params }: StepFile): Surrogate =>
  norseSurrogate(config.surrogate, Number(params.alpha ?? config.alpha));

/** norse keeps inverse time constants, in 1 / s. */
export const timeConstant = <T extends TensorMeta>(b: Backend<T>, given: Given<T>, name: string): Operand<T> =>
  b.div(1, parameter(given, name));

export const RESET_MODES: Named<'to' | 'subtract'> = {
  'to v_reset': 'to',
  value: 'to',
  'v - z*(v - v_reset)': 'to',
  subtract: 'subtract',
};

/** What goes into the neuron: the input itself, or `W_in x`, and `W_rec z` of the step before. */
export function drive<T extends TensorMeta>(b: Backend<T>, { weights }: Given<T>, x: T, z?: T): T {
  const direct = weights.w_in ? transposedLinear(b, x, weights.w_in) : x;
  return weights.w_rec && z ? b.add(direct, transposedLinear(b, z, weights.w_rec)) : direct;
}

/** What the config of a current-based LIF says. */
export const lifOptions = (file: StepFile): LifOptions => {
  const { config, dt } = file;
  return {
    ...LIF_NORSE,
    dt,
    order: choose('order', config.order, { 'jump-first': 'jump-first', 'voltage-first': 'voltage-first' } as const),
    resetMode: choose('reset', config.reset, RESET_MODES),
    detachReset: config.detachReset === true,
    comparison: choose('comparison', config.spikeComparison, { '>': '>', '>=': '>=' } as const),
    surrogate: surrogateOf(file),
  };
};

/** The parameters of a current-based LIF. */
export const lifParameters = <T extends TensorMeta>(b: Backend<T>, given: Given<T>): LifParameters<T> => ({
  tau: timeConstant(b, given, 'tau_mem_inv'),
  tauSynapse: timeConstant(b, given, 'tau_syn_inv'),
  leak: parameter(given, 'v_leak'),
  threshold: parameter(given, 'v_th'),
  reset: parameter(given, 'v_reset'),
});

const lif: StepAdapter = (b, file, given) => {
  const options = lifOptions(file);
  const parameters = lifParameters(b, given);
  return {
    initial: { z: initial(b, file, given, 'z'), v: initial(b, file, given, 'v'), i: initial(b, file, given, 'i') },
    step({ z, v, i }, { x }) {
      const [out, state] = lifStep(b, parameters, { v, i }, drive(b, given, x, z), options);
      return { out, state: { z: out, ...state } };
    },
  };
};

const lifBox: StepAdapter = (b, file, given) => {
  const { config, dt } = file;
  const options = {
    ...LIF_BOX_NORSE,
    dt,
    resetMode: choose('reset', config.reset, RESET_MODES),
    detachReset: config.detachReset === true,
    comparison: choose('comparison', config.spikeComparison, { '>': '>', '>=': '>=' } as const),
    surrogate: surrogateOf(file),
  };
  const parameters = {
    tau: timeConstant(b, given, 'tau_mem_inv'),
    leak: parameter(given, 'v_leak'),
    threshold: parameter(given, 'v_th'),
    reset: parameter(given, 'v_reset'),
  };
  return {
    initial: { z: initial(b, file, given, 'z'), v: initial(b, file, given, 'v') },
    step({ z, v }, { x }) {
      const [out, state] = lifBoxStep(b, parameters, { v }, drive(b, given, x, z), options);
      return { out, state: { z: out, ...state } };
    },
  };
};

const integrateAndFire: StepAdapter = (b, file, given) => {
  const { config } = file;
  const options = {
    ...INTEGRATE_AND_FIRE_NORSE,
    resetMode: choose('reset', config.reset, RESET_MODES),
    detachReset: config.detachReset === true,
    comparison: choose('comparison', config.spikeComparison, { '>': '>', '>=': '>=' } as const),
    surrogate: surrogateOf(file),
  };
  const parameters = { threshold: parameter(given, 'v_th'), reset: parameter(given, 'v_reset') };
  return {
    initial: { z: initial(b, file, given, 'z'), v: initial(b, file, given, 'v') },
    step({ z, v }, { x }) {
      const [out, state] = integrateAndFireStep(b, parameters, { v }, drive(b, given, x, z), options);
      return { out, state: { z: out, ...state } };
    },
  };
};

const li: StepAdapter = (b, file, given) => {
  const order = choose('order', file.config.order, { 'jump-first': 'jump-first', 'voltage-first': 'voltage-first' } as const);
  const options = { ...LI_NORSE, dt: file.dt, order };
  const parameters = {
    tau: timeConstant(b, given, 'tau_mem_inv'),
    tauSynapse: timeConstant(b, given, 'tau_syn_inv'),
    leak: parameter(given, 'v_leak'),
  };
  return {
    initial: { v: initial(b, file, given, 'v'), i: initial(b, file, given, 'i') },
    step({ v, i }, { x }) {
      const [out, state] = liStep(b, parameters, { v, i }, drive(b, given, x), options);
      return { out, state };
    },
  };
};

const liBox: StepAdapter = (b, file, given) => {
  const options = { ...LI_BOX_NORSE, dt: file.dt };
  const parameters = { tau: timeConstant(b, given, 'tau_mem_inv'), leak: parameter(given, 'v_leak') };
  return {
    initial: { v: initial(b, file, given, 'v') },
    step({ v }, { x }) {
      const [out, state] = liBoxStep(b, parameters, { v }, drive(b, given, x), options);
      return { out, state };
    },
  };
};

/** Sparse, integral and recurrent twins are the same neuron here; norse's current encoder is its box model. */
export const NORSE: Adapters = {
  steps: {
    'norse.lif_step': lif,
    'norse.lif_feed_forward_step': lif,
    'norse.lif_step_sparse': lif,
    'norse.lif_feed_forward_step_sparse': lif,
    'norse.lif_step_integral': lif,
    'norse.lif_feed_forward_integral': lif,
    'norse.lif_box_step': lifBox,
    'norse.lif_box_feed_forward_step': lifBox,
    'norse.lif_current_encoder': lifBox,
    'norse.iaf_step': integrateAndFire,
    'norse.iaf_feed_forward_step': integrateAndFire,
    'norse.li_step': li,
    'norse.li_feed_forward_step': li,
    'norse.li_box_step': liBox,
    'norse.li_box_feed_forward_step': liBox,
  },
};
