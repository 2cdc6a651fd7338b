/** Whether a peer does the same work as we do: spikes first, then gradients. */
import type { Evidence } from './engines/engine.ts';
import type { Named } from './workload.ts';

/**
 * - `equal`: the spikes of every layer are the same in number
 * - `rounding`: they differ by at most one in ten thousand: sums in another order move a membrane across the threshold
 * - `by design`: the peer's neuron is another one; the reason is in the table of contestants
 * - `differs`: neither; the time does not count
 */
export type Verdict = 'equal' | 'rounding' | 'by design' | 'differs';

/** What a comparison found. */
export interface Agreement {
  readonly verdict: Verdict;
  /** The reason, for `by design`. */
  readonly reason?: string;
  /** Largest relative difference of a mean absolute gradient; null when there is nothing to compare. */
  readonly gradientError: number | null;
}

/** Largest relative difference of counts that rounding is held to explain. */
const ROUNDING = 1e-4;
/** Largest relative difference of mean gradients between implementations of one neuron. */
const GRADIENT = 1e-3;

/** Names that both have. */
const shared = (a: Named<number>, b: Named<number>): readonly string[] => Object.keys(a).filter((name) => name in b);

function worst(a: Named<number>, b: Named<number>): number | null {
  const names = shared(a, b);
  if (names.length === 0) return null;
  return Math.max(
    ...names.map((name) => (a[name] === b[name] ? 0 : Math.abs(a[name] - b[name]) / Math.max(Math.abs(a[name]), Math.abs(b[name])))),
  );
}

/** Compare a peer with us. `reason`: why the peer may differ. */
export function compare(ours: Evidence, theirs: Evidence, reason?: string): Agreement {
  const spikes = worst(ours.spikes, theirs.spikes);
  const gradientError = worst(ours.gradients, theirs.gradients);
  const sameSpikes = spikes !== null && spikes <= ROUNDING;
  if (sameSpikes && (gradientError === null || gradientError <= GRADIENT))
    return { verdict: spikes === 0 ? 'equal' : 'rounding', gradientError };
  return reason === undefined ? { verdict: 'differs', gradientError } : { verdict: 'by design', reason, gradientError };
}
