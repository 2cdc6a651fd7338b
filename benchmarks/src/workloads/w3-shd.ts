/** W3: a network of the size used for spoken digits, 700-256-256-20: two densely recurrent layers and a leaky readout. */
import { linear, zeros } from '@snn/core';
import { crossEntropyOfRate } from '@snn/nn';
import { bernoulli, constant, labels, weights } from '../generator.ts';
import type { Mode, Problem, Size, Workload } from '../workload.ts';
import { fire } from './common-neuron.ts';

const CHANNELS = 700;
const CLASSES = 20;
/** Spikes per neuron and step that the weights are made for. */
const HIDDEN_RATE = 0.05;

const size = (T: number, B: number, n: number, mode: Mode, rate = 0.03): Size => ({
  name: `700-${n}R-${n}R-20 T=${T} B=${B}`,
  T,
  B,
  n,
  rate,
  input: 'spikes',
  modes: [mode],
});

function problem({ T, B, n, rate }: Size): Problem {
  return {
    inputs: bernoulli(301, [T, B, CHANNELS], rate),
    parameters: {
      weight1: weights(302, [CHANNELS, n], CHANNELS, rate, 0.4),
      bias1: constant([n], 0.02),
      recurrent1: weights(303, [n, n], n, HIDDEN_RATE, 0.2),
      weight2: weights(304, [n, n], n, HIDDEN_RATE, 0.4),
      bias2: constant([n], 0.02),
      recurrent2: weights(305, [n, n], n, HIDDEN_RATE, 0.2),
      weight3: weights(306, [n, CLASSES], n, HIDDEN_RATE, 0.4),
      bias3: constant([CLASSES], 0.02),
    },
    // the mean of the readout over time decides
    training: { labels: labels(307, B, CLASSES), rate: 1e-3, loss: crossEntropyOfRate().loss },
    initialState: (b) => ({
      z1: zeros(b, [B, n]),
      v1: zeros(b, [B, n]),
      z2: zeros(b, [B, n]),
      v2: zeros(b, [B, n]),
      v3: zeros(b, [B, CLASSES]),
    }),
    step(b, p, s, x) {
      const [z1, v1] = fire(b, s.v1, b.add(linear(b, x, p.weight1, p.bias1), b.matmul(s.z1, p.recurrent1)));
      const [z2, v2] = fire(b, s.v2, b.add(linear(b, z1, p.weight2, p.bias2), b.matmul(s.z2, p.recurrent2)));
      const v3 = b.add(b.mul(s.v3, 0.9), linear(b, z2, p.weight3, p.bias3));
      return { output: v3, state: { z1, v1, z2, v2, v3 }, spikes: { hidden1: z1, hidden2: z2 } };
    },
  };
}

/** See above. */
export const shdWorkload: Workload = {
  id: 'W3',
  title: 'two recurrent layers, 700-256R-256R-20',
  sizes: {
    full: [size(100, 64, 256, 'train'), size(100, 1, 256, 'forward')],
    fast: [size(10, 8, 64, 'train'), size(20, 1, 64, 'forward')],
    tiny: [size(12, 2, 8, 'train', 0.2), size(12, 1, 8, 'forward', 0.2)],
  },
  problem,
};
