// What one task of the results is: the published figure, where it comes from, and how to measure ours.
import type { Series } from '@snn/viz';

/** A figure that somebody else published for the same task. */
export interface Published {
  /** As it stands in the source, in the unit of the task: a share of 1 for accuracies and errors. */
  readonly score: number;
  /** Paper, tutorial or repository, with its year or version. */
  readonly source: string;
}

/** What one run over one seed gave. */
export interface Measured {
  /** The figure that is compared, in the unit of the task. */
  readonly score: number;
  /** What was learnt along the way, in the unit of the task over training iterations. The first curve is the one that the picture shows. */
  readonly curves: readonly Series[];
  /** Other figures worth keeping (iterations until a goal, firing rate in Hz, ...), by name. */
  readonly details: Readonly<Record<string, number>>;
  /** What ran the network, as `model.executedBy` says it. */
  readonly executedBy?: string;
}

/** How a run is wanted. */
export interface Wanted {
  readonly seed: number;
  /** The form for tests: seconds instead of minutes, enough to see that the network learns. */
  readonly short: boolean;
  /** Folder with data that are not part of the project, from `--data`; `null` when none was given. */
  readonly data: string | null;
  /** Shows one line of progress, in place where the output is a terminal; call it at least once a second. */
  readonly progress: (line: string) => void;
}

/** One network, rule or setting on a task: a row of the table. */
export interface Variant {
  /** As the table calls it, with what matters of its size: `LSNN, 10 LIF + 10 ALIF`. */
  readonly name: string;
  readonly published: Published | null;
  /** What a short run must reach (`>=` where higher is better, `<=` where lower is): proof of learning, well away from chance; `null` where failing is the point. */
  readonly shortGoal: number | null;
  run(wanted: Wanted): Promise<Measured>;
}

/** A task with the variants that are compared on it. */
export interface Evidence {
  /** The word of the command line, as in `pnpm results yin-yang`. */
  readonly name: string;
  readonly title: string;
  /** What has to be done, in one or two sentences. */
  readonly task: string;
  readonly unit: 'accuracy' | 'error' | 'sMAPE' | 'mean squared error';
  /** Where the data come from when they must be handed in with `--data`. */
  readonly needs: string | null;
  readonly variants: readonly Variant[];
  /** What the figures show, and the reason where a published figure is not reached; Markdown, one paragraph. */
  readonly remarks: string;
}
