/**
 * What the compiled programs of one backend share: its memory, the fixed kernels, WebAssembly modules by their code, and threads.
 */
import { assemble, type FunctionImport, type FunctionSpec } from '@snn/compile/wasm';
import { unsupportedError } from '@snn/core';
import { IMAGES } from '../wasm/images/index.ts';
import { products } from '../wasm/kernels/index.ts';
import { RANDOM } from '../wasm/random/index.ts';
import { BARRIER } from './driver.ts';
import { MAXIMUM_PAGES, Memory } from './memory.ts';
import { SUPPORT } from './support.ts';
import { CONTROL_BYTES, sharingMissing, Threads } from './threads.ts';

/** Exported functions. */
export type Functions = Readonly<Record<string, (...args: number[]) => number>>;

/** A call of the host out of a pass: task, first step of the chunk, its steps, and inside a loop which of them, else -1. */
export type HostCall = (task: number, first: number, steps: number, inside: number) => void;

/** A program's functions, ready to run. */
export interface Instance {
  readonly id: number;
  readonly functions: Functions;
}

const fixedFunctions = (fused: boolean): readonly FunctionSpec[] => [...products(fused), ...IMAGES, ...RANDOM, ...SUPPORT, BARRIER];
const HOST: FunctionImport = { name: 'host', parameters: ['i32', 'i32', 'i32', 'i32'] };

/** Modules kept by their code. */
const MODULES = 64;

export class Engine {
  readonly memory: Memory;
  /** Functions that every program may call. */
  readonly fixed: Functions;
  readonly threads: Threads;
  readonly #modules = new Map<string, { readonly module: WebAssembly.Module; readonly id: number }>();
  readonly #imports: readonly FunctionImport[];
  #ids = 0;
  /** Threads that programs may use at most. */
  readonly wanted: number;

  /** What to say of the arithmetic, or null. */
  readonly note: string | null;

  /** @param fused see `products`. */
  constructor(threads: number, fused: boolean, note: string | null) {
    this.wanted = threads;
    this.note = fused ? 'fused multiply-add' : note;
    const fixed = fixedFunctions(fused);
    this.#imports = [...fixed.map(({ name, parameters, results }) => ({ name, parameters, results })), HOST];
    const unshared = sharingMissing();
    this.memory = new Memory(unshared === null);
    const base = new WebAssembly.Module(assemble(fixed, this.#limits));
    this.fixed = new WebAssembly.Instance(base, { env: { memory: this.memory.memory } }).exports as unknown as Functions;
    const control = this.memory.allocate('control block', CONTROL_BYTES);
    this.threads = new Threads(this.memory.memory, control, base, threads);
    this.threads.missing = threads > 1 ? unshared : 'one thread was asked for';
  }

  get #limits(): { readonly maximum: number } | undefined {
    return this.memory.shared ? { maximum: MAXIMUM_PAGES } : undefined;
  }

  /** Functions of a program that call the fixed ones; the same code is compiled once. */
  instance(functions: readonly FunctionSpec[], host: HostCall): Instance & { readonly module: WebAssembly.Module } {
    const bytes = assemble(functions, this.#limits, this.#imports);
    const code = new TextDecoder('latin1').decode(bytes);
    let known = this.#modules.get(code);
    if (!known) {
      known = { module: new WebAssembly.Module(bytes), id: this.#ids++ };
      const [oldest] = this.#modules.keys();
      if (this.#modules.size >= MODULES) this.#modules.delete(oldest);
    } else this.#modules.delete(code);
    this.#modules.set(code, known);
    const { module, id } = known;
    const { exports } = new WebAssembly.Instance(module, { env: { ...this.fixed, memory: this.memory.memory, host } });
    return { id, module, functions: exports as unknown as Functions };
  }

  /** Run pass number `pass` of a program on as many threads as have it, or on one. */
  run({ id, functions }: Instance, pass: number, name: string, parallel: boolean, given: PassArguments): void {
    const { table, begin, end, chunk, scratch, scratchBytes } = given;
    const threads = parallel ? this.threads.count(id) : 1;
    if (threads > 1) this.threads.wake(id, pass, table, begin, end, chunk, threads, scratch, scratchBytes);
    try {
      functions[name](table, begin, end, chunk, 0, threads, this.threads.control, scratch);
    } catch (error) {
      if (threads > 1 && error instanceof WebAssembly.RuntimeError) {
        this.threads.close();
        throw unsupportedError(
          `cpu: a worker thread stopped answering (${error.message}); what ran is lost, and one thread runs from now on.`,
        );
      }
      throw error;
    }
  }

  close(): void {
    this.threads.close();
  }
}

/** See `passFunction`. */
export interface PassArguments {
  readonly table: number;
  readonly begin: number;
  readonly end: number;
  readonly chunk: number;
  readonly scratch: number;
  readonly scratchBytes: number;
}
