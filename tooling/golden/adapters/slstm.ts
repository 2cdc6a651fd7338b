// snnTorch, 0.7 and from 0.8: SLSTM, and the quantiser of states.

import { type QuantizationOptions, quantizationLevels, stateQuantization } from '@snn/core';
import { SLSTM_SNNTORCH, slstmStep } from '@snn/neurons-slstm';
import { type Adapters, choose, type FunctionAdapter, initial, parameter, type StepAdapter } from '../adapter.ts';
import type { Named } from '../file.ts';
import { snntorchSurrogate } from './snntorch.ts';

/** What `state_quant` is called with; absent arguments have its defaults, which are ours. */
function quantizationOf(args: Named<unknown>): QuantizationOptions {
  const given: Named<unknown> = {
    bits: args.num_bits,
    spacing: args.uniform === false ? 'exponential' : 'uniform',
    threshold: args.threshold,
    lower: args.lower_limit,
    upper: args.upper_limit,
    centre: args.thr_centered === false ? 'zero' : 'threshold',
    ratio: args.multiplier,
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined && value !== null));
}

const slstm: StepAdapter = (b, file, given) => {
  const { config } = file;
  const quantized = config.state_quant;
  const options = {
    ...SLSTM_SNNTORCH,
    resetMode: choose('reset_mechanism', config.reset_mechanism, { none: 'none', subtract: 'subtract', zero: 'zero' } as const),
    quantization: quantized ? stateQuantization(quantizationLevels(quantizationOf(quantized as Named<unknown>))) : null,
    comparison: choose('comparison', config.spikeComparison, { '>': '>', '>=': '>=' } as const),
    surrogate: snntorchSurrogate(file),
  };
  const { weight_ih, weight_hh, bias_ih, bias_hh } = given.weights;
  const parameters = {
    weightInput: b.permute(weight_ih, [1, 0]),
    weightRecurrent: b.permute(weight_hh, [1, 0]),
    bias: bias_ih ? b.add(bias_ih, bias_hh) : 0,
    threshold: parameter(given, 'threshold'),
  };
  return {
    initial: { syn: initial(b, file, given, 'syn'), mem: initial(b, file, given, 'mem') },
    step({ syn, mem }, { x }) {
      const [out, { v, c }] = slstmStep(b, parameters, { v: mem, c: syn }, x, options);
      return { out, state: { syn: c, mem: v } };
    },
  };
};

const stateQuant: FunctionAdapter = (b, { args }, { x }) => ({
  out: stateQuantization(quantizationLevels(quantizationOf(args))).apply(b, x),
});

export const SLSTM: Adapters = { steps: { 'snntorch.SLSTM': slstm }, functions: { 'snntorch.functional.quant.state_quant': stateQuant } };
