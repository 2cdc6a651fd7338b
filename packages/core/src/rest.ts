/** The state of a neuron at rest. */
import { full } from './derived.ts';
import type { Backend, Operand, TensorMeta } from './types.ts';

/** `value` (scalar or per neuron) as a tensor of `shape`. */
export const rest = <T extends TensorMeta>(b: Backend<T>, value: Operand<T>, shape: readonly number[]): T =>
  typeof value === 'number' ? full(b, shape, value) : b.broadcast(value, shape);
