/** What a surrogate is: a type only. */
import type { Backend, TensorMeta } from '@snn/core';

/**
 * What stands in for the derivative of the spike function, which is 0 almost everywhere: a value, made by a factory of this package or written
 * by hand. `derivative` is a function of the distance to the threshold, `x` = membrane - threshold, elementwise, of any shape.
 */
export interface Surrogate {
  /** For messages and plots. */
  readonly name: string;
  derivative<T extends TensorMeta>(b: Backend<T>, x: T): T;
}
