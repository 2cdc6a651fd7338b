/**
 * W7: the spiking LSTM of snnTorch, SLSTM(n, n) without reset: an LSTM cell whose hidden state is compared with a threshold, 0.1, since that
 * state stays within (-1, 1). Gates in torch's order i, f, g, o:
 *
 *   i, f, g, o = x W + b + h R + c
 *   m = sigma(f) m + sigma(i) tanh(g)
 *   h = sigma(o) tanh(m)
 *   z = H(h - 0.1)
 */
import { linear, sigmoid, tanh, zeros } from '@snn/core';
import { arctan, spike } from '@snn/surrogates';
import { bernoulli, constant, symmetric, weights } from '../generator.ts';
import type { Problem, Size, Workload } from '../workload.ts';

const THRESHOLD = 0.1;
const SURROGATE = arctan();

const size = (T: number, B: number, n: number, rate = 0.05): Size => ({
  name: `SLSTM(${n}, ${n}) T=${T} B=${B}`,
  T,
  B,
  n,
  rate,
  input: 'spikes',
  modes: ['forward', 'backward'],
});

function problem({ T, B, n, rate }: Size): Problem {
  return {
    inputs: bernoulli(701, [T, B, n], rate),
    parameters: {
      inputWeight: weights(702, [n, 4 * n], n, rate, 0.8),
      inputBias: constant([4 * n], 0.02),
      hiddenWeight: weights(703, [n, 4 * n], n, rate, 0.4),
      hiddenBias: constant([4 * n], 0.02),
    },
    coefficients: symmetric(704, [T, B, n]),
    initialState: (b) => ({ h: zeros(b, [B, n]), m: zeros(b, [B, n]) }),
    step(b, p, state, x) {
      const gates = b.add(linear(b, x, p.inputWeight, p.inputBias), linear(b, state.h, p.hiddenWeight, p.hiddenBias));
      const gate = (k: number) => b.slice(gates, [0, k * n], [B, n]);
      const m = b.add(b.mul(sigmoid(b, gate(1)), state.m), b.mul(sigmoid(b, gate(0)), tanh(b, gate(2))));
      const h = b.mul(sigmoid(b, gate(3)), tanh(b, m));
      const z = spike(b, b.sub(h, THRESHOLD), SURROGATE);
      return { output: z, state: { h, m }, spikes: { output: z } };
    },
  };
}

/** See above. */
export const slstmWorkload: Workload = {
  id: 'W7',
  title: 'spiking LSTM, SLSTM(128, 128)',
  sizes: { full: [size(100, 32, 128)], fast: [size(10, 4, 32)], tiny: [size(12, 2, 4, 0.3)] },
  problem,
};
