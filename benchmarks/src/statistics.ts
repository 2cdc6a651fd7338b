/** The few numbers that a list of times is reduced to. */

/** Of a list of times. */
export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  /** 99th percentile. */
  readonly p99: number;
  readonly runs: number;
  /** Whether the middle half of the runs spreads over more than a quarter of the median. */
  readonly unsteady: boolean;
}

/** Value at `share` (0 to 1) of a sorted list, linear between neighbours. */
export function quantile(sorted: readonly number[], share: number): number {
  const at = share * (sorted.length - 1);
  const low = Math.floor(at);
  const high = Math.ceil(at);
  return sorted[low] + (sorted[high] - sorted[low]) * (at - low);
}

/** Median and what surrounds it; of an empty list NaN and 0 runs. */
export function summarize(times: readonly number[]): Summary {
  if (times.length === 0) return { median: Number.NaN, min: Number.NaN, max: Number.NaN, p99: Number.NaN, runs: 0, unsteady: false };
  const sorted = times.toSorted((a, b) => a - b);
  const median = quantile(sorted, 0.5);
  return {
    median,
    min: sorted[0],
    max: sorted[sorted.length - 1],
    p99: quantile(sorted, 0.99),
    runs: sorted.length,
    unsteady: quantile(sorted, 0.75) - quantile(sorted, 0.25) > 0.25 * median,
  };
}

/** A straight line through points, by least squares. */
export interface Line {
  readonly slope: number;
  readonly intercept: number;
  /** Share of the variance that the line explains, 0 to 1. */
  readonly r2: number;
}

/** Fit y = slope x + intercept. */
export function fitLine(points: readonly (readonly [x: number, y: number])[]): Line {
  const n = points.length;
  const mx = points.reduce((s, [x]) => s + x, 0) / n;
  const my = points.reduce((s, [, y]) => s + y, 0) / n;
  const sxx = points.reduce((s, [x]) => s + (x - mx) ** 2, 0);
  const sxy = points.reduce((s, [x, y]) => s + (x - mx) * (y - my), 0);
  const syy = points.reduce((s, [, y]) => s + (y - my) ** 2, 0);
  const slope = sxy / sxx;
  return { slope, intercept: my - slope * mx, r2: syy === 0 ? 1 : sxy ** 2 / (sxx * syy) };
}
