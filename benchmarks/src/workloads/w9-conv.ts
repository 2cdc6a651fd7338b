/** W9: a convolutional network on event frames 34x34x2: Conv(2, 16, 5)-LIF-AvgPool(2)-Conv(16, 32, 5)-LIF-Flatten-Linear(3872, 10)-LIF. */
import { avgPool2d, type Backend, conv2d, type TensorMeta, zeros } from '@snn/core';
import { bernoulli, constant, symmetric, weights } from '../generator.ts';
import type { Problem, Size, Workload } from '../workload.ts';
import { fire, layer } from './common-neuron.ts';

const CLASSES = 10;
const KERNEL = 5;

/** `n` is the width and height of a frame: 34. */
const size = (T: number, B: number, n: number, channels: number, rate = 0.05): Size => ({
  name: `${n}x${n}x2 T=${T} B=${B}`,
  T,
  B,
  n,
  rate,
  input: 'spikes',
  variant: String(channels),
  modes: ['forward', 'backward'],
});

/** Image sizes after the first convolution, the pooling and the second convolution. */
const sizes = (n: number): readonly [number, number, number] => {
  const first = n - KERNEL + 1;
  const pooled = Math.floor(first / 2);
  return [first, pooled, pooled - KERNEL + 1];
};

/** x * W + bias, the bias per channel. */
const convolve = <T extends TensorMeta>(b: Backend<T>, x: T, weight: T, bias: T): T =>
  b.add(conv2d(b, x, weight), b.reshape(bias, [bias.shape[0], 1, 1]));

function problem({ T, B, n, rate, variant }: Size): Problem {
  const channels = Number(variant);
  const [first, , second] = sizes(n);
  const features = 2 * channels * second * second;
  const taps = KERNEL * KERNEL;
  return {
    inputs: bernoulli(901, [T, B, 2, n, n], rate),
    parameters: {
      weight1: weights(902, [channels, 2, KERNEL, KERNEL], 2 * taps, rate, 0.4),
      bias1: constant([channels], 0.02),
      weight2: weights(903, [2 * channels, channels, KERNEL, KERNEL], channels * taps, 0.02, 0.4),
      bias2: constant([2 * channels], 0.02),
      weight3: weights(904, [features, CLASSES], features, 0.05, 0.4),
      bias3: constant([CLASSES], 0.02),
    },
    coefficients: symmetric(905, [T, B, CLASSES]),
    initialState: (b) => ({
      v1: zeros(b, [B, channels, first, first]),
      v2: zeros(b, [B, 2 * channels, second, second]),
      v3: zeros(b, [B, CLASSES]),
    }),
    step(b, p, state, x) {
      const [z1, v1] = fire(b, state.v1, convolve(b, x, p.weight1, p.bias1));
      const [z2, v2] = fire(b, state.v2, convolve(b, avgPool2d(b, z1, 2), p.weight2, p.bias2));
      const [z3, v3] = layer(b, b.reshape(z2, [B, features]), p.weight3, p.bias3, state.v3);
      return { output: z3, state: { v1, v2, v3 }, spikes: { conv1: z1, conv2: z2, output: z3 } };
    },
  };
}

/** See above. */
export const convWorkload: Workload = {
  id: 'W9',
  title: 'convolutional network on 34x34x2 event frames',
  sizes: { full: [size(20, 16, 34, 16)], fast: [size(4, 2, 34, 4)], tiny: [size(8, 2, 16, 2, 0.1)] },
  problem,
};
