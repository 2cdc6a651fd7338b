/** A surrogate of the user's own. */
import type { Surrogate } from './surrogate.ts';

/**
 * The surrogate with this derivative. It must be elementwise and use operations of `b` only; numbers may stand for tensors.
 *
 * @param derivative g(x), from x = membrane - threshold.
 */
export const custom = (name: string, derivative: Surrogate['derivative']): Surrogate => ({ name, derivative });
