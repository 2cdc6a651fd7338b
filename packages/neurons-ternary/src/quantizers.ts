/**
 * Quantisers: what becomes of y, the smooth spike function of the distance to a threshold, which is between 0 and 1. All derivatives are
 * straight-through: what y would have, times what is stated here.
 */
import { argumentError, type Backend, type CustomOp, round, type TensorMeta } from '@snn/core';

/** A quantiser: a value, made by a function of this package or written by hand. */
export interface Quantizer {
  /** For messages. */
  readonly name: string;
  /** Whether it draws; if so, it gets uniform numbers from 0 up to 1 of the shape of y. */
  readonly random: boolean;
  /** From y, of any shape, to outputs of the same shape. Elementwise, by operations of `b` only. */
  quantize<T extends TensorMeta>(b: Backend<T>, y: T, noise: T | null): T;
}

/** y itself: outputs are graded, and every step leaks a little of them. */
export const identity = (): Quantizer => ({ name: 'identity', random: false, quantize: (_, y) => y });

/**
 * The nearest multiple of `step`, halves to the even one, so that a neuron exactly at its threshold is silent; derivative 1. traceTorch's
 * `round_ste(step)`.
 *
 * @param options.step distance of the levels, above 0, at most 1; default 1: spikes. 0.25: five levels.
 * @throws an `argument` error for other steps.
 */
export function rounding({ step = 1 }: { readonly step?: number } = {}): Quantizer {
  checkStep('rounding', step);
  const op: CustomOp = {
    name: 'rounding',
    forward: (b, y) => b.mul(round(b, b.div(y, step)), step),
    vjp: (_, g) => [g],
  };
  return { name: op.name, random: false, quantize: (b, y) => b.customGrad(op, y) };
}

/**
 * One of the two nearest multiples of `step`, the nearer the likelier, so that the mean is y; derivative 1. With step 1 a spike with
 * probability y. traceTorch's `stochastic_round_ste(step)`.
 *
 * @param options.step distance of the levels, above 0, at most 1; default 1.
 * @throws an `argument` error for other steps.
 */
export function stochasticRounding({ step = 1 }: { readonly step?: number } = {}): Quantizer {
  checkStep('stochasticRounding', step);
  const op: CustomOp = {
    name: 'stochasticRounding',
    forward(b, y, noise) {
      const scaled = b.div(y, step);
      const below = b.floor(scaled);
      return b.mul(b.add(below, b.gt(b.sub(scaled, below), noise)), step);
    },
    vjp: (_, g) => [g, null],
  };
  return { name: op.name, random: true, quantize: (b, y, noise) => b.customGrad(op, y, noise as typeof y) };
}

/** y with probability y, else 0; derivative 2 y, that of its mean. traceTorch's `probabilistic_ste()`. */
export function probabilistic(): Quantizer {
  const op: CustomOp = {
    name: 'probabilistic',
    forward: (b, y, noise) => b.mul(y, b.gt(y, noise)),
    vjp: (b, g, [y]) => [b.mul(g, b.mul(y, 2)), null],
  };
  return { name: op.name, random: true, quantize: (b, y, noise) => b.customGrad(op, y, noise as typeof y) };
}

function checkStep(name: string, step: number): void {
  if (!(step > 0 && step <= 1)) throw argumentError(`${name}: step must be above 0 and at most 1, the largest output, but is ${step}.`);
}
