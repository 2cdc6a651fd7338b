/**
 * A leaky integrate-and-fire neuron with an exponential synapse between two events, in closed form.
 *
 *   tau        dV/dt = -V + I      V(s) = V e^(-s / tau) + I k(s)
 *   tauSynapse dI/dt = -I          I(s) = I e^(-s / tauSynapse)
 *
 *   k(s) = e^(-s / tau) (e^(r s) - 1) / (r tau),   r = 1 / tau - 1 / tauSynapse
 */

/** Time constants of a layer, s, and the membrane that its neurons fire at; Infinity: they do not fire. */
export interface Dynamics {
  readonly tau: number;
  readonly tauSynapse: number;
  readonly threshold: number;
}

const rateOf = ({ tau, tauSynapse }: Dynamics): number => 1 / tau - 1 / tauSynapse;

/** e^(-s / tau), e^(-s / tauSynapse) and k(s): what membrane and current become in `s` seconds. */
export function propagator(of: Dynamics, s: number): readonly [membrane: number, current: number, coupling: number] {
  const membrane = Math.exp(-s / of.tau);
  const r = rateOf(of);
  // expm1: time constants may be close, or the same
  return [membrane, Math.exp(-s / of.tauSynapse), (membrane * (r === 0 ? s : Math.expm1(r * s) / r)) / of.tau];
}

/**
 * Seconds from membrane `v` and current `i` to the next spike, if there is one within `limit` seconds; else Infinity.
 *
 * The membrane rises only while the current is above it, so it can only cross the threshold on the way to its one peak, where V(s) = I(s):
 * e^(r s) - 1 = r tauSynapse (i - v) / i.
 */
export function timeToSpike(of: Dynamics, v: number, i: number, limit: number): number {
  const { tau, tauSynapse, threshold } = of;
  if (!(i > threshold)) return Infinity;
  // neurons that cross together: rounding may have carried this one over the threshold
  if (v >= threshold) return 0;
  const at = (s: number): number => {
    const [membrane, , coupling] = propagator(of, s);
    return v * membrane + i * coupling - threshold;
  };
  const r = rateOf(of);
  const rise = (tauSynapse * (i - v)) / i;
  // without a peak the membrane comes from below and ends at 0
  if (r * rise <= -1) return Infinity;
  let high = Math.min(limit, r === 0 ? rise : Math.log1p(r * rise) / r);
  if (!(at(high) > 0)) return Infinity;
  let low = 0;
  let s = high / 2;
  // Newton's method, kept within what is known to hold the crossing
  for (let round = 0; round < 100; round++) {
    const error = at(s);
    if (error > 0) high = s;
    else low = s;
    const slope = (i * Math.exp(-s / tauSynapse) - error - threshold) / tau;
    const newton = s - error / slope;
    const next = newton > low && newton < high ? newton : (low + high) / 2;
    if (next === s || high - low <= Number.EPSILON * high) break;
    s = next;
  }
  return s;
}
