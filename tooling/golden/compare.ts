// How close is close enough: comparison of computed numbers with stored ones.

import type { Named, Stored } from './file.ts';
import { tensorOf } from './file.ts';

/** Largest errors of one run of one file, in the units of their tolerances. */
export interface Errors {
  /** Largest |computed - stored| / (1 + |stored|) of outputs. */
  out: number;
  /** The same of states. */
  state: number;
  /** Largest |computed - stored| / largest |stored| of a gradient tensor. */
  gradient: number;
}

/** How exact a run must be. */
export interface Tolerances {
  /** Absolute plus relative, of outputs and states. */
  readonly value: number;
  /** Of a gradient, as a part of its largest entry. */
  readonly gradient: number;
  /** Added to it, as a part of the largest entry of all gradients of the file: what a sum that cancels may lose. */
  readonly gradientFloor: number;
}

/** Numbers of a computed tensor. */
export interface Computed {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

/** The shape without axes of size 1: some origins drop them, some keep them. */
const squeezed = (shape: readonly number[]): string => shape.filter((n) => n !== 1).join(' x ');

function sameSize(what: string, computed: Computed, stored: Stored, problems: string[]): boolean {
  const { shape } = tensorOf(stored);
  if (squeezed(shape) === squeezed(computed.shape)) return true;
  problems.push(`${what} has shape [${computed.shape.join(', ')}] instead of [${shape.join(', ')}]`);
  return false;
}

const difference = (computed: number, stored: number): number => {
  const d = Math.abs(computed - stored);
  return Number.isNaN(d) ? Infinity : d;
};

/**
 * Compare a value. Where the origin is NaN (null), ours must be finite.
 *
 * @param spikes whether zeros must be at the same places exactly.
 * @returns the largest error.
 */
export function compareValue(
  what: string,
  computed: Computed,
  stored: Stored,
  tolerance: number,
  spikes: boolean,
  problems: string[],
): number {
  if (!sameSize(what, computed, stored, problems)) return Infinity;
  let largest = 0;
  let flipped = 0;
  tensorOf(stored).data.forEach((expected, n) => {
    const value = computed.data[n];
    const error = expected === null ? (Number.isFinite(value) ? 0 : Infinity) : difference(value, expected) / (1 + Math.abs(expected));
    largest = Math.max(largest, error);
    if (spikes && (expected === 0) !== (value === 0)) flipped++;
  });
  if (flipped > 0) problems.push(`${what}: ${flipped} spikes differ`);
  else if (!(largest <= tolerance))
    problems.push(`${what} is off by ${largest.toExponential(1)}, allowed is ${tolerance.toExponential(0)}`);
  return largest;
}

/** The largest |entry| of a stored tensor; 0 without any. */
export const largestOf = (stored: Stored | null | undefined): number =>
  stored === null || stored === undefined ? 0 : tensorOf(stored).data.reduce<number>((m, x) => Math.max(m, Math.abs(x ?? 0)), 0);

/**
 * Compare a gradient. Null in the file means that the origin does not connect the two: ours must be absent or zero.
 *
 * @param floor error that is allowed besides `tolerance` times the largest entry.
 * @returns the largest error over the largest entry.
 */
export function compareGradient(
  what: string,
  computed: Computed | null,
  stored: Stored | null,
  tolerance: number,
  floor: number,
  problems: string[],
): number {
  if (stored !== null && computed !== null && !sameSize(what, computed, stored, problems)) return Infinity;
  const expected = stored === null ? [] : tensorOf(stored).data;
  const actual = computed === null ? [] : Array.from(computed.data);
  let error = 0;
  for (let n = 0; n < Math.max(expected.length, actual.length); n++) {
    const wanted = stored === null ? 0 : expected[n];
    const value = computed === null ? 0 : actual[n];
    error = Math.max(error, wanted === null ? (Number.isFinite(value) ? 0 : Infinity) : difference(value, wanted));
  }
  const scale = largestOf(stored) || 1;
  const allowed = stored === null ? 0 : tolerance * scale + floor;
  if (!(error <= allowed))
    problems.push(
      `${what} is off by ${(error / scale).toExponential(1)} of its largest entry, allowed is ${(allowed / scale).toExponential(0)}`,
    );
  return error / scale;
}

/** Names that both sides must have, with the stored value of each. */
export function* pairs<X>(what: string, computed: Named<X>, stored: Named<Stored>, problems: string[]): Generator<[string, X, Stored]> {
  for (const [name, value] of Object.entries(stored)) {
    if (name in computed) yield [name, computed[name], value];
    else problems.push(`${what} ${name} was not computed`);
  }
}
