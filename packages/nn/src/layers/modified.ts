/**
 * What may be done to the membrane of a discrete-time neuron before it is compared with the threshold: quantise it, and let one neuron only fire.
 *
 *   Q(v)  v at the nearest of a few levels; the gradient passes as if it were not quantised
 *   f(v)  [v > threshold], under inhibition only of the neuron with the largest v of each sample
 *
 *   immediate       u = Q(update(v))             z = f(u)    v = R(u, z)
 *   before-update   u = Q(update(R(v, f(v))))    z = f(u)    v = u
 *   after-update    u = Q(R(update(v), f(v)))    z = f(u)    v = u
 *
 * with update and R, the reset, as the model has them. Only who fires is reset: in snnTorch, whose `inhibition` and `state_quant` these are, those
 * that are inhibited are reset as if they had fired.
 */
import {
  argumentError,
  type Backend,
  checkNames,
  type NeuronModel,
  type Operand,
  type Parameters,
  type Quantization,
  stopGradient,
  type TensorMeta,
} from '@snn/core';
import type { DiscreteResetOptions } from '@snn/neurons-lif';
import { winner } from '@snn/neurons-slstm';
import { resetTo, spike } from '@snn/surrogates';

/** What is done to the membrane. */
export interface Modification {
  /** Whether only the neuron with the largest membrane of each sample may fire, the first of several. Default false. */
  readonly inhibition?: boolean;
  /** Which values the membrane may take (`stateQuantization` of `@snn/core`). Default null: any. */
  readonly quantization?: Quantization | null;
}

/** Neurons that can be modified: `leaky`, `synaptic`, `lapicque`, `recurrentLeaky`, `recurrentSynaptic` of `@snn/neurons-lif`. */
export type Modifiable<P extends string, S extends string, O extends DiscreteResetOptions> = NeuronModel<P | 'threshold', S | 'v', O>;

/**
 * The model with a modified membrane, for `neuron(modified(leaky, { inhibition: true }), 10, options)`.
 *
 * @throws an `argument` error when there is nothing to modify, or when the model resets in another way.
 */
export function modified<P extends string, S extends string, O extends DiscreteResetOptions>(
  model: Modifiable<P, S, O>,
  modification: Modification,
): Modifiable<P, S, O> {
  checkNames('modified', modification, ['inhibition', 'quantization']);
  const { inhibition = false, quantization = null } = modification;
  if (!inhibition && quantization === null)
    throw argumentError(`modified: neither inhibition nor quantization was asked for; use ${model.name} as it is.`);
  if (!('threshold' in model.parameters && 'resetTiming' in model.options && 'revokeReset' in model.options))
    throw argumentError(
      `modified: ${model.name} has no reset by subtraction or to zero at a time of its own; take leaky, synaptic, lapicque, recurrentLeaky or recurrentSynaptic.`,
    );
  return {
    ...model,
    check(parameters, options, state, input) {
      model.check?.(parameters, options, state, input);
      if (options.revokeReset)
        throw argumentError(
          `modified: ${model.name}: a reset that is taken back (revokeReset) knows nothing of inhibition and levels; leave it away.`,
        );
    },
    step<T extends TensorMeta>(
      b: Backend<T>,
      parameters: Parameters<P | 'threshold', T>,
      state: { readonly [K in S | 'v']: T },
      input: T,
      options: O,
    ): readonly [T, { readonly [K in S | 'v']: T }] {
      const { resetMode, resetTiming, detachReset, comparison, surrogate } = options;
      const { threshold } = parameters as { readonly threshold: Operand<T> };
      const { v } = state;
      const fire = (u: T): T => {
        const z = spike(b, b.sub(u, threshold), surrogate, comparison);
        return inhibition ? b.mul(z, winner(b, u)) : z;
      };
      const lower = (u: T, z: T, detach: boolean): T =>
        resetMode === 'none' ? u : resetTo(b, u, z, resetMode === 'subtract' ? b.sub(u, threshold) : 0, detach);
      const level = (u: T): T => (quantization === null ? u : quantization.apply(b, u));
      const owed = resetTiming === 'immediate' || resetMode === 'none' ? null : stopGradient(b, fire(v));
      const before = owed !== null && resetTiming === 'before-update' ? lower(v, owed, true) : v;
      const [, next] = model.step(b, parameters, { ...state, v: before }, input, { ...options, resetMode: 'none' });
      const u = level(owed !== null && resetTiming === 'after-update' ? lower(next.v, owed, true) : next.v);
      const z = fire(u);
      const kept = owed === null ? lower(u, z, detachReset) : u;
      // recurrent neurons remember what they sent
      return [z, { ...next, v: kept, ...('z' in next ? { z } : null) }];
    },
  };
}
