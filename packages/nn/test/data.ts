// Synthetic data for the tests of this package.
import { bernoulli } from '@snn/core';
import type { Dataset } from '../src/index.ts';

/** 8 inputs, 10 steps: spikes among the first four inputs are class 0, among the last four class 1. */
export const stripes = (size: number): Dataset => ({
  size,
  batch(indices, key) {
    const [steps, count] = [10, indices.length];
    const labels = Int32Array.from(indices, (i) => i % 2);
    const rates = Float32Array.from({ length: steps * count * 8 }, (_, i) => {
      const [input, sample] = [i % 8, Math.floor(i / 8) % count];
      return input < 4 === (labels[sample] === 0) ? 0.6 : 0.05;
    });
    return { inputs: bernoulli(key, rates, rates.length), shape: [steps, count, 8], labels };
  },
});
