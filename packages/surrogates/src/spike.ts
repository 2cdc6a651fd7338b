/**
 * The spike function of every neuron: a step in the forward pass, a surrogate in the backward pass.
 *
 *   z     = 1 where x > 0, else 0
 *   dz/dx := surrogate.derivative(x)
 */
import { type Backend, greaterEqual, type TensorMeta } from '@snn/core';
import type { Surrogate } from './surrogate.ts';

/** Whether a neuron that stands exactly at its threshold is silent (`>`) or fires (`>=`). */
export type Comparison = '>' | '>=';

/**
 * Spikes, 0 or 1, of `x` = membrane - threshold (any shape); 0 for NaN.
 *
 * @param comparison `>` (default): silent at x = 0, as in norse, snnTorch and rnnbuilder.
 */
export const spike = <T extends TensorMeta>(b: Backend<T>, x: T, surrogate: Surrogate, comparison: Comparison = '>'): T =>
  b.customGrad(
    {
      name: `spike:${surrogate.name}`,
      forward: (c, y) => (comparison === '>' ? c.gt(y, 0) : greaterEqual(c, y, 0)),
      vjp: (c, g, [y]) => [c.mul(g, surrogate.derivative(c, y))],
    },
    x,
  );
