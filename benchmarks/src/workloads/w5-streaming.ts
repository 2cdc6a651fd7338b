/** W5: streaming: one sample, one step at a time, through Linear(128, 128) + LIF and Linear(128, 10) + LIF. */
import { zeros } from '@snn/core';
import { bernoulli, constant, weights } from '../generator.ts';
import type { Problem, Size, Workload } from '../workload.ts';
import { layer } from './common-neuron.ts';

const OUTPUTS = 10;

const size = (T: number, n: number, rate = 0.05): Size => ({
  name: `${n}-${n}-10 B=1`,
  T,
  B: 1,
  n,
  rate,
  input: 'spikes',
  modes: ['stream'],
});

function problem({ T, B, n, rate }: Size): Problem {
  return {
    inputs: bernoulli(501, [T, B, n], rate),
    parameters: {
      weight1: weights(502, [n, n], n, rate, 0.4),
      bias1: constant([n], 0.02),
      weight2: weights(503, [n, OUTPUTS], n, 0.05, 0.4),
      bias2: constant([OUTPUTS], 0.02),
    },
    initialState: (b) => ({ v1: zeros(b, [B, n]), v2: zeros(b, [B, OUTPUTS]) }),
    step(b, p, state, x) {
      const [z1, v1] = layer(b, x, p.weight1, p.bias1, state.v1);
      const [z2, v2] = layer(b, z1, p.weight2, p.bias2, state.v2);
      return { output: z2, state: { v1, v2 }, spikes: { hidden: z1, output: z2 } };
    },
  };
}

/** See above. The T input steps come round again and again. */
export const streamingWorkload: Workload = {
  id: 'W5',
  title: 'streaming, 128-128-10, B=1',
  sizes: { full: [size(100, 128)], fast: [size(100, 128)], tiny: [size(30, 8, 0.3)] },
  problem,
};
