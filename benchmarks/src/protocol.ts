/**
 * How the harness talks to a contestant, one process per case: JSON, one message per line, over standard input and output. The same for our
 * engines (`host.ts`) and for the Python peers (`peers/common.py`). Contestants wait between their turns, so that runs of different ones can
 * alternate.
 */
import type { Evidence, Identity } from './engines/engine.ts';
import type { Mode, Size } from './workload.ts';

/** The single argument of a contestant's process, as JSON. */
export interface Job {
  readonly workload: string;
  readonly size: Size;
  readonly threads: number;
  /** Which engine, or which of the ways in which a peer can do the same. */
  readonly variant: string;
}

/** What the harness asks for. Times are measured by the contestant itself. */
export type Request =
  /** Make a mode ready, run it twice, say what came out; without `evidence` just run it twice, so that counting spikes takes no memory. */
  | { readonly ask: 'prepare'; readonly mode: Mode; readonly evidence: boolean }
  /** Run again and again: at least `least` times and at most `most` times, in between until `seconds` are over. */
  | { readonly ask: 'run'; readonly seconds: number; readonly least: number; readonly most: number }
  /** Say goodbye. */
  | { readonly ask: 'end' };

/** What a contestant answers. */
export type Reply =
  /** After the start. Memory is the peak so far, in bytes: what importing the library takes. */
  | { readonly type: 'ready'; readonly identity: Identity; readonly versions: Readonly<Record<string, string>>; readonly memory: number }
  /** `once`: milliseconds of the second run; the first may compile. `executedBy`: what ran this mode, where it is known by now only. */
  | { readonly type: 'prepared'; readonly evidence: Evidence; readonly once: number; readonly executedBy?: string }
  /** Milliseconds of each run. */
  | { readonly type: 'times'; readonly times: readonly number[] }
  /** Peak memory of the process, bytes. */
  | { readonly type: 'end'; readonly memory: number }
  /** It cannot do what was asked for, and why; asking for another mode is fine. */
  | { readonly type: 'refused'; readonly reason: string }
  /** The library is not there. */
  | { readonly type: 'absent'; readonly reason: string }
  /** It broke. */
  | { readonly type: 'failed'; readonly reason: string };
