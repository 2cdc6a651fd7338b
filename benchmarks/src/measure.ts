/** The measuring: one case, all contestants, in turns. */
import { compare, type Verdict } from './agreement.ts';
import { type Contestant, commandOf, INSTALL, type Kind } from './contestants.ts';
import type { Evidence, Identity } from './engines/engine.ts';
import type { Reply } from './protocol.ts';
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
  /** `executor` is what the executable said of this mode, where it says. */
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

/** Peak memory of a fresh process that did nothing but two runs of one mode, bytes. */
export interface Memory {
  readonly contestant: string;
  readonly kind: Kind;
  readonly threads: number;
  readonly mode: Mode;
  readonly peak: number;
  /** Before the case. */
  readonly bare: number;
}

/** How long to measure. */
export interface Effort {
  /** Turns of each contestant. */
  readonly rounds: number;
  /** Seconds of runs per turn. */
  readonly seconds: number;
  /** Most runs per turn. */
  readonly most: number;
}

/** At least five runs, one in each turn, unless one takes longer than `LONG`; 0.6 s of runs; at most 20,000. */
export const FULL: Effort = { rounds: 5, seconds: 0.12, most: 4000 };
/** Two runs or 0.1 s: shows that everything works. */
export const FAST: Effort = { rounds: 2, seconds: 0.05, most: 1000 };

/** Longest wait for one answer, seconds; for those that compile for long, four times that. */
const PATIENCE = 60;
/** From this many milliseconds per run on, the run after the first is the only one that counts. */
const LONG = 4000;

/** Somebody who takes part, with a number of threads. */
export interface Entry {
  readonly contestant: Contestant;
  readonly threads: number;
}

/** What one case gave. */
export interface CaseResult {
  readonly rows: readonly Row[];
  readonly omissions: readonly Omission[];
}

interface Player extends Entry {
  readonly partner: Partner;
  readonly identity: Identity;
  readonly versions: Readonly<Record<string, string>>;
  readonly importMemory: number;
  readonly patience: number;
  alive: boolean;
}

interface Measured {
  readonly player: Player;
  readonly mode: Mode;
  readonly evidence: Evidence;
  readonly ran: Identity;
  readonly times: number[];
  /** Milliseconds of a run after the first. */
  readonly once: number;
}

const reasonOf = (reply: Reply): string => ('reason' in reply ? reply.reason : 'gave an answer out of turn');

/** A contestant's process that has loaded its library, or why there is none. */
async function join(workload: Workload, size: Size, { contestant, threads }: Entry, core: number): Promise<Player | string> {
  const { spared } = contestant;
  if (spared?.cases.test(`${workload.id} ${size.name}`)) return spared.reason;
  const command = commandOf(contestant);
  if (command === null) return `absent; to install the peers: ${INSTALL}`;
  const patience = contestant.compiles ? 4 * PATIENCE : PATIENCE;
  const partner = start(command, { workload: workload.id, size, threads, variant: contestant.variant }, core);
  const reply = await partner.listen(patience);
  if (reply.type === 'ready') {
    const { identity, versions, memory } = reply;
    return { contestant, threads, partner, identity, versions, importMemory: memory, patience, alive: true };
  }
  partner.stop();
  return reasonOf(reply);
}

/** Ask for the peak memory and for the end. */
async function leave({ alive, partner, patience }: Player): Promise<number | null> {
  const reply = alive ? await partner.ask({ ask: 'end' }, patience) : null;
  partner.stop();
  return reply?.type === 'end' ? reply.memory : null;
}

