/** The state of a neuron at rest. */
import { type Backend, full, type Operand, type TensorMeta } from '@snn/core';

/** `value` (scalar or per neuron) as a tensor of `shape`. */
export const rest = <T extends TensorMeta>(b: Backend<T>, value: Operand<T>, shape: readonly number[]): T =>
  typeof value === 'number' ? full(b, shape, value) : b.broadcast(value, shape);
