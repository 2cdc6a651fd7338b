/**
 * The step of all models. The plain ones have one side, k = 1 of K = 1; the dual ones two, positive and negative, K = 2. split(a)_k is a itself,
 * or its positive part max(a, 0) and its negative part min(a, 0).
 *
 *   i_k = alpha_k i_k + (1 - alpha_k) split(x)_k,   x := sum of i_k             (s)
 *   r_k = gamma_k r_k + (1 - gamma_k) split(output)_k                           (r)
 *   v_k = beta_k v_k + split(x)_k + recurrentWeight_k split(sum of r_k)_k       (liema: beta_k v_k + (1 - beta_k) split(x)_k)
 *   v   = sum of v_k                                                            (li, liema: the output)
 *   p   = [v - positiveThreshold + bias > 0]                                    (lib: threshold)
 *   n   = [-negativeThreshold - v - bias > 0]                                   (lib: 0)
 *   v_k = v_k - (p positiveThreshold - n negativeThreshold) / K
 *   output = p - n                                                              (lits: p positiveScale - n negativeScale)
 *
 * Under a quantiser q, [u > 0] is q(sigmoid(4 u)) instead.
 */
import { argumentError, at, type Backend, type Operand, sigmoid, stopGradient, type TensorMeta } from '@snn/core';
import { spike } from '@snn/surrogates';
import { sidesOf, type TernaryName, type TernaryStep, traitsOf } from './grammar.ts';
import { type DualOptions, TERNARY_DEFAULTS, type TernaryOptions } from './options.ts';

type Named<X> = Readonly<Record<string, X>>;

/** Make the step of the model called `name`. */
export function makeStep<N extends TernaryName>(name: N): TernaryStep<N> {
  const { dual, synaptic, recurrent, core } = traitsOf(name);

  function step<T extends TensorMeta>(
    b: Backend<T>,
    parameters: Named<Operand<T>>,
    state: Named<T>,
    input: T,
    { surrogate, comparison, quantizer, detachReset, splitGradient }: TernaryOptions & Partial<DualOptions> = TERNARY_DEFAULTS,
    noise?: T,
  ): readonly [T, Named<T>] {
    const next: Record<string, T> = {};
    const keep = (key: string, values: readonly T[]): void => {
      sidesOf(dual, key).forEach((side, k) => {
        next[side] = values[k];
      });
    };
    const sides = <X>(record: Named<X>, key: string): readonly X[] => sidesOf(dual, key).map((side) => record[side]);
    const total = ([first, ...others]: readonly T[]): T => others.reduce((sum, value) => b.add(sum, value), first);
    const split = (a: T): readonly T[] => {
      if (!dual) return [a];
      const negative = b.gt(0, a);
      return [b.where(negative, 0, a), splitGradient === 'twice' ? b.where(b.gt(a, 0), 0, a) : b.where(negative, a, 0)];
    };
    const trace = (key: string, decay: string, a: T): T => {
      const decays = sides(parameters, decay);
      const old = sides(state, key);
      const values = split(a).map((part, k) => b.add(b.mul(decays[k], old[k]), b.mul(b.sub(1, decays[k]), part)));
      keep(key, values);
      return total(values);
    };
    const fire = (u: T, threshold: number): T => {
      if (!quantizer) return spike(b, u, surrogate, comparison);
      if (quantizer.random && !noise)
        throw argumentError(
          `${name}: the quantiser '${quantizer.name}' draws; give the step noise, uniform numbers from 0 to 1 of shape [${core === 'lib' ? 1 : 2}, ${input.shape}].`,
        );
      return quantizer.quantize(b, sigmoid(b, b.mul(u, 4)), noise ? at(b, noise, threshold) : null);
    };
    const charge = (spikes: T, threshold: Operand<T>): T => b.mul(detachReset ? stopGradient(b, spikes) : spikes, threshold);

    const x = synaptic ? trace('i', 'alpha', input) : input;
    const fed = recurrent ? split(trace('r', 'gamma', state.output)) : null;
    const weights = sides(parameters, 'recurrentWeight');
    const old = sides(state, 'v');
    const v = split(x).map((part, k) => {
      const beta = sides(parameters, 'beta')[k];
      const moved = b.add(b.mul(beta, old[k]), core === 'liema' ? b.mul(b.sub(1, beta), part) : part);
      return fed ? b.add(moved, b.mul(weights[k], fed[k])) : moved;
    });
    const membrane = total(v);
    if (core === 'li' || core === 'liema') {
      keep('v', v);
      return [membrane, next];
    }

    const { threshold, positiveThreshold = threshold, negativeThreshold, bias, positiveScale, negativeScale } = parameters;
    const p = fire(b.add(b.sub(membrane, positiveThreshold), bias), 0);
    const n = core === 'lib' ? null : fire(b.mul(b.add(b.add(negativeThreshold, membrane), bias), -1), 1);
    const charges = charge(p, positiveThreshold);
    const reset = n ? b.sub(charges, charge(n, negativeThreshold)) : charges;
    const share = dual ? b.mul(reset, 0.5) : reset;
    keep(
      'v',
      v.map((side) => b.sub(side, share)),
    );
    const scale = (spikes: T, by: Operand<T>): T => (core === 'lits' ? b.mul(spikes, by) : spikes);
    const output = n ? b.sub(scale(p, positiveScale), scale(n, negativeScale)) : p;
    if (recurrent) next.output = output;
    return [output, next];
  }

  // names of parameters and states follow from N in the types as they do in the code, which the compiler cannot see
  return step as unknown as TernaryStep<N>;
}
