/** The measuring: one case, all contestants, in turns. */
import { compare, type Verdict } from './agreement.ts';
import { type Contestant, commandOf, INSTALL, type Kind } from './contestants.ts';
import type { Evidence, Identity } from './engines/engine.ts';
import { type Summary, summarize } from './statistics.ts';
import { type Partner, start } from './talk.ts';
import type { Mode, Named, Size, Workload } from './workload.ts';

/** One measured time. */
export interface Row extends Summary {
  readonly workload: string;
  readonly size: string;
  readonly mode: Mode;
  readonly threads: number;
  readonly contestant: string;
  readonly kind: Kind;
  /** All times are milliseconds; `median`, `min`, `max`, `p99` are of the single runs. */
  readonly unit: 'ms';
  readonly spikes: Named<number>;
  readonly gradients: Named<number>;
  /** Against ours; `reference` is ours. */
  readonly agreement: Verdict | 'reference' | 'nothing to compare with';
  readonly gradientError: number | null;
  /** Why the agreement is no better. */
  readonly reason?: string;
  /** Peak memory of the process that ran all modes of the case, bytes. */
  readonly peakMemory: number | null;
  /** The same before the case: what the library itself takes. */
  readonly importMemory: number | null;
  readonly ran: Identity;
  readonly versions: Readonly<Record<string, string>>;
}

/** What was not measured, and why. */
export interface Omission {
  readonly workload: string;
  readonly size: string;
  readonly mode: Mode | 'all';
  readonly threads: number;
  readonly contestant: string;
  readonly reason: string;
}

/** How long to measure. */
export interface Effort {
  /** Turns of each contestant. */
  readonly rounds: number;
  /** Seconds of runs per turn. */
  readonly seconds: number;
  /** Fewest runs per turn. */
  readonly least: number;
  /** Most runs per turn. */
  readonly most: number;
}

/** At least 8 runs unless one takes over a second, then at least 4; 2 s of runs; at most 20,000. */
export const FULL: Effort = { rounds: 4, seconds: 0.5, least: 2, most: 5000 };
/** Two runs or 0.1 s: shows that everything works. */
export const FAST: Effort = { rounds: 2, seconds: 0.05, least: 1, most: 1000 };

/** Longest wait for one answer, seconds. */
const PATIENCE = 180;
/** From this many milliseconds per run on, there is one run only. */
const LONG = 10_000;

/** What one case gave. */
export interface CaseResult {
  readonly rows: readonly Row[];
  readonly omissions: readonly Omission[];
}

interface Player {
  readonly contestant: Contestant;
  readonly partner: Partner;
  readonly identity: Identity;
  readonly versions: Readonly<Record<string, string>>;
  readonly importMemory: number;
  alive: boolean;
}

interface Measured {
  readonly player: Player;
  readonly mode: Mode;
  readonly evidence: Evidence;
  readonly times: number[];
  /** Milliseconds of a run after the first. */
  readonly once: number;
}

/**
 * Measure one case: for each mode all contestants in turns, so that what else the machine does hits all of them alike.
 *
 * @param earlier rows of the same case: where ours cannot run, its spikes there are what the others' are compared with; no time of it is.
 */
export async function measureCase(
  workload: Workload,
  size: Size,
  contestants: readonly Contestant[],
  threads: number,
  effort: Effort,
  progress: (text: string) => void,
  earlier: readonly Row[] = [],
): Promise<CaseResult> {
  const omissions: Omission[] = [];
  const omit = (contestant: Contestant, mode: Mode | 'all', reason: string): void => {
    omissions.push({ workload: workload.id, size: size.name, mode, threads, contestant: contestant.id, reason });
  };
  const players: Player[] = [];
  for (const contestant of contestants.filter((one) => one.workloads.includes(workload.id))) {
    progress(`${workload.id} ${size.name}: starting ${contestant.id}`);
    const command = commandOf(contestant);
    if (command === null) {
      omit(contestant, 'all', `absent; to install the peers: ${INSTALL}`);
      continue;
    }
    const partner = start(command, { workload: workload.id, size, threads, variant: contestant.variant });
    const reply = await partner.listen(PATIENCE);
    if (reply.type === 'ready')
      players.push({ contestant, partner, identity: reply.identity, versions: reply.versions, importMemory: reply.memory, alive: true });
    else {
      omit(contestant, 'all', 'reason' in reply ? reply.reason : 'gave an answer out of turn');
      partner.stop();
    }
  }

  const measured: Measured[] = [];
  for (const mode of size.modes) {
    const taking: Measured[] = [];
    for (const player of players.filter((one) => one.alive)) {
      progress(`${workload.id} ${size.name}, ${mode}: ${player.contestant.id} warms up`);
      const reply = await player.partner.ask({ ask: 'prepare', mode }, PATIENCE);
      if (reply.type === 'prepared') taking.push({ player, mode, evidence: reply.evidence, times: [], once: reply.once });
      else {
        omit(player.contestant, mode, 'reason' in reply ? reply.reason : 'gave an answer out of turn');
        player.alive = reply.type === 'refused';
      }
    }
    for (let round = 0; round < effort.rounds; round++) {
      for (const one of taking.filter(({ player }) => player.alive)) {
        const long = one.once > LONG;
        if (long && round > 0) continue;
        progress(`${workload.id} ${size.name}, ${mode}, round ${round + 1} of ${effort.rounds}: ${one.player.contestant.id}`);
        const { seconds, most } = effort;
        // slow ones are not run twice per turn
        const least = one.once > 1000 ? 1 : effort.least;
        const reply = await one.player.partner.ask({ ask: 'run', seconds: long ? 0 : seconds, least, most }, PATIENCE);
        if (reply.type === 'times') one.times.push(...reply.times);
        else {
          omit(one.player.contestant, mode, 'reason' in reply ? reply.reason : 'gave an answer out of turn');
          one.player.alive = false;
        }
      }
    }
    measured.push(...taking.filter(({ times }) => times.length > 0));
  }

  const peaks = new Map<Player, number>();
  for (const player of players) {
    if (player.alive) {
      const reply = await player.partner.ask({ ask: 'end' }, PATIENCE);
      if (reply.type === 'end') peaks.set(player, reply.memory);
    }
    player.partner.stop();
  }

  const rows = measured.map(({ player, mode, evidence, times }): Row => {
    const { contestant } = player;
    const ours =
      measured.find((other) => other.mode === mode && other.player.contestant.kind === 'ours')?.evidence ??
      earlier.find((other) => other.mode === mode && other.kind === 'ours');
    // peers have no triangle: of that case the spikes are compared, the gradients cannot be
    const comparable = size.variant === 'triangle' ? { ...evidence, gradients: {} } : evidence;
    const agreement = contestant.kind === 'ours' ? null : ours && compare(ours, comparable, contestant.byDesign?.[workload.id]);
    return {
      workload: workload.id,
      size: size.name,
      mode,
      threads,
      contestant: contestant.id,
      kind: contestant.kind,
      unit: 'ms',
      ...summarize(times),
      spikes: evidence.spikes,
      gradients: evidence.gradients,
      agreement: agreement === null ? 'reference' : (agreement?.verdict ?? 'nothing to compare with'),
      gradientError: agreement?.gradientError ?? null,
      ...(agreement?.reason ? { reason: agreement.reason } : {}),
      peakMemory: peaks.get(player) ?? null,
      importMemory: player.importMemory,
      ran: player.identity,
      versions: player.versions,
    };
  });
  return { rows, omissions };
}
