/**
 * Surrogates of snnTorch that do not do what their names say, as they are coded in 0.9.4: to reproduce networks that were trained with them,
 * and for nothing else. Of these originals `sigmoid` (NaN far below the threshold), `LSO` and the noisy `SSO` are left out: `sigmoid` and
 * `leaky` of this package are what the first two mean to be.
 */
import { abs } from '@snn/core';
import { fastSigmoid } from './fast-sigmoid.ts';
import type { Surrogate } from './surrogate.ts';

/**
 *   g(x) = h where x < 0, -h elsewhere
 *
 * snnTorch `triangular(threshold = h)`: not a triangle, and its sign flips at the threshold. Use `triangle`.
 */
export const snntorchTriangular = ({ height = 1 }: { readonly height?: number } = {}): Surrogate => ({
  name: 'snntorchTriangular',
  derivative: (b, x) => b.where(b.gt(0, x), height, -height),
});

/**
 *   g(x) = k e^(-a |x - 1|)
 *
 * snnTorch `spike_rate_escape(beta = a, slope = k)`: its peak lies one unit above the threshold.
 */
export const snntorchSpikeRateEscape = ({
  decay = 1,
  height = 25,
}: {
  readonly decay?: number;
  readonly height?: number;
} = {}): Surrogate => ({
  name: 'snntorchSpikeRateEscape',
  derivative: (b, x) => b.mul(b.exp(b.mul(abs(b, b.sub(x, 1)), -decay)), height),
});

/**
 *   g(x) = 1 / (k |x| + 1)^2 where x > c, else 0
 *
 * snnTorch `SFS(slope = k, B = c)`: one-sided, without any gradient near the threshold. Use `fastSigmoid`.
 */
export function snntorchSparseFastSigmoid({
  sharpness = 25,
  cut = 1,
}: {
  readonly sharpness?: number;
  readonly cut?: number;
} = {}): Surrogate {
  const { derivative } = fastSigmoid({ sharpness });
  return { name: 'snntorchSparseFastSigmoid', derivative: (b, x) => b.where(b.gt(x, cut), derivative(b, x), 0) };
}

/**
 *   g(x) = 1 where x > 0, else 0
 *
 * snnTorch `heaviside()`: silent neurons never learn. Use `leaky`.
 */
export const snntorchHeaviside = (): Surrogate => ({ name: 'snntorchHeaviside', derivative: (b, x) => b.gt(x, 0) });
