/** The network and how it is trained. What the numbers are good for is measured in docs/decisions/0001-default-surrogate.md. */
import { adam, cosine, crossEntropyOfCount, type Layer, type Loss, leaky, linear, type Optimizer, sequential } from '@snn/nn';
import { triangle } from '@snn/surrogates';

/** Numbers of the recipe that are no options, for the report. */
export const RECIPE = { pixels: 784, classes: 10, beta: 0.9, threshold: 1, width: 2, rate: 2e-3, endRate: 1e-4 } as const;

/** Pixels - hidden - classes, both layers of leaky integrate-and-fire neurons. */
export function network(hidden: number): Layer {
  const neurons = { beta: RECIPE.beta, threshold: RECIPE.threshold, surrogate: triangle({ width: RECIPE.width }) };
  return sequential(linear(RECIPE.pixels, hidden), leaky(hidden, neurons), linear(hidden, RECIPE.classes), leaky(RECIPE.classes, neurons));
}

/** Where the layers of `network` stand, as `fit` and `evaluate` name them. */
export const HIDDEN = 'layers[1]';
export const OUTPUT = 'layers[3]';

/** The class is that of the neuron with the most spikes. */
export const loss: Loss = crossEntropyOfCount();

/** Adam with a rate that falls along a cosine. */
export const optimizer = (steps: number): Optimizer => adam(cosine(RECIPE.rate, steps, RECIPE.endRate));
