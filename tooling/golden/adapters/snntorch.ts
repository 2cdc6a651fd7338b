// snnTorch, 0.7 and from 0.8: Leaky and Synaptic.

import type { Backend, TensorMeta } from '@snn/core';
import {
  LEAKY_SNNTORCH,
  LEAKY_SNNTORCH_ZERO,
  LEAKY_SNNTORCH07,
  LEAKY_SNNTORCH07_ZERO,
  type LeakyOptions,
  leakyStep,
  SYNAPTIC_SNNTORCH,
  synapticStep,
} from '@snn/neurons-lif';
import { arctan, fastSigmoid, type Surrogate, sigmoid, straightThrough } from '@snn/surrogates';
import { type Adapters, choose, type Given, initial, parameter, type StepAdapter } from '../adapter.ts';
import type { StepFile } from '../file.ts';

/** The number of a surrogate: in the config, or else in the words of the description ("alpha=2", "1/(25*|U|+1)^2"). */
function argument({ config, description }: StepFile, name: string, pattern: RegExp, standard: number): number {
  const value = config[name] ?? pattern.exec(description)?.[1];
  return value === undefined ? standard : Number(value);
}

export function snntorchSurrogate(file: StepFile): Surrogate {
  return choose<() => Surrogate>('surrogate', file.config.surrogate, {
    atan: () => arctan({ sharpness: argument(file, 'alpha', /alpha=([\d.]+)/, 2) }),
    fast_sigmoid: () => fastSigmoid({ sharpness: argument(file, 'slope', /\(([\d.]+)\*\|U\|/, 25) }),
    sigmoid: () => sigmoid({ sharpness: argument(file, 'slope', /slope=([\d.]+)/, 25) }),
    straight_through_estimator: straightThrough,
  })();
}

/** What all resets share: `reset_delay=False` takes the delayed reset back, and is then the only one that is not detached. */
export const common = (file: StepFile): Pick<LeakyOptions, 'revokeReset' | 'detachReset' | 'comparison' | 'surrogate'> => {
  const { config } = file;
  const immediate = config.reset_delay === false;
  return {
    revokeReset: immediate,
    detachReset: !immediate || config.detachReset === true,
    comparison: choose('comparison', config.spikeComparison, { '>': '>', '>=': '>=' } as const),
    surrogate: snntorchSurrogate(file),
  };
};

/** The reset ignores the graded factor: it scales only what is sent out. */
export const graded = <T extends TensorMeta>(b: Backend<T>, given: Given<T>, z: T): T => {
  const factor = given.params.graded_spikes_factor;
  return factor === undefined ? z : b.mul(z, factor);
};

function leakyOptions(file: StepFile): LeakyOptions {
  const now = { subtract: LEAKY_SNNTORCH, zero: LEAKY_SNNTORCH_ZERO, none: { ...LEAKY_SNNTORCH, resetMode: 'none' as const } };
  const before = { subtract: LEAKY_SNNTORCH07, zero: LEAKY_SNNTORCH07_ZERO, none: { ...LEAKY_SNNTORCH07, resetMode: 'none' as const } };
  const dialect = choose('dialect', file.config.dialect, { undefined: now, '0.7 hidden state': now, '0.7 explicit state': before });
  return { ...choose('reset_mechanism', file.config.reset_mechanism, dialect), ...common(file) };
}

const leaky: StepAdapter = (b, file, given) => {
  const options = leakyOptions(file);
  const parameters = { beta: parameter(given, 'beta'), threshold: parameter(given, 'threshold') };
  return {
    initial: { mem: initial(b, file, given, 'mem') },
    step({ mem }, { x }) {
      const [z, { v }] = leakyStep(b, parameters, { v: mem }, x, options);
      return { out: graded(b, given, z), state: { mem: v } };
    },
  };
};

const synaptic: StepAdapter = (b, file, given) => {
  const resetMode = choose('reset_mechanism', file.config.reset_mechanism, { subtract: 'subtract', zero: 'zero', none: 'none' } as const);
  const options = { ...SYNAPTIC_SNNTORCH, resetMode, ...common(file) };
  const parameters = { alpha: parameter(given, 'alpha'), beta: parameter(given, 'beta'), threshold: parameter(given, 'threshold') };
  return {
    initial: { syn: initial(b, file, given, 'syn'), mem: initial(b, file, given, 'mem') },
    step({ syn, mem }, { x }) {
      const [z, { v, i }] = synapticStep(b, parameters, { v: mem, i: syn }, x, options);
      return { out: graded(b, given, z), state: { syn: i, mem: v } };
    },
  };
};

export const SNNTORCH: Adapters = { steps: { 'snntorch.Leaky': leaky, 'snntorch.Synaptic': synaptic } };
