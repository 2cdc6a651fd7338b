/**
 * The steps of all models, after their traces have moved (`traces.ts`); K is the number of sides.
 *
 *   v   = sum of v_k                                                            (li, liema: the output)
 *   p   = [v - positiveThreshold + bias > 0]                                    (lib: threshold)
 *   n   = [-negativeThreshold - v - bias > 0]                                   (lib: 0)
 *   v_k = v_k - (p positiveThreshold - n negativeThreshold) / K
 *   output = p - n                                                              (lits: p positiveScale - n negativeScale)
 */
import { type Backend, type Operand, stopGradient, type TensorMeta } from '@snn/core';
import { spike } from '@snn/surrogates';
import { type FiringName, type IntegratorName, sidesOf, type TernaryStep, traitsOf } from './grammar.ts';
import { type DualOptions, TERNARY_DEFAULTS, type TernaryOptions } from './options.ts';
import { moveTraces, type Named, total } from './traces.ts';

/** Make the step of the integrator called `name`. */
export function integratorStep<N extends IntegratorName>(name: N): TernaryStep<N> {
  const traits = traitsOf(name);
  const sides = sidesOf(traits.dual, 'v');

  function step<T extends TensorMeta>(
    b: Backend<T>,
    parameters: Named<Operand<T>>,
    state: Named<T>,
    input: T,
    { splitGradient }: Partial<DualOptions> = {},
  ): readonly [T, Named<T>] {
    const next: Record<string, T> = {};
    const v = moveTraces(b, traits, parameters, state, input, splitGradient, next);
    sides.forEach((side, k) => {
      next[side] = v[k];
    });
    return [total(b, v), next];
  }

  // names of parameters and states follow from N in the types as they do in the code, which the compiler cannot see
  return step as unknown as TernaryStep<N>;
}

/** Make the step of the firing neuron called `name`. */
export function firingStep<N extends FiringName>(name: N): TernaryStep<N> {
  const traits = traitsOf(name);
  const { dual, recurrent, core } = traits;
  const sides = sidesOf(dual, 'v');

  function step<T extends TensorMeta>(
    b: Backend<T>,
    parameters: Named<Operand<T>>,
    state: Named<T>,
    input: T,
    { surrogate, comparison, quantizer, detachReset, splitGradient }: TernaryOptions & Partial<DualOptions> = TERNARY_DEFAULTS,
    noise: readonly T[] = [],
  ): readonly [T, Named<T>] {
    const { threshold, positiveThreshold = threshold, negativeThreshold, bias, positiveScale, negativeScale } = parameters;
    const fire = (u: T, k: number): T => (quantizer ? quantizer.quantize(b, u, noise[k]) : spike(b, u, surrogate, comparison));
    const charge = (z: T, of: Operand<T>): T => b.mul(detachReset ? stopGradient(b, z) : z, of);
    const scaled = (z: T, by: Operand<T>): T => (core === 'lits' ? b.mul(z, by) : z);

    const next: Record<string, T> = {};
    const traces = moveTraces(b, traits, parameters, state, input, splitGradient, next);
    const v = total(b, traces);
    const p = fire(b.add(b.sub(v, positiveThreshold), bias), 0);
    const n = core === 'lib' ? null : fire(b.mul(b.add(b.add(negativeThreshold, v), bias), -1), 1);
    const charges = charge(p, positiveThreshold);
    const lost = n ? b.sub(charges, charge(n, negativeThreshold)) : charges;
    const share = dual ? b.mul(lost, 0.5) : lost;
    sides.forEach((side, k) => {
      next[side] = b.sub(traces[k], share);
    });
    const output = n ? b.sub(scaled(p, positiveScale), scaled(n, negativeScale)) : p;
    if (recurrent) next.output = output;
    return [output, next];
  }

  // as above
  return step as unknown as TernaryStep<N>;
}
