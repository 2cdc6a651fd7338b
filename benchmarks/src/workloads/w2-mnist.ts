/** W2: one training step of the MNIST network 784-128-10 on rate-coded images, encoding included. */
import { foldIn, randomKey, zeros } from '@snn/core';
import { rate as rateCode, rateOn } from '@snn/encoders';
import { crossEntropyOfCount } from '@snn/nn';
import { constant, encode, images, labels, weights } from '../generator.ts';
import type { Problem, Size, Workload } from '../workload.ts';
import { layer } from './common-neuron.ts';

const PIXELS = 784;
const CLASSES = 10;
/** Mean of the intensities. */
const INTENSITY = 0.13;

const size = (T: number, B: number, n: number): Size => ({
  name: `784-${n}-10 T=${T} B=${B}`,
  T,
  B,
  n,
  rate: INTENSITY,
  input: 'spikes',
  modes: ['train'],
});

function problem({ T, B, n }: Size): Problem {
  const pictures = images(201, [B, PIXELS]);
  const key = randomKey(1);
  return {
    inputs: encode(202, T, pictures),
    parameters: {
      weight1: weights(203, [PIXELS, n], PIXELS, INTENSITY, 0.4),
      bias1: constant([n], 0.02),
      weight2: weights(204, [n, CLASSES], n, 0.05, 0.4),
      bias2: constant([CLASSES], 0.02),
    },
    training: {
      labels: labels(205, B, CLASSES),
      rate: 1e-3,
      loss: crossEntropyOfCount().loss,
      encode: (step) => ({ data: rateCode(foldIn(key, step), pictures.data, T), shape: [T, B, PIXELS] }),
      encodeOn: (b, step) => rateOn(b, foldIn(key, step), pictures.data, [B, PIXELS], T),
    },
    initialState: (b) => ({ v1: zeros(b, [B, n]), v2: zeros(b, [B, CLASSES]) }),
    step(b, p, state, x) {
      const [z1, v1] = layer(b, x, p.weight1, p.bias1, state.v1);
      const [z2, v2] = layer(b, z1, p.weight2, p.bias2, state.v2);
      return { output: z2, state: { v1, v2 }, spikes: { hidden: z1, output: z2 } };
    },
  };
}

/** See above. */
export const mnistWorkload: Workload = {
  id: 'W2',
  title: 'MNIST training step, 784-128-10',
  sizes: { full: [size(25, 128, 128)], fast: [size(10, 16, 64)], tiny: [size(10, 2, 8)] },
  problem,
};
