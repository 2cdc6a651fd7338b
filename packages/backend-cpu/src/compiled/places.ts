/** Building a pass: where the values of nodes lie, how long they are needed, and the commands that have been added. */
import type { Plan, Schedule } from '@snn/compile';
import type { KernelSpec } from '@snn/compile/wasm';
import { sizeOf } from '@snn/core';
import type { Argument, Call, Command, Host, Kernel } from './commands.ts';
import type { Table } from './table.ts';

/** What a pass is for. */
export interface PassOptions {
  readonly name: string;
  readonly plan: Plan;
  readonly schedule: Schedule;
  readonly reversed: boolean;
  /** Nodes whose value at each step the caller gets, with the slot where it lies. */
  readonly given: ReadonlyMap<number, number>;
  /** Nodes that a later pass reads: they are kept for all steps. */
  readonly kept: ReadonlySet<number>;
  /** Nodes asked for as a sum over time: index of the parameter, node. Empty in a forward pass. */
  readonly totals: readonly (number | null)[];
}

export const FROM: Argument = { kind: 'from' };
export const TO: Argument = { kind: 'to' };
export const STEPS: Argument = { kind: 'steps' };
export const SCRATCH: Argument = { kind: 'scratch' };

/** A pass that is being built: its places and commands. */
export class Places {
  protected readonly table: Table;
  protected readonly options: PassOptions;
  protected readonly schedule: Schedule;
  protected readonly nodes: Schedule['program']['nodes'];
  protected readonly commands: Command[] = [];
  protected readonly kernels: KernelSpec[] = [];
  protected readonly local: Map<number, number> = new Map();
  protected readonly lifetimes: Map<number, { first: number; last: number }> = new Map();
  protected readonly states: number[];
  protected readonly repeatedNow: Map<string, number> = new Map();
  protected work = 0;

  constructor(table: Table, options: PassOptions) {
    this.table = table;
    this.options = options;
    this.schedule = options.schedule;
    this.nodes = options.schedule.program.nodes;
    this.states = options.schedule.states.map(({ before }, k) =>
      table.slot(`${options.name}: state ${k}`, sizeOf(this.nodes[before].shape), 'fixed'),
    );
  }

  protected timed(node: number): boolean {
    return this.schedule.changing.has(node);
  }

  /** A node that a reshape only names anew. */
  protected origin(node: number): number {
    const { op, inputs } = this.nodes[node];
    const [x] = inputs;
    if (op !== 'reshape' || typeof x !== 'object' || this.schedule.fixed.includes(node) || this.schedule.timed.includes(node)) return node;
    return this.timed(node) ? this.origin(x.node) : node;
  }

  /** Where the value of a node lies. */
  protected find(node: number): number {
    const origin = this.origin(node);
    const local = this.local.get(origin) ?? this.table.lasting.get(origin);
    if (local !== undefined) return local;
    if (this.timed(origin)) throw new Error(`%${node} of ${this.options.name} has no place yet`);
    return this.table.fixed(origin, this.nodes[origin]);
  }

  /** Where a node that is computed now is to be put. */
  protected define(node: number, span: 'chunk' | 'row' = 'chunk'): number {
    const { given, kept, name } = this.options;
    const known = this.local.get(node);
    if (known !== undefined) return known;
    const target = [...given.keys()].find((wanted) => this.origin(wanted) === node);
    const { op, shape } = this.nodes[node];
    const lasts = [...kept].some((wanted) => this.origin(wanted) === node);
    const slot =
      target === undefined
        ? this.table.slot(`${name}: %${node} = ${op} [${shape}]`, sizeOf(shape), lasts ? 'all' : span)
        : (given.get(target) as number);
    this.local.set(node, slot);
    if (lasts) this.table.lasting.set(node, slot);
    return slot;
  }

  protected temporary(name: string, size: number, span: 'chunk' | 'row'): number {
    return this.table.slot(`${this.options.name}: ${name}`, size, span);
  }

  /** Note that the command added next uses these slots. */
  protected use(slots: readonly number[]): void {
    const at = this.commands.length;
    for (const id of slots) {
      const { span, external } = this.table.slots[id];
      if (external !== 'no' || (span !== 'chunk' && span !== 'row')) continue;
      const lifetime = this.lifetimes.get(id);
      if (lifetime) lifetime.last = at;
      else this.lifetimes.set(id, { first: at, last: at });
    }
  }

  /** Add a command to the loop that is being built, or to the pass. */
  protected add(command: Call | Kernel | Host, slots: readonly number[], body: (Call | Kernel | Host)[] | null): void {
    this.use(slots);
    (body ?? this.commands).push(command);
  }

  protected needs(bytes: number): void {
    this.table.scratch = Math.max(this.table.scratch, bytes);
  }

  protected readonly address = (slot: number): Argument => ({ kind: 'address', slot });
  protected readonly number = (value: number): Argument => ({ kind: 'word', word: this.table.word(value) });
}
