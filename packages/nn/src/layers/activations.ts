/**
 * Activations of networks without spikes, which `convert` makes integrate-and-fire neurons of. Such a network runs with one step in time.
 *
 *   relu   y = max(x, 0)
 *   qcfs   y = h / L clip(floor(x L / h + 1/2), 0, L)
 *
 * QCFS (quantisation clip-floor-shift) has the L + 1 values that a neuron of threshold h which starts at h / 2 has as its rate after L steps of constant
 * input. h is trained; the gradient passes the floor as if it were not there. Bu, Fang, Ding, Dai, Yu, Huang: Optimal ANN-SNN conversion for
 * high-accuracy and ultra-low-latency spiking neural networks, ICLR 2022.
 */
import { type Backend, type CustomOp, checkNames, clip, relu as reluOp, type TensorMeta, type Tree } from '@snn/core';
import { fromRaw, toRaw } from '../constraint.ts';
import type { Context, Layer } from '../layer.ts';
import { wholeNumber } from './check.ts';

/** An activation. */
export interface ActivationLayer extends Layer {
  readonly activation: 'relu' | 'qcfs';
}

/** Whether a layer is one. */
export const isActivation = (layer: Layer): layer is ActivationLayer => 'activation' in layer;

/** max(x, 0): any shape. */
export const relu = (): ActivationLayer => ({
  name: 'relu',
  activation: 'relu',
  outputShape: (shape) => shape,
  init: () => null,
  initialState: () => null,
  step<T extends TensorMeta>(b: Backend<T>, _used: null, state: null, input: T, context: Context<T>): readonly [T, null] {
    const y = reluOp(b, input);
    context.record?.('activations', context.path, y);
    return [y, state];
  },
});

/** Options of `qcfs`. */
export interface QcfsOptions {
  /** L: number of levels above 0, a whole number from 1. Default 8. */
  readonly levels?: number;
  /** h before training: the largest output, above 0. Default 1. */
  readonly threshold?: number;
}

const FLOOR: CustomOp = {
  name: 'floor, straight through',
  forward: (b, x) => b.floor(x),
  vjp: (_, g) => [g],
};

/**
 * Quantised, clipped activation with a trained threshold: any shape. Raw: `threshold`, a scalar under the constraint `positive`.
 *
 * @throws an `argument` error when an option is out of range.
 */
export function qcfs(options: QcfsOptions = {}): ActivationLayer {
  checkNames('qcfs', options, ['levels', 'threshold']);
  const { levels = 8, threshold: first = 1 } = options;
  wholeNumber('qcfs: levels', levels);
  const raw = toRaw('qcfs: threshold', 'positive', first);
  return {
    name: 'qcfs',
    activation: 'qcfs',
    outputShape: (shape) => shape,
    init: <T extends TensorMeta>(b: Backend<T>): { readonly threshold: T } => ({ threshold: b.fromData([raw], []) }),
    prepare: <T extends TensorMeta>(b: Backend<T>, { threshold }: { readonly threshold: T }): Tree<T> => ({
      threshold: fromRaw(b, 'positive', threshold),
    }),
    initialState: () => null,
    step<T extends TensorMeta>(
      b: Backend<T>,
      { threshold }: { readonly threshold: T },
      state: null,
      input: T,
      context: Context<T>,
    ): readonly [T, null] {
      const level = b.customGrad(FLOOR, b.add(b.div(b.mul(input, levels), threshold), 0.5));
      const y = b.div(b.mul(clip(b, level, 0, levels), threshold), levels);
      context.record?.('activations', context.path, y);
      return [y, state];
    },
  };
}
