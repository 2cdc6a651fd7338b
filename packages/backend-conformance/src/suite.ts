/** The suite in a test runner: the runner's own functions are arguments, so any will do. */
import { type Arena, arena, type Backend, type TensorMeta } from '@snn/core';
import type { Case } from './case.ts';
import { GROUPS } from './groups/index.ts';
import { reference } from './reference.ts';

/** Makes the backend under test; called once for the whole suite. */
export type BackendFactory<T extends TensorMeta> = () => Backend<T> | Promise<Backend<T>>;

/** What happened to a case: null when it ran, the missing claim when it was skipped. */
export type Outcome = string | null;

/** Run one case on a backend and release what it made. Throws when the case fails. */
export async function runCase<T extends TensorMeta>(bare: Backend<T>, { needs, run }: Case, seed: number): Promise<Outcome> {
  if (needs && !needs.holds(bare as unknown as Backend<TensorMeta>)) return needs.claim;
  const scope: Arena<T> = arena(bare);
  try {
    await run({
      b: scope,
      bare,
      supports: bare.supports,
      float32: reference({ precision: 'float32' }),
      float64: reference(),
      seed,
    });
  } finally {
    scope.release();
  }
  return null;
}

/** How to run the suite. */
export interface ConformanceOptions<T extends TensorMeta> {
  /** The runner's function that defines a test: of vitest, jest, mocha or `node:test`. */
  readonly test: (name: string, run: () => Promise<void>) => unknown;
  /** The runner's function that groups tests. */
  readonly describe: (name: string, define: () => void) => unknown;
  /** Makes the backend under test; called once, before the first test that needs it. */
  readonly backend: BackendFactory<T>;
  /** Seed of the random inputs, a whole number. Default 1. */
  readonly seed?: number;
}

/**
 * Define the tests of the suite in a test runner.
 *
 * Cases that need a claim say so in their names, as in `[if exactF32: true]`, and pass at once where the claim is not made; `conformanceReport`
 * lists them. Cases run one after another.
 */
export function conformance<T extends TensorMeta>(options: ConformanceOptions<T>): void {
  const { test, describe, seed = 1 } = options;
  let made: Promise<Backend<T>> | undefined;
  const backend = async (): Promise<Backend<T>> => {
    made ??= Promise.resolve(options.backend());
    return made;
  };
  for (const group of GROUPS) {
    describe(group.name, () => {
      for (const one of group.cases) {
        test(one.needs ? `${one.name} [if ${one.needs.claim}]` : one.name, async () => {
          await runCase(await backend(), one, seed);
        });
      }
    });
  }
}
