/**
 * Worker threads over shared memory: each holds the same WebAssembly instances and runs its share of a pass when it is told to. They start when a
 * program is large enough to gain from them, sleep in between, never keep a process alive, and end when their backend is closed or collected.
 */

/** Words of the control block, in shared memory. A barrier takes the first two, then whether all threads may sleep. */
const [MAY_SLEEP, JOB, PROGRAM, PASS, ARGUMENTS] = [2, 3, 4, 5, 6];
/** Bytes of the control block. */
export const CONTROL_BYTES = 64;

/** Program number that sends workers back to their messages. */
const LEAVE = -1;

/**
 * What a worker runs, as text, so that no bundler has to find a file. Messages bring the memory and programs; between messages the worker waits
 * for jobs in shared memory, first spinning for some microseconds.
 */
const SOURCE = `
const port = typeof require === 'function' ? require('node:worker_threads').parentPort : self;
const listen = (f) => port.on ? port.on('message', f) : (port.onmessage = (event) => f(event.data));
let ints, seen, at, thread, base, memory;
const programs = new Map();
listen((message) => {
  if (message.memory) {
    ({ memory, at, thread } = message);
    ints = new Int32Array(memory.buffer, at, 16);
    base = new WebAssembly.Instance(message.base, { env: { memory } }).exports;
  }
  if (message.forget !== undefined) programs.delete(message.forget);
  if (message.program) {
    const host = () => { throw new Error('a worker has no host'); };
    const { exports } = new WebAssembly.Instance(message.program, { env: { ...base, memory, host } });
    programs.set(message.id, message.passes.map((name) => exports[name]));
  }
  seen = message.seen;
  port.postMessage('ready');
  for (;;) {
    for (let i = 0; i < 5000 && Atomics.load(ints, ${JOB}) === seen; i++);
    if (Atomics.load(ints, ${JOB}) === seen) {
      Atomics.wait(ints, ${JOB}, seen);
      continue;
    }
    seen = Atomics.load(ints, ${JOB});
    if (ints[${PROGRAM}] === ${LEAVE}) return;
    const [table, begin, end, chunk, threads, scratch, scratchBytes] = ints.subarray(${ARGUMENTS}, ${ARGUMENTS} + 7);
    programs.get(ints[${PROGRAM}])[ints[${PASS}]](table, begin, end, chunk, thread, threads, at, scratch + thread * scratchBytes);
  }
});
`;

/** A worker of Node.js or of a browser. */
interface Worker {
  postMessage(message: unknown): void;
  terminate(): unknown;
  ref?(): void;
  unref?(): void;
  on?(event: string, listener: (data: unknown) => void): void;
  onmessage?: ((event: { readonly data: unknown }) => void) | null;
  onerror?: ((event: { readonly message?: string }) => void) | null;
}

interface Host {
  readonly process?: { getBuiltinModule?(name: string): unknown };
  readonly Worker?: new (url: string) => Worker;
  readonly navigator?: { readonly hardwareConcurrency?: number };
  readonly SharedArrayBuffer?: unknown;
  readonly document?: unknown;
}
const host = globalThis as unknown as Host;

const builtin = <M>(name: string): M | undefined => host.process?.getBuiltinModule?.(name) as M | undefined;

/** Threads that this machine runs at once. */
export function availableThreads(): number {
  const { availableParallelism } = builtin<{ availableParallelism?(): number }>('node:os') ?? {};
  return availableParallelism?.() ?? host.navigator?.hardwareConcurrency ?? 1;
}

/** Why threads cannot share memory here, or null. */
export function sharingMissing(): string | null {
  if (host.SharedArrayBuffer === undefined)
    return 'this page is not cross-origin isolated (headers COOP and COEP), so there is no SharedArrayBuffer';
  return null;
}

