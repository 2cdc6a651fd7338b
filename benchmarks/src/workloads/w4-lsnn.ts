/**
 * W4: recurrent neurons with an adaptive threshold, as in LSNN (Bellec et al., 2018):
 *
 *   u = 0.9 v + (x W + b + z R)
 *   z = H(u - (1 + 1.8 a))
 *   v = u - z
 *   a = 0.995 a + 0.005 z
 */
import { linear, zeros } from '@snn/core';
import { arctan, spike } from '@snn/surrogates';
import { bernoulli, constant, symmetric, weights } from '../generator.ts';
import type { Problem, Size, Workload } from '../workload.ts';

const INPUTS = 40;
const SURROGATE = arctan();

const size = (T: number, B: number, n: number, rate = 0.05): Size => ({
  name: `40-${n}R T=${T} B=${B}`,
  T,
  B,
  n,
  rate,
  input: 'spikes',
  modes: ['forward', 'backward'],
});

function problem({ T, B, n, rate }: Size): Problem {
  return {
    inputs: bernoulli(401, [T, B, INPUTS], rate),
    parameters: {
      weight: weights(402, [INPUTS, n], INPUTS, rate, 0.4),
      bias: constant([n], 0.02),
      recurrent: weights(403, [n, n], n, 0.05, 0.2),
    },
    coefficients: symmetric(404, [T, B, n]),
    initialState: (b) => ({ z: zeros(b, [B, n]), v: zeros(b, [B, n]), a: zeros(b, [B, n]) }),
    step(b, { weight, bias, recurrent }, s, x) {
      const current = b.add(linear(b, x, weight, bias), b.matmul(s.z, recurrent));
      const u = b.add(b.mul(s.v, 0.9), current);
      const z = spike(b, b.sub(u, b.add(b.mul(s.a, 1.8), 1)), SURROGATE);
      const v = b.sub(u, z);
      const a = b.add(b.mul(s.a, 0.995), b.mul(z, 0.005));
      return { output: z, state: { z, v, a }, spikes: { output: z } };
    },
  };
}

/** See above. */
export const lsnnWorkload: Workload = {
  id: 'W4',
  title: 'adaptive recurrent layer, 40-100R',
  sizes: { full: [size(1000, 64, 100)], fast: [size(50, 8, 50)], tiny: [size(30, 2, 6, 0.3)] },
  problem,
};
