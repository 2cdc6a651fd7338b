// What each entry point may cost a user, in bytes after minifying and gzip. A budget is a number that someone has to
// decide to raise, with the reason; it is no reason to leave a feature out.

export interface Budget {
  /** What is imported, as the user would write it. */
  readonly code: string;
  readonly limit: number;
  /** Packages that are not counted. */
  readonly external?: readonly string[];
}

export const BUDGETS: readonly Budget[] = [
  { code: "export { lifStep } from '@snn/neurons-lif'; export { fastSigmoid } from '@snn/surrogates';", limit: 1000 },
  { code: "export { valueAndGrad } from '@snn/autodiff';", limit: 2048, external: ['@snn/core'] },
  { code: "export { valueAndGrad } from '@snn/autodiff';", limit: 2048 },
];

/** Packages of which every single export has the same ceiling. */
export const EACH_EXPORT: Readonly<Record<string, number>> = {
  '@snn/core': 2048,
};

/**
 * Packages from which users pick single functions. Bundling one of their files without using it must leave nothing of
 * it, even in a bundler that does not believe `sideEffects: false`; otherwise one function carries its neighbours' constants.
 */
export const LEAVES_NOTHING: readonly string[] = ['core', 'autodiff', 'surrogates', 'neurons-lif', 'encoders'];
