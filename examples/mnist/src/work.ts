/** How much a spiking network works, against a network that multiplies everything. */
import type { Evaluation } from '@snn/nn';
import { HIDDEN, OUTPUT, RECIPE } from './network.ts';

/** Counts per image, over all steps. */
export interface Work {
  /** Spikes of the pixels. */
  readonly inputSpikes: number;
  /** Spikes of all neurons. */
  readonly spikes: number;
  /** Additions of a weight because of a spike: spikes times the neurons that each reaches. */
  readonly synapticOperations: number;
  /** Multiply-adds of a dense network that runs the same steps. */
  readonly denseOperations: number;
}

/** Of `sent` spikes of pixels in an evaluation of a network with `hidden` neurons over `steps`. */
export function workOf(evaluation: Evaluation, sent: number, hidden: number, steps: number): Work {
  const inputSpikes = sent / evaluation.samples;
  const hiddenSpikes = evaluation.spikes[HIDDEN] * hidden;
  return {
    inputSpikes,
    spikes: hiddenSpikes + evaluation.spikes[OUTPUT] * RECIPE.classes,
    synapticOperations: inputSpikes * hidden + hiddenSpikes * RECIPE.classes,
    denseOperations: steps * (RECIPE.pixels * hidden + hidden * RECIPE.classes),
  };
}
