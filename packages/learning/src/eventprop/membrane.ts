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

/** The largest k(s): with a current `i`, a membrane `v` stays below max(v, 0) + i times it. */
export function largestCoupling(of: Dynamics): number {
  const r = rateOf(of);
  return propagator(of, r === 0 ? of.tauSynapse : Math.log1p(r * of.tauSynapse) / r)[2];
}

/**
 * Seconds from membrane `v` and current `i` to the next spike, if there is one within `limit` seconds; else Infinity.
 *
 * The membrane rises only while the current is above it, so it can only cross the threshold on the way to its one peak, where V(s) = I(s):
 * e^(r s) - 1 = r tauSynapse (i - v) / i. On this way its slope falls, so Newton's method from 0 never passes the crossing. (With `largestCoupling`
 * and the propagator written out, 14 instead of 36 s for an epoch of Yin-Yang with 200 neurons.)
 */
export function timeToSpike(of: Dynamics, v: number, i: number, limit: number): number {
  const { tau, tauSynapse, threshold } = of;
  if (!(i > threshold)) return Infinity;
  // neurons that cross together: rounding may have carried this one over the threshold
  if (v >= threshold) return 0;
  const r = rateOf(of);
  const rise = (tauSynapse * (i - v)) / i;
  // without a peak the membrane comes from below and ends at 0
  if (r * rise <= -1) return Infinity;
  const last = Math.min(limit, r === 0 ? rise : Math.log1p(r * rise) / r);
  const [membrane, , coupling] = propagator(of, last);
  if (!(v * membrane + i * coupling > threshold)) return Infinity;
  let s = ((threshold - v) * tau) / (i - v);
  for (let round = 0; round < 100; round++) {
    const left = Math.exp(-s / tau);
    const grown = Math.expm1(r * s);
    const at = v * left + (i * left * (r === 0 ? s : grown / r)) / tau;
    const slope = (i * left * (1 + grown) - at) / tau;
    const next = s + (threshold - at) / slope;
    // from here on it is rounding that moves it
    if (!(next > s && next <= last)) break;
    s = next;
  }
  return s;
}
