/** How much of a trace leaks away in one step. */
import type { Backend, Operand, TensorMeta } from './types.ts';

/** `exponential`: exact for an input that is constant within the step, stable for every dt. `euler`: one Euler step, as norse takes it. */
export type Decay = 'exponential' | 'euler';

/**
 * The part of a trace with time constant `tau` that leaks away in a step of length `dt`: 1 - e^(-dt / tau), or dt / tau under `euler`.
 *
 * The backend computes it, so that a fixed and a learnable time constant give the same bits.
 *
 * @param dt s
 * @param tau s; scalar or per neuron.
 */
export function leakRate<T extends TensorMeta>(b: Backend<T>, dt: number, tau: Operand<T>, decay: Decay): T {
  return decay === 'euler' ? b.div(dt, tau) : b.sub(1, b.exp(b.div(-dt, tau)));
}
