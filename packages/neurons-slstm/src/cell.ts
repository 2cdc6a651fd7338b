/** What the dense and the convolutional spiking LSTM share once their gates are driven: the cell, the reset and the spikes. */
import { type Backend, type Operand, type Quantization, range, sigmoid, sizeOf, stopGradient, type TensorMeta, tanh } from '@snn/core';
import { type Comparison, type Surrogate, spike } from '@snn/surrogates';

/** What a spike does to the membrane one step later: subtract the threshold, set it to zero, or nothing. */
export type SlstmResetMode = 'none' | 'subtract' | 'zero';

/** Static options of both models. */
export interface SlstmOptions {
  /** What a spike does to the membrane, one step later. */
  readonly resetMode: SlstmResetMode;
  /** Whether only the neuron with the largest membrane of each row of the batch may fire (and be reset). */
  readonly inhibition: boolean;
  /** Which values c and v may take (`stateQuantization` of `@snn/core`); null: any. */
  readonly quantization: Quantization | null;
  /** What happens exactly at the threshold. */
  readonly comparison: Comparison;
  /** Stands in for the derivative of the spike. */
  readonly surrogate: Surrogate;
}

/** Membrane `v` (the LSTM's h) and cell `c`. */
export interface CellState<T> {
  readonly v: T;
  readonly c: T;
}

/**
 * 1 for the largest element of each row of `v` `[B, ...]`, the first of them where several are equal, else 0; no gradient. A row holds all axes
 * but the batch.
 */
export function winner<T extends TensorMeta>(b: Backend<T>, v: T): T {
  const [rows] = v.shape;
  const size = sizeOf(v.shape) / rows;
  const flat = b.reshape(v, [rows, size]);
  // of the largest elements, the first has the highest rank
  const rank = b.where(b.gt(b.reduceMax(flat, [1]), flat), 0, b.sub(size, range(b, size)));
  return b.reshape(b.sub(1, b.gt(b.reduceMax(rank, [1]), rank)), v.shape);
}

/** z = [v > threshold], under inhibition only of the winner of each row. */
export function fire<T extends TensorMeta>(b: Backend<T>, v: T, threshold: Operand<T>, options: SlstmOptions): T {
  const z = spike(b, b.sub(v, threshold), options.surrogate, options.comparison);
  return options.inhibition ? b.mul(z, winner(b, v)) : z;
}

/** The next state from the drives of the gates, all of the shape of the state. */
export function cell<T extends TensorMeta>(
  b: Backend<T>,
  gates: { readonly i: T; readonly f: T; readonly g: T; readonly o: T },
  { v, c }: CellState<T>,
  threshold: Operand<T>,
  options: SlstmOptions,
): CellState<T> {
  const { resetMode, quantization: q } = options;
  const next = b.add(b.mul(sigmoid(b, gates.f), c), b.mul(sigmoid(b, gates.i), tanh(b, gates.g)));
  let u = b.mul(sigmoid(b, gates.o), tanh(b, next));
  if (resetMode !== 'none') {
    const owed = stopGradient(b, fire(b, v, threshold, options));
    u = b.sub(u, b.mul(owed, resetMode === 'subtract' ? threshold : u));
  }
  return q === null ? { v: u, c: next } : { v: q.apply(b, u), c: q.apply(b, next) };
}
