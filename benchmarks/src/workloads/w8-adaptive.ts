/**
 * W8: the neuron `Adaptive` of rnnbuilder 0.1.1 by itself, tau = tau of the threshold = 5, with its learnable initial membrane:
 *
 *   theta = 1 + a
 *   z = H((v - theta) / theta)          the membrane of the step before is tested
 *   v = beta v + x - z theta            beta = e^(-1/5)
 *   a = beta a + 0.25 z
 *
 * Surrogate: a triangle of height 0.3. Only x and the initial membrane lead to parameters, so `backward` asks for the gradient of the input.
 */
import { zeros } from '@snn/core';
import { spike, triangle } from '@snn/surrogates';
import { bellShaped, constant, symmetric } from '../generator.ts';
import type { Problem, Size, Workload } from '../workload.ts';

const BETA = Math.exp(-1 / 5);
const GAMMA = 0.25;
const SURROGATE = triangle({ height: 0.3 });

const size = (T: number, B: number, n: number): Size => ({
  name: `Adaptive ${T}x${B}x${n}`,
  T,
  B,
  n,
  rate: 1,
  input: 'numbers',
  modes: ['forward', 'backward-inputs'],
});

function problem({ T, B, n }: Size): Problem {
  return {
    inputs: bellShaped(801, [T, B, n]),
    parameters: { initial: constant([n], 0) },
    coefficients: symmetric(802, [T, B, n]),
    initialState: (b, { initial }) => ({ v: b.broadcast(initial, [B, n]), a: zeros(b, [B, n]) }),
    step(b, _, state, x) {
      const theta = b.add(state.a, 1);
      const z = spike(b, b.div(b.sub(state.v, theta), theta), SURROGATE);
      const v = b.sub(b.add(b.mul(state.v, BETA), x), b.mul(z, theta));
      const a = b.add(b.mul(state.a, BETA), b.mul(z, GAMMA));
      return { output: z, state: { v, a }, spikes: { output: z } };
    },
  };
}

/** See above. */
export const adaptiveWorkload: Workload = {
  id: 'W8',
  title: 'adaptive neurons of rnnbuilder, 256',
  sizes: { full: [size(100, 32, 256)], fast: [size(20, 4, 64)], tiny: [size(6, 2, 4)] },
  problem,
};
