/**
 * The Mackey-Glass series, dx/dt = beta x(t - tau) / (1 + x(t - tau)^n) - gamma x(t) with beta = 0.2, gamma = 0.1, n = 10, tau = 17, in samples of
 * which 75 make one Lyapunov time of 197. NeuroBench's values come of another integrator: chaos lets the two part after some Lyapunov times, so the
 * series is the same in kind but not in numbers.
 */

export const POINTS_PER_LYAPUNOV_TIME = 75;
const [LYAPUNOV_TIME, TAU, PAST] = [197, 17, 0.7206597];
/** Of the integration: Runge-Kutta, with the delayed value between two steps as their mean. */
const STEP = 0.02;

/** The first `count` samples from a constant past, the first at the end of that past. */
export function mackeyGlass(count: number): Float64Array {
  const spacing = LYAPUNOV_TIME / POINTS_PER_LYAPUNOV_TIME / STEP;
  const lag = Math.round(TAU / STEP);
  const x = new Float64Array(Math.ceil(count * spacing) + 2);
  x[0] = PAST;
  const at = (i: number): number => (i < 0 ? PAST : x[i]);
  const slope = (now: number, then: number): number => (0.2 * then) / (1 + then ** 10) - 0.1 * now;
  for (let i = 0; i + 1 < x.length; i++) {
    const [from, to] = [at(i - lag), at(i + 1 - lag)];
    const between = (from + to) / 2;
    const k1 = slope(x[i], from);
    const k2 = slope(x[i] + (STEP / 2) * k1, between);
    const k3 = slope(x[i] + (STEP / 2) * k2, between);
    const k4 = slope(x[i] + STEP * k3, to);
    x[i + 1] = x[i] + (STEP / 6) * (k1 + 2 * k2 + 2 * k3 + k4);
  }
  return Float64Array.from({ length: count }, (_, k) => {
    const i = Math.floor(k * spacing);
    const rest = k * spacing - i;
    return x[i] * (1 - rest) + x[i + 1] * rest;
  });
}
