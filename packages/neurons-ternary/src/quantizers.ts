/**
 * Quantisers: what neurons send instead of true spikes, from u = membrane - threshold. All take y = 1 / (1 + e^-4u), traceTorch's smooth spike
 * function, and give multiples of it or of a level; their derivatives are that of y times what is stated here.
 */
import { argumentError, type Backend, type CustomOp, round, sigmoid, type TensorMeta } from '@snn/core';

/** A quantiser: a value, made by a function of this package or written by hand. */
export interface Quantizer {
  /** For messages. */
  readonly name: string;
  /**
   * From u, of any shape, to outputs of the same shape, usually 0 to 1. Elementwise, by operations of `b` only.
   *
   * @param noise uniform numbers from 0 up to 1 of the shape of u, where the step was given some.
   */
  quantize<T extends TensorMeta>(b: Backend<T>, u: T, noise?: T): T;
}

const smooth = <T extends TensorMeta>(b: Backend<T>, u: T): T => sigmoid(b, b.mul(u, 4));

/** y itself: outputs are graded, and a silent neuron sends a little, too. */
export const identity = (): Quantizer => ({ name: 'identity', quantize: smooth });

/**
 * The multiple of `step` that is nearest to y, halves to the even one, so that with step 1 a neuron exactly at its threshold is silent;
 * derivative 1. traceTorch's `round_ste(step)`.
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
  return { name: op.name, quantize: (b, u) => b.customGrad(op, smooth(b, u)) };
}

/**
 * One of the two multiples of `step` around y, the nearer the likelier, so that the mean is y; derivative 1. With step 1 a spike with
 * probability y. traceTorch's `stochastic_round_ste(step)`. Needs noise.
 *
 * @param options.step distance of the levels, above 0, at most 1; default 1.
 * @throws an `argument` error for other steps.
 */
export function stochasticRounding({ step = 1 }: { readonly step?: number } = {}): Quantizer {
  checkStep('stochasticRounding', step);
  return drawing({
    name: 'stochasticRounding',
    forward(b, y, noise) {
      const levels = b.div(y, step);
      const below = b.floor(levels);
      return b.mul(b.add(below, b.gt(b.sub(levels, below), noise)), step);
    },
    vjp: (_, g) => [g, null],
  });
}

/** y with probability y, else 0; derivative 2 y, that of its mean. traceTorch's `probabilistic_ste()`. Needs noise. */
export const probabilistic = (): Quantizer =>
  drawing({
    name: 'probabilistic',
    forward: (b, y, noise) => b.mul(y, b.gt(y, noise)),
    vjp: (b, g, [y]) => [b.mul(g, b.mul(y, 2)), null],
  });

const drawing = (op: CustomOp): Quantizer => ({
  name: op.name,
  quantize(b, u, noise) {
    if (!noise) throw argumentError(`${op.name}: it draws; give the step noise, for each threshold uniform numbers of the input's shape.`);
    return b.customGrad(op, smooth(b, u), noise);
  },
});

function checkStep(name: string, step: number): void {
  if (!(step > 0 && step <= 1)) throw argumentError(`${name}: step must be above 0 and at most 1, the largest output, but is ${step}.`);
}
