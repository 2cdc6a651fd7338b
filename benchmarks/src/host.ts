/** The process that runs one case on one of the engines: the contestant's side of `protocol.ts`. Started by the harness, not by people. */
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Evidence, Prepared } from './engines/engine.ts';
import { ENGINES } from './engines/index.ts';
import type { Job, Reply, Request } from './protocol.ts';
import type { Mode } from './workload.ts';
import { WORKLOADS } from './workloads/index.ts';

const say = (reply: Reply): void => {
  process.stdout.write(`${JSON.stringify(reply)}\n`);
};

/** Peak memory of this process, bytes: of this program image where the system tells (Linux), else as the system accounts for it. */
function peakMemory(): number {
  try {
    const line = /VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'));
    if (line) return Number(line[1]) * 1024;
  } catch {
    // not Linux
  }
  return process.resourceUsage().maxRSS * 1024;
}

const now = (): number => performance.now();

async function timed(prepared: Prepared): Promise<number> {
  const started = now();
  const pending = prepared.run();
  if (pending) await pending;
  return now() - started;
}

async function repeat(prepared: Prepared, { seconds, least, most }: Omit<Extract<Request, { ask: 'run' }>, 'ask'>): Promise<number[]> {
  const times: number[] = [];
  const end = now() + seconds * 1000;
  while (times.length < least || (times.length < most && now() < end)) times.push(await timed(prepared));
  return times;
}

const NOTHING: Evidence = { spikes: {}, gradients: {} };

/** Milliseconds; a run that takes longer is not repeated to warm up. */
const LONG = 1000;
/** Runs that are not counted: short ones go on until engines that compile while they run have done so. */
const WARM_UP = { seconds: 0.1, least: 1, most: 5000 } as const;

async function main({ workload: id, size, threads, variant }: Job): Promise<void> {
  const workload = WORKLOADS.find((one) => one.id === id);
  const load = ENGINES[variant];
  if (!workload || !load) {
    say({ type: 'failed', reason: `there is no ${workload ? `engine '${variant}'` : `workload '${id}'`}` });
    return;
  }
  const engine = await load();
  say({ type: 'ready', identity: engine.identity(), versions: { node: process.versions.node }, memory: peakMemory() });
  const problem = workload.problem(size);
  let prepared: Prepared | null = null;

  const prepare = async (mode: Mode, withEvidence: boolean): Promise<void> => {
    prepared?.dispose();
    prepared = null;
    const reason = engine.refusal(workload, size, mode, threads);
    if (reason !== null) {
      say({ type: 'refused', reason });
      return;
    }
    try {
      prepared = await engine.prepare({ workload, size, problem }, mode, threads);
      const evidence = withEvidence ? await prepared.check() : NOTHING;
      const once = await timed(prepared);
      if (once < LONG) await repeat(prepared, WARM_UP);
      const executedBy = prepared.executedBy?.();
      say({ type: 'prepared', evidence, once, ...(executedBy === undefined ? {} : { executedBy }) });
    } catch (error) {
      prepared = null;
      say({ type: 'refused', reason: error instanceof Error ? error.message : String(error) });
    }
  };

  for await (const line of createInterface({ input: process.stdin })) {
    const request = JSON.parse(line) as Request;
    if (request.ask === 'end') break;
    if (request.ask === 'prepare') await prepare(request.mode, request.evidence);
    else if (prepared === null) say({ type: 'failed', reason: 'asked to run before anything was prepared' });
    else say({ type: 'times', times: await repeat(prepared, request) });
  }
  say({ type: 'end', memory: peakMemory() });
  process.exit(0);
}

try {
  await main(JSON.parse(process.argv[2]) as Job);
} catch (error) {
  say({ type: 'failed', reason: error instanceof Error ? error.message : String(error) });
  process.exit(1);
}
