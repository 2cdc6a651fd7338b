/** From values to pixels: ranges, scales and tick marks that stay finite for any finite values, however large, small or equal. */

/** Lowest and highest value. */
export type Range = readonly [number, number];

/** Range of the finite values, null when there are none. */
export function rangeOf(values: Iterable<number>): Range | null {
  let low = Infinity;
  let high = -Infinity;
  for (const x of values) {
    if (!Number.isFinite(x)) continue;
    if (x < low) low = x;
    if (x > high) high = x;
  }
  return low <= high ? [low, high] : null;
}

/** A range of positive length: a single value gets room on both sides. */
export function widen([low, high]: Range): Range {
  if (low < high) return [low, high];
  const room = Math.abs(low) / 2 || 0.5;
  return [Math.max(low - room, -Number.MAX_VALUE), Math.min(high + room, Number.MAX_VALUE)];
}

/** The straight map of a range to pixels, limited to them. Computes with halves: the length of a range may overflow, its half cannot. */
export function scale([low, high]: Range, from: number, to: number): (x: number) => number {
  const half = high / 2 - low / 2;
  return (x) => from + (to - from) * (half > 0 ? Math.min(1, Math.max(0, (x / 2 - low / 2) / half)) : 0.5);
}

/** About `count` round numbers within a range. */
export function ticks([low, high]: Range, count: number): number[] {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10);
  const first = Math.ceil(low / step);
  const steps = Math.floor(high / step) - first;
  // not so for ranges at the limits of floating point
  if (!(steps >= 0 && steps <= 2 * count && step < Infinity)) return [low, high];
  return Array.from({ length: steps + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}
