/** W1: one layer, Linear(n, n) and the common neuron. The case that every library has. */
import { linear, zeros } from '@snn/core';
import { triangle } from '@snn/surrogates';
import { bellShaped, bernoulli, constant, symmetric, weights } from '../generator.ts';
import type { Mode, Problem, Size, Workload } from '../workload.ts';
import { commonNeuron, fire } from './common-neuron.ts';

const MODES: readonly Mode[] = ['forward', 'backward', 'backward-inputs'];

function size(T: number, B: number, n: number, rate: number, variant?: 'triangle'): Size {
  const numbers = rate === 1;
  return {
    name: `${T}x${B}x${n} ${numbers ? 'dense numbers' : `r=${rate}`}${variant ? ` ${variant}` : ''}`,
    T,
    B,
    n,
    rate,
    input: numbers ? 'numbers' : 'spikes',
    ...(variant ? { variant } : {}),
    modes: variant ? ['backward-inputs'] : MODES,
  };
}

function problem({ T, B, n, rate, input, variant }: Size): Problem {
  const options = commonNeuron(variant === 'triangle' ? triangle() : undefined);
  return {
    inputs: input === 'numbers' ? bellShaped(101, [T, B, n]) : bernoulli(101, [T, B, n], rate),
    parameters: { weight: weights(102, [n, n], n, rate, 0.4), bias: constant([n], 0.02) },
    coefficients: symmetric(103, [T, B, n]),
    initialState: (b) => ({ v: zeros(b, [B, n]) }),
    step(b, { weight, bias }, state, x) {
      const [z, v] = fire(b, state.v, linear(b, x, weight, bias), options);
      return { output: z, state: { v }, spikes: { output: z } };
    },
  };
}

/** See above. */
export const layerWorkload: Workload = {
  id: 'W1',
  title: 'one layer, Linear(n, n) + LIF',
  sizes: {
    full: [
      size(100, 1, 128, 0.05),
      size(100, 16, 256, 0.05),
      size(100, 64, 256, 0.05),
      size(25, 64, 512, 0.05),
      size(500, 16, 512, 0.05),
      size(500, 16, 512, 0.05, 'triangle'),
      size(500, 16, 512, 0.2),
      size(500, 16, 512, 1),
      size(100, 16, 1024, 0.05),
    ],
    fast: [size(100, 1, 128, 0.05), size(20, 8, 128, 0.05)],
    tiny: [size(12, 2, 6, 0.5), size(30, 2, 6, 1), size(12, 2, 6, 0.5, 'triangle')],
  },
  problem,
};
