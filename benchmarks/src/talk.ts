/** The harness' side of `protocol.ts`: start a contestant's process, ask, wait for the answer. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { createInterface } from 'node:readline';
import type { Job, Reply, Request } from './protocol.ts';

/** A running contestant. */
export interface Partner {
  /** The next answer; a `failed` one when there is none within `seconds` (the process is then ended) or when the process ends. */
  listen(seconds: number): Promise<Reply>;
  ask(request: Request, seconds: number): Promise<Reply>;
  /** Hold a process of one thread on the first core, with all threads that its library has started, where the system can. */
  pin(): void;
  /** End the process, if it has not done so itself. */
  stop(): void;
}

const PIN = '/usr/bin/taskset';

/** Whether a contestant of one thread can be held on the first core, as Linux can. */
export const canPin = (): boolean => existsSync(PIN);

const threadVariables = (threads: number): Record<string, string> => ({
  OMP_NUM_THREADS: String(threads),
  MKL_NUM_THREADS: String(threads),
  OPENBLAS_NUM_THREADS: String(threads),
  // without it two OpenMP threads may share one core for the whole run
  ...(threads > 1 ? { OMP_PROC_BIND: 'TRUE' } : {}),
});

/** Start a process; one that has one thread is pinned to core number `core`, so that libraries see one core when they load. */
export function start(command: readonly string[], job: Job, core = 0): Partner {
  const alone = job.threads === 1 && canPin();
  const pinned = alone ? [PIN, '-c', String(core % availableParallelism()), ...command] : command;
  const [program, ...args] = [...pinned, JSON.stringify(job)];
  const child = spawn(program, args, { env: { ...process.env, ...threadVariables(job.threads) }, stdio: ['pipe', 'pipe', 'pipe'] });
  const replies: Reply[] = [];
  let waiting: ((reply: Reply) => void) | null = null;
  let complaint = '';
  let over: Reply | null = null;
  const deliver = (reply: Reply): void => {
    if (waiting) {
      const resolve = waiting;
      waiting = null;
      resolve(reply);
    } else replies.push(reply);
  };
  createInterface({ input: child.stdout }).on('line', (line) => {
    // libraries print, too
    if (!line.startsWith('{"type"')) return;
    try {
      deliver(JSON.parse(line) as Reply);
    } catch {
      deliver({ type: 'failed', reason: `gave an answer that is no JSON: ${line.slice(0, 200)}` });
    }
  });
  child.stderr.on('data', (chunk: Buffer) => {
    complaint = `${complaint}${chunk.toString()}`.slice(-2000);
  });
  const finish = (reason: string): void => {
    if (over) return;
    over = { type: 'failed', reason };
    deliver(over);
  };
  child.on('error', (error) => finish(`cannot be started: ${error.message}`));
  // the line that names the error: Python says it last, Node before the stack
  const lastWords = (): string => {
    const lines = complaint.trim().split('\n');
    return lines.findLast((line) => /Error\b/.test(line)) ?? lines.at(-1) ?? '';
  };
  child.on('close', (code, signal) => finish(`ended (${signal ?? code}): ${lastWords().trim()}`));
  child.stdin.on('error', () => {});

  const listen = (seconds: number): Promise<Reply> => {
    const ready = replies.shift() ?? over;
    if (ready) return Promise.resolve(ready);
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        child.kill('SIGKILL');
        finish(`no answer within ${seconds} s`);
      }, seconds * 1000);
      waiting = (reply) => {
        clearTimeout(timer);
        resolve(reply);
      };
    });
  };
  return {
    listen,
    ask(request, seconds) {
      child.stdin.write(`${JSON.stringify(request)}\n`);
      return listen(seconds);
    },
    pin: () => {
      if (alone && core > 0 && child.pid !== undefined) spawnSync(PIN, ['-a', '-c', '-p', '0', String(child.pid)]);
    },
    stop: () => {
      if (!over) child.kill('SIGKILL');
    },
  };
}