function start(): Worker {
  const node = builtin<{ Worker: new (source: string, options: { readonly eval: boolean }) => Worker }>('node:worker_threads');
  if (node) return new node.Worker(SOURCE, { eval: true });
  if (!host.Worker) throw new Error('this engine has no workers');
  const url = URL.createObjectURL(new Blob([SOURCE], { type: 'text/javascript' }));
  try {
    return new host.Worker(url);
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** What the pool needs to know of a program. */
export interface ThreadedProgram {
  readonly id: number;
  readonly module: WebAssembly.Module;
  readonly passes: readonly string[];
}

/** Workers of one backend. */
export class Threads {
  readonly #memory: WebAssembly.Memory;
  readonly #at: number;
  readonly #workers: Worker[] = [];
  readonly #known = new Set<number>();
  #base: WebAssembly.Module;
  #job = 0;
  #inLoop = false;
  #busy: Promise<unknown> = Promise.resolve();
  /** Why there is one thread after all, or null. */
  missing: string | null = null;
  readonly #wanted: number;

  /** @param at address of the control block; `base`: what every program imports. */
  constructor(memory: WebAssembly.Memory, at: number, base: WebAssembly.Module, wanted: number) {
    this.#memory = memory;
    this.#at = at;
    this.#base = base;
    this.#wanted = wanted;
    // the main thread of a page must not sleep
    this.#ints[MAY_SLEEP] = host.document === undefined ? 1 : 0;
  }

  get #ints(): Int32Array {
    return new Int32Array(this.#memory.buffer, this.#at, CONTROL_BYTES / 4);
  }

  /** Give the workers a program; afterwards `run` may use them for it. Starts them if need be. */
  async add(program: ThreadedProgram): Promise<void> {
    const turn = this.#busy.then(() => this.#add(program));
    this.#busy = turn.catch(() => {});
    await turn;
  }

  async #add({ id, module, passes }: ThreadedProgram): Promise<void> {
    if (this.missing !== null || this.#known.has(id)) return;
    try {
      const fresh = this.#workers.length === 0;
      if (fresh) for (let i = 1; i < this.#wanted; i++) this.#workers.push(this.#start());
      this.#leave();
      await Promise.all(
        this.#workers.map((worker, i) =>
          this.#ask(worker, {
            ...(fresh ? { memory: this.#memory, at: this.#at, thread: i + 1, base: this.#base } : {}),
            program: module,
            id,
            passes,
            seen: this.#job,
          }),
        ),
      );
      this.#inLoop = true;
      this.#known.add(id);
    } catch (error) {
      this.missing = `worker threads could not be started: ${(error as Error).message}`;
      this.close();
    }
  }

  /** Send the workers back to their messages. */
  #leave(): void {
    if (!this.#inLoop) return;
    this.#ints[PROGRAM] = LEAVE;
    this.#next();
    this.#inLoop = false;
  }

  #next(): void {
    this.#job = (this.#job + 1) | 0;
    Atomics.store(this.#ints, JOB, this.#job);
    Atomics.notify(this.#ints, JOB);
  }

  /** Send a message; the worker answers when it is done with it. A process stays alive for the answer only. */
  #ask(worker: Worker, message: unknown): Promise<void> {
    worker.ref?.();
    const answer = new Promise<void>((done, fail) => {
      this.#asked.set(worker, {
        done: () => {
          worker.unref?.();
          done();
        },
        fail: (error) => fail(new Error((error as { message?: string } | undefined)?.message ?? 'the worker was refused')),
      });
    });
    worker.postMessage(message);
    return answer;
  }

  readonly #asked = new Map<Worker, { done(): void; fail(error: unknown): void }>();

  #start(): Worker {
    const worker = start();
    const done = (): void => this.#asked.get(worker)?.done();
    const fail = (error: unknown): void => this.#asked.get(worker)?.fail(error);
    if (worker.on) {
      worker.on('message', done);
      worker.on('error', fail);
      worker.on('exit', () => fail({ message: 'the worker ended' }));
    } else {
      worker.onmessage = done;
      worker.onerror = fail;
    }
    return worker;
  }

  /** Threads that can run a program: 1 unless the workers have it. */
  count(id: number): number {
    return this.#inLoop && this.#known.has(id) ? this.#workers.length + 1 : 1;
  }

  /** Let the workers run their shares of a pass; the caller runs that of thread 0, whose last barrier waits for all. */
  wake(id: number, pass: number, ...given: readonly number[]): void {
    const ints = this.#ints;
    ints[PROGRAM] = id;
    ints[PASS] = pass;
    ints.set(given, ARGUMENTS);
    this.#next();
  }

  /** Address of the control block. */
  get control(): number {
    return this.#at;
  }

  /** End the workers. */
  close(): void {
    for (const worker of this.#workers.splice(0)) worker.terminate();
    this.#asked.clear();
    this.#known.clear();
    this.#inLoop = false;
  }
}
