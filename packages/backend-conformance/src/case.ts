/**
 * What the suite is made of: groups of cases, each a function of a backend. What a case needs beyond the contract it says by naming a claim of
 * `supports`; where the claim is not made the case is skipped, and there is no other way to skip one.
 */
import type { Backend, Supports, TensorMeta } from '@snn/core';
import type { ReferenceBackend } from './reference.ts';

/** What a case is given. */
export interface Context<T extends TensorMeta> {
  /** The backend under test, in an arena of the case's own. */
  readonly b: Backend<T>;
  /** The backend under test itself. */
  readonly bare: Backend<T>;
  readonly supports: Supports;
  /** The oracle, rounding as the contract says. */
  readonly float32: ReferenceBackend;
  /** The oracle in double precision. */
  readonly float64: ReferenceBackend;
  /** Seed of everything random in the suite. */
  readonly seed: number;
}

/** What a case needs: a claim and how it reads. */
export interface Need {
  /** `exactF32: true`. */
  readonly claim: string;
  holds(b: Backend<TensorMeta>): boolean;
}

/** One test. Passes by returning, fails by throwing. */
export interface Case {
  readonly name: string;
  readonly needs?: Need;
  run<T extends TensorMeta>(context: Context<T>): void | Promise<void>;
}

/** Tests of one subject. */
export interface Group {
  readonly name: string;
  readonly cases: readonly Case[];
}
