/**
 * W6: the ternary neurons LITS and SRLITS of traceTorch 0.19.2 with its rounding quantiser, all parameters learnable, one of each per neuron.
 * With sigma the logistic function and round half-to-even whose gradient passes unchanged:
 *
 *   s = alpha s + (1 - alpha) x                       SRLITS; else the input x takes the place of s
 *   r = gamma r + (1 - gamma) y                       SRLITS; y is the output of the step before
 *   u = beta v + s + w r                              u = beta v + x for LITS
 *   p = round(sigma(4 (u - positive + bias)))
 *   q = -round(sigma(4 (-negative - u - bias)))
 *   v = u - p positive - q negative
 *   y = p positiveScale + q negativeScale
 *
 * alpha, beta, gamma = sigmoid(raw), positive, negative = softplus(raw), bias = arcsinh(raw): the raw values are learnt.
 */
import { abs, type Backend, round, sigmoid, softplus, type TensorMeta, zeros } from '@snn/core';
import { bellShaped, constant, symmetric, type Values } from '../generator.ts';
import type { Named, Problem, Size, Workload } from '../workload.ts';

const size = (variant: 'LITS' | 'SRLITS', T: number, B: number, n: number): Size => ({
  name: `${variant} ${T}x${B}x${n}`,
  T,
  B,
  n,
  rate: 1,
  input: 'numbers',
  variant,
  modes: ['forward', 'backward'],
});

/** Rounding through which the gradient passes unchanged. */
const roundThrough = <T extends TensorMeta>(b: Backend<T>, x: T): T =>
  b.customGrad({ name: 'roundThrough', forward: (c, y) => round(c, y), vjp: (_, g) => [g] }, x);

/** sign(x) log(|x| + sqrt(x^2 + 1)). The raw bias is 0 at the start, where this form has the derivative 0 for abs; so its own is declared. */
const arcsinh = <T extends TensorMeta>(b: Backend<T>, x: T): T =>
  b.customGrad(
    {
      name: 'arcsinh',
      forward(c, y) {
        const size_ = abs(c, y);
        const value = c.log(c.add(size_, c.sqrt(c.add(c.mul(size_, size_), 1))));
        return c.where(c.gt(y, 0), value, c.mul(value, -1));
      },
      vjp: (c, g, [y]) => [c.div(g, c.sqrt(c.add(c.mul(y, y), 1)))],
    },
    x,
  );

/** Raw values of alpha = 0.5, beta = gamma = 0.9, thresholds 1. */
const LOGIT_HALF = 0;
const LOGIT_NINE_TENTHS = Math.log(9);
const SOFTPLUS_OF_ONE = Math.log(Math.expm1(1));

function problem({ T, B, n, variant }: Size): Problem {
  const traces = variant === 'SRLITS';
  const raw: Named<Values> = {
    beta: constant([n], LOGIT_NINE_TENTHS),
    positive: constant([n], SOFTPLUS_OF_ONE),
    negative: constant([n], SOFTPLUS_OF_ONE),
    bias: constant([n], 0),
    positiveScale: constant([n], 1),
    negativeScale: constant([n], 1),
    ...(traces ? { alpha: constant([n], LOGIT_HALF), gamma: constant([n], LOGIT_NINE_TENTHS), recurrent: symmetric(602, [n], 0.3) } : {}),
  };
  return {
    inputs: bellShaped(601, [T, B, n]),
    parameters: raw,
    coefficients: symmetric(603, [T, B, n]),
    initialState: (b) => ({ v: zeros(b, [B, n]), ...(traces ? { s: zeros(b, [B, n]), r: zeros(b, [B, n]), y: zeros(b, [B, n]) } : {}) }),
    step(b, p, state, x) {
      const decay = (name: string) => sigmoid(b, p[name]);
      const blend = (share: typeof x, old: typeof x, now: typeof x) => b.add(b.mul(share, old), b.mul(b.sub(1, share), now));
      const positive = softplus(b, p.positive);
      const negative = softplus(b, p.negative);
      const bias = arcsinh(b, p.bias);
      const s = traces ? blend(decay('alpha'), state.s, x) : x;
      let u = b.add(b.mul(decay('beta'), state.v), s);
      let r = state.r;
      if (traces) {
        r = blend(decay('gamma'), state.r, state.y);
        u = b.add(u, b.mul(p.recurrent, r));
      }
      const up = roundThrough(b, sigmoid(b, b.mul(b.add(b.sub(u, positive), bias), 4)));
      const down = b.mul(roundThrough(b, sigmoid(b, b.mul(b.sub(b.sub(b.mul(negative, -1), u), bias), 4))), -1);
      const v = b.sub(b.sub(u, b.mul(up, positive)), b.mul(down, negative));
      const y = b.add(b.mul(up, p.positiveScale), b.mul(down, p.negativeScale));
      const next: Named<typeof x> = traces ? { v, s, r, y } : { v };
      return { output: y, state: next, spikes: { output: b.sub(up, down) } };
    },
  };
}

/** See above. */
export const ternaryWorkload: Workload = {
  id: 'W6',
  title: 'ternary neurons, 512, B=16, T=100',
  sizes: {
    full: [size('LITS', 100, 16, 512), size('SRLITS', 100, 16, 512)],
    fast: [size('LITS', 20, 4, 128), size('SRLITS', 20, 4, 128)],
    tiny: [size('LITS', 5, 2, 4), size('SRLITS', 5, 2, 4)],
  },
  problem,
};
