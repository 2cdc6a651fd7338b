/** What happens during `fit`, as told to callbacks. All numbers count from 1. */
import type { Evaluation } from '../evaluate.ts';

/** After each step. */
export interface StepReport {
  readonly epoch: number;
  readonly epochs: number;
  /** Step within the epoch. */
  readonly step: number;
  /** Steps of one epoch. */
  readonly steps: number;
  readonly loss: number;
  /** Share of right predictions in this batch. */
  readonly accuracy: number;
  /** Samples per second, in this epoch so far. */
  readonly samplesPerSecond: number;
  /** Spikes per neuron and sample, averaged over all neurons; null without spiking layers. */
  readonly spikesPerNeuron: number | null;
  /** The same for each neuron layer, by its path. */
  readonly spikes: { readonly [path: string]: number };
}

/** After each epoch. */
export interface EpochReport {
  readonly epoch: number;
  readonly epochs: number;
  /** Steps done in this epoch. */
  readonly steps: number;
  /** Mean over the samples of this epoch. */
  readonly loss: number;
  readonly accuracy: number;
  readonly seconds: number;
  readonly samplesPerSecond: number;
  /** Null without validation data. */
  readonly validation: Evaluation | null;
}

/** What `fit` returns. */
export interface FitResult {
  /** Epochs completed. */
  readonly epochs: number;
  /** Steps done in all. */
  readonly steps: number;
  /** Loss and accuracy of the last epoch (as far as it came); NaN when no step was done. */
  readonly loss: number;
  readonly accuracy: number;
  readonly seconds: number;
  /** Whether training ended before all epochs were done: by its signal or by a callback. */
  readonly stopped: boolean;
  /** What applied the optimiser: the backend's executor, or operation by operation and why. */
  readonly updatedBy: string;
  /** What found the gradients: the backend's executor, or step by step and why. */
  readonly gradientsBy: string;
  readonly history: readonly EpochReport[];
}

/** Told what happens; `stop` ends training after this step, keeping what was learnt. */
export interface Callback {
  onStep?(report: StepReport, stop: () => void): void;
  onEpoch?(report: EpochReport, stop: () => void): void;
  onEnd?(result: FitResult): void;
}
