/** What an engine is: something that can run workloads. The harness does not care which; the table of them is `index.ts`. */
import type { Mode, Named, Problem, Size, Workload } from '../workload.ts';

/** What ran, in words for the results. */
export interface Identity {
  readonly engine: string;
  readonly backend: string;
  /** Which of the backend's tiers, as in `plain` or `wasm`. */
  readonly tier: string;
  /** What executed the program, as in `step by step` or `compiled program`. */
  readonly executor: string;
}

/** What two implementations must agree in before their times are compared. */
export interface Evidence {
  /** Spikes by the name of their layer, over all steps of one run from the initial state. */
  readonly spikes: Named<number>;
  /** Mean absolute gradient by the name of the parameter (`inputs` for dX). Empty for modes without a backward pass. */
  readonly gradients: Named<number>;
}

/** A mode of a case, ready to be run again and again. */
export interface Prepared {
  /** The work that is timed. */
  run(): void | Promise<void>;
  /** One run of the same work that reports what came out; not timed. */
  check(): Evidence | Promise<Evidence>;
  /** What runs the mode, in the words of the executable; absent: as `Identity` says. */
  executedBy?(): string;
  dispose(): void;
}

/** A case as an engine gets it. */
export interface Case {
  readonly workload: Workload;
  readonly size: Size;
  readonly problem: Problem;
}

/** An implementation that runs workloads. */
export interface Engine {
  readonly name: string;
  /** Why the engine cannot run this, as a sentence; null when it can. */
  refusal(workload: Workload, size: Size, mode: Mode, threads: number): string | null;
  prepare(job: Case, mode: Mode, threads: number): Prepared | Promise<Prepared>;
  identity(): Identity;
}