/** Measure one case: for each mode all entries in turns, so that what else the machine does hits all of them alike. */
export async function measureCase(
  workload: Workload,
  size: Size,
  entries: readonly Entry[],
  effort: Effort,
  progress: (text: string) => void,
): Promise<CaseResult> {
  const omissions: Omission[] = [];
  const omit = ({ contestant, threads }: Entry, mode: Mode | 'all', reason: string): void => {
    omissions.push({ workload: workload.id, size: size.name, mode, threads, contestant: contestant.id, reason });
  };
  const players: Player[] = [];
  const taking = entries.filter(({ contestant }) => contestant.workloads.includes(workload.id));
  // nothing is timed while libraries load, so two may do so at once, one per core
  for (let i = 0; i < taking.length; i += 2) {
    const pair = taking.slice(i, i + 2);
    progress(`starting ${pair.map(({ contestant }) => contestant.id).join(' and ')}`);
    const joined = await Promise.all(pair.map((entry, core) => join(workload, size, entry, core)));
    for (const [k, player] of joined.entries()) {
      if (typeof player === 'string') omit(pair[k], 'all', player);
      else players.push(player);
    }
  }
  for (const player of players) player.partner.pin();

  const measured: Measured[] = [];
  for (const mode of size.modes) {
    const ready: Measured[] = [];
    for (const player of players.filter((one) => one.alive)) {
      progress(`${mode}: ${player.contestant.id} warms up`);
      const reply = await player.partner.ask({ ask: 'prepare', mode, evidence: true }, player.patience);
      if (reply.type === 'prepared') {
        const { evidence, once, executedBy } = reply;
        const ran = executedBy === undefined ? player.identity : { ...player.identity, executor: executedBy };
        ready.push({ player, mode, evidence, ran, times: once > LONG ? [once] : [], once });
      } else {
        omit(player, mode, reasonOf(reply));
        player.alive = reply.type === 'refused';
      }
    }
    for (let round = 0; round < effort.rounds; round++) {
      for (const one of ready.filter(({ player, once }) => player.alive && once <= LONG)) {
        progress(`${mode}, turn ${round + 1} of ${effort.rounds}: ${one.player.contestant.id}`);
        const { seconds, most } = effort;
        const reply = await one.player.partner.ask({ ask: 'run', seconds, least: 1, most }, one.player.patience);
        if (reply.type === 'times') one.times.push(...reply.times);
        else {
          omit(one.player, mode, reasonOf(reply));
          one.player.alive = false;
        }
      }
    }
    measured.push(...ready.filter(({ times }) => times.length > 0));
  }

  const peaks = new Map<Player, number | null>();
  for (const player of players) peaks.set(player, await leave(player));

  const rows = measured.map(({ player, mode, evidence, ran, times }): Row => {
    const { contestant, threads } = player;
    const of = (kind: Kind): Measured | undefined => measured.find((other) => other.mode === mode && other.player.contestant.kind === kind);
    const reference = of('ours') ?? of('plain');
    // peers have no triangle: of that case the spikes are compared, the gradients cannot be
    const foreign = contestant.kind !== 'ours' && contestant.kind !== 'plain';
    const comparable = foreign && size.variant === 'triangle' ? { ...evidence, gradients: {} } : evidence;
    const agreement =
      reference?.player === player ? null : reference && compare(reference.evidence, comparable, contestant.byDesign?.[workload.id]);
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
      ran,
      versions: player.versions,
    };
  });
  return { rows, omissions };
}

/** Peak memory of one mode, each entry in a fresh process. Those that cannot say it are left out. */
export async function measureMemory(workload: Workload, size: Size, mode: Mode, entries: readonly Entry[]): Promise<readonly Memory[]> {
  const found: Memory[] = [];
  for (const entry of entries.filter(({ contestant }) => contestant.workloads.includes(workload.id))) {
    const player = await join(workload, size, entry, 0);
    if (typeof player === 'string') continue;
    const reply = await player.partner.ask({ ask: 'prepare', mode, evidence: false }, player.patience);
    const peak = await leave(player);
    const { contestant, threads, importMemory: bare } = player;
    if (reply.type === 'prepared' && peak !== null)
      found.push({ contestant: contestant.id, kind: contestant.kind, threads, mode, peak, bare });
  }
  return found;
}
