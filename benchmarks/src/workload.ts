/** What a workload is: a pure step of a whole network with its parameters and inputs. It knows nothing of engines, clocks and peers. */
import type { Backend, TensorMeta } from '@snn/core';
import type { Values } from './generator.ts';

/**
 * What is timed.
 *
 * - `forward`: all steps from the initial state
 * - `backward`: that and the gradients of sum(coefficients * outputs) with respect to all parameters
 * - `backward-inputs`: the same and the gradient with respect to the inputs
 * - `train`: one optimisation step: encoding where there is one, forward, loss, backward, Adam
 * - `stream`: one single step of time, with the state carried from call to call
 */
export type Mode = 'forward' | 'backward' | 'backward-inputs' | 'train' | 'stream';

/** Numbers that describe one case of a workload; handed to peers as they are. */
export interface Size {
  /** How the case is called within its workload, as in `100x16x256 r=0.05`. */
  readonly name: string;
  readonly T: number;
  readonly B: number;
  /** Neurons, where the workload leaves them open. */
  readonly n: number;
  /** Mean square of an input: for spikes, their rate. */
  readonly rate: number;
  /** Which numbers come in. */
  readonly input: 'spikes' | 'numbers';
  /** Variant of the neuron, where the workload has several. */
  readonly variant?: string;
  readonly modes: readonly Mode[];
}

/** Named tensors. */
export type Named<T> = Readonly<Record<string, T>>;

/** What one step returns: the output, the next state, and the spikes that are counted to see that two implementations do the same. */
export interface Stepped<T> {
  readonly output: T;
  readonly state: Named<T>;
  readonly spikes: Named<T>;
}

/** A case made ready: numbers and pure functions. */
export interface Problem {
  readonly parameters: Named<Values>;
  /** `[T, B, ...]`. */
  readonly inputs: Values;
  /** The state before the first step. */
  initialState<T extends TensorMeta>(b: Backend<T>, parameters: Named<T>): Named<T>;
  /** One step: `input` is `[B, ...]`. Pure. */
  step<T extends TensorMeta>(b: Backend<T>, parameters: Named<T>, state: Named<T>, input: T): Stepped<T>;
  /** Cotangents of the outputs, `[T, B, ...]`, for the modes `backward` and `backward-inputs`. */
  readonly coefficients?: Values;
  /** What the mode `train` needs. */
  readonly training?: {
    /** `[B]`. */
    readonly labels: Values;
    /** Scalar loss of outputs `[T, B, classes]` and labels. */
    loss<T extends TensorMeta>(b: Backend<T>, outputs: T, labels: T): T;
    readonly rate: number;
    /** New inputs for optimisation step number `step`, by the library's own encoder; absent where the inputs stay. */
    encode?(step: number): Values;
    /** The same spikes, drawn on a backend. */
    encodeOn?<T extends TensorMeta>(b: Backend<T>, step: number): T;
  };
}

/** One of W1 ... W9. */
export interface Workload {
  readonly id: string;
  readonly title: string;
  /** `full` is what counts, `fast` shows within seconds that everything works, `tiny` is for tests. */
  readonly sizes: Readonly<Record<'full' | 'fast' | 'tiny', readonly Size[]>>;
  problem(size: Size): Problem;
}

/** The mode as people read it. */
export const MODE_TITLES: Readonly<Record<Mode, string>> = {
  forward: 'forward',
  backward: 'forward + backward',
  'backward-inputs': 'the same with dX',
  train: 'training step',
  stream: 'one step',
};
