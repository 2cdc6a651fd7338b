/**
 * The traces of all models up to the membrane. The plain ones have one side, k = 1; the dual ones two, positive and negative. split(a)_k is a
 * itself, or its positive part max(a, 0) and its negative part min(a, 0).
 *
 *   i_k = alpha_k i_k + (1 - alpha_k) split(x)_k,   x := sum of i_k             (s)
 *   r_k = gamma_k r_k + (1 - gamma_k) split(output)_k                           (r)
 *   v_k = beta_k v_k + split(x)_k + recurrentWeight_k split(sum of r_k)_k       (liema: beta_k v_k + (1 - beta_k) split(x)_k)
 */
import type { Backend, Operand, TensorMeta } from '@snn/core';
import { sidesOf, type Traits } from './grammar.ts';
import type { DualOptions } from './options.ts';

/** Parameters or states by name. */
export type Named<X> = Readonly<Record<string, X>>;

/** Sum over the sides. */
export const total = <T extends TensorMeta>(b: Backend<T>, [first, second]: readonly T[]): T => (second ? b.add(first, second) : first);

/** One step of the traces. Writes i and r into `next` and returns v, both per side. */
export function moveTraces<T extends TensorMeta>(
  b: Backend<T>,
  { dual, synaptic, recurrent, core }: Traits,
  parameters: Named<Operand<T>>,
  state: Named<T>,
  input: T,
  splitGradient: DualOptions['splitGradient'] | undefined,
  next: Record<string, T>,
): readonly T[] {
  const split = (a: T): readonly T[] => {
    if (!dual) return [a];
    const negative = b.gt(0, a);
    return [b.where(negative, 0, a), splitGradient === 'twice' ? b.where(b.gt(a, 0), 0, a) : b.where(negative, a, 0)];
  };
  const decays = sidesOf(dual, 'beta');
  const weights = sidesOf(dual, 'recurrentWeight');
  const average = (old: T, decay: Operand<T>, a: T): T => b.add(b.mul(decay, old), b.mul(b.sub(1, decay), a));
  const trace = (key: string, decay: string, a: T): T => {
    const parts = split(a);
    const names = sidesOf(dual, decay);
    const values = sidesOf(dual, key).map((side, k) => (next[side] = average(state[side], parameters[names[k]], parts[k])));
    return total(b, values);
  };

  const x = split(synaptic ? trace('i', 'alpha', input) : input);
  const r = recurrent && split(trace('r', 'gamma', state.output));
  return sidesOf(dual, 'v').map((side, k) => {
    const beta = parameters[decays[k]];
    if (core === 'liema') return average(state[side], beta, x[k]);
    const v = b.add(b.mul(beta, state[side]), x[k]);
    return r ? b.add(v, b.mul(parameters[weights[k]], r[k])) : v;
  });
}
