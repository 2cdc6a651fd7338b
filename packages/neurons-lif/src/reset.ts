/** What a spike does to the membrane that sent it. */
import { type Backend, type Operand, stopGradient, type TensorMeta } from '@snn/core';
import { type Comparison, resetTo, type Surrogate, spike } from '@snn/surrogates';

/** How a membrane without a reset voltage of its own is reset: by subtracting the threshold, to zero, or not at all. */
export type DiscreteResetMode = 'subtract' | 'zero' | 'none';

/**
 * When a spike lowers the membrane. `immediate`: in its own step. The other two are delayed: the spike is recomputed from the stored membrane
 * in the next step, and lowers it there before or after decay and input.
 */
export type ResetTiming = 'immediate' | 'before-update' | 'after-update';

/** What `fireAndReset` needs to know. */
export interface DiscreteResetOptions {
  readonly resetMode: DiscreteResetMode;
  readonly resetTiming: ResetTiming;
  readonly revokeReset: boolean;
  readonly detachReset: boolean;
  readonly comparison: Comparison;
  readonly surrogate: Surrogate;
}

/**
 * Update a membrane, fire and reset: what `leaky` and `synaptic` share. With f(v) the spikes of v and R(v, z) the membrane v lowered by the
 * spikes z:
 *
 *   immediate       u = update(v)            z = f(u)    v = R(u, z)
 *   before-update   u = update(R(v, f(v)))   z = f(u)    v = u
 *   after-update    u = R(update(v), f(v))   z = f(u)    v = u
 *
 * In the delayed forms f(v) is a constant for the gradient. `revokeReset` appends v = u - (z - f(v)) threshold (or u, when resetting to zero)
 * to them: the own spike resets at once, the delayed reset is taken back.
 *
 * @returns z and v.
 */
export function fireAndReset<T extends TensorMeta>(
  b: Backend<T>,
  v: T,
  threshold: Operand<T>,
  update: (v: T) => T,
  { resetMode, resetTiming, revokeReset, detachReset, comparison, surrogate }: DiscreteResetOptions,
): readonly [T, T] {
  const fire = (u: T): T => spike(b, b.sub(u, threshold), surrogate, comparison);
  const lower = (u: T, z: T, detach: boolean): T => resetTo(b, u, z, resetMode === 'subtract' ? b.sub(u, threshold) : 0, detach);
  if (resetMode === 'none' || resetTiming === 'immediate') {
    const u = update(v);
    const z = fire(u);
    return [z, resetMode === 'none' ? u : lower(u, z, detachReset)];
  }
  const owed = stopGradient(b, fire(v));
  const u = resetTiming === 'before-update' ? update(lower(v, owed, true)) : lower(update(v), owed, true);
  const z = fire(u);
  if (!revokeReset) return [z, u];
  const due = b.sub(detachReset ? stopGradient(b, z) : z, owed);
  return [z, b.sub(u, b.mul(due, resetMode === 'subtract' ? threshold : u))];
}
