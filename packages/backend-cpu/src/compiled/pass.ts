/**
 * From a schedule to commands: elementwise regions become kernels, products and column sums calls, loops of recurrent layers commands for one step
 * after the other, and what has no kernel is given to the host. Values that only this pass needs live for one chunk of steps.
 */
import {
  isElementwise,
  operandsOf,
  type Plan,
  partsOf,
  type Region,
  type RegionKernel,
  regionKernel,
  regions,
  type Schedule,
} from '@snn/compile';
import type { KernelSpec } from '@snn/compile/wasm';
import { type DerivedName, sameShape, sizeOf } from '@snn/core';
import { type ImageCall, imageCall } from '../wasm/images/index.ts';
import { multiplyScratchBytes, multiplyTransposedScratchBytes, packedBytes } from '../wasm/kernels/index.ts';
import type { Argument, Call, Command, Host, Kernel, Slot } from './commands.ts';
import type { Lifetime } from './layout.ts';

/** Something the host computes: a node by the plain tier, or a value repeated to a larger shape. */
export interface HostWork {
  readonly node: number;
  readonly operands: readonly (number | { readonly slot: number; readonly shape: readonly number[]; readonly timed: boolean })[];
  readonly to: number;
  /** Set for a repeated value. */
  readonly repeated?: readonly number[];
}

/** One direction of a plan as commands. */
export interface Pass {
  readonly name: string;
  readonly reversed: boolean;
  readonly schedule: Schedule;
  readonly commands: readonly Command[];
  readonly kernels: readonly KernelSpec[];
  /** Slots of this pass only, in commands. */
  readonly lifetimes: ReadonlyMap<number, { readonly first: number; readonly last: number }>;
  /** Slot of each state of the schedule: holds it before and after the pass. */
  readonly states: readonly number[];
  /** Slot of each parameter's gradient, or null if it does not change with time or is not asked for. */
  readonly totals: readonly (number | null)[];
  /** Operations per step, roughly: whether threads are worth waking. */
  readonly work: number;
}

/** Slots and words that the passes of a program share. */
export class Table {
  readonly slots: Slot[] = [];
  readonly words: number[] = [];
  readonly host: HostWork[] = [];
  /** Bytes of scratch that the calls of one thread need. */
  scratch = 0;
  /** Slots of nodes that outlive a pass. */
  readonly lasting: Map<number, number> = new Map();
  /** Repeated values of nodes that do not change with time: computed with the parameters. */
  readonly repeats: HostWork[] = [];
  /** Right operands of products: packed with the parameters. */
  readonly packs: { readonly from: number; readonly to: number; readonly k: number; readonly n: number }[] = [];
  readonly #repeated = new Map<string, number>();

  word(value: number): number {
    return this.words.push(value) - 1;
  }

  slot(name: string, size: number, span: Slot['span'], external: Slot['external'] = 'no'): number {
    const id = this.slots.length;
    this.slots.push({ id, name, size, span, external });
    return id;
  }

  /** The slot of a node that does not change with time. */
  fixed(node: number, { op, shape }: { readonly op: string; readonly shape: readonly number[] }): number {
    const known = this.lasting.get(node);
    if (known !== undefined) return known;
    const slot = this.slot(`%${node} = ${op} [${shape}]`, sizeOf(shape), 'fixed');
    this.lasting.set(node, slot);
    return slot;
  }

  /** The slot of a right operand of products that does not change with time, as their kernel wants it. */
  packed(node: number, slot: number, k: number, n: number): number {
    const known = this.packs.find((pack) => pack.from === slot);
    if (known) return known.to;
    const to = this.slot(`%${node} packed`, packedBytes(k, n) / 4, 'fixed');
    this.packs.push({ from: slot, to, k, n });
    this.scratch = Math.max(this.scratch, 4 * k);
    return to;
  }

  /** The slot of a value that does not change with time, repeated to `shape`. */
  repeated(node: number, own: readonly number[], slot: number, shape: readonly number[]): number {
    const key = `${node} ${shape}`;
    const known = this.#repeated.get(key);
    if (known !== undefined) return known;
    const to = this.slot(`%${node} repeated to [${shape}]`, sizeOf(shape), 'fixed');
    this.repeats.push({ node, operands: [{ slot, shape: own, timed: false }], to, repeated: shape });
    this.#repeated.set(key, to);
    return to;
  }
}

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

/** Build the commands of a pass. */
export function buildPass(table: Table, options: PassOptions): Pass {
  return new Builder(table, options).build();
}

class Builder {
  readonly #table: Table;
  readonly #options: PassOptions;
  readonly #schedule: Schedule;
  readonly #nodes: Schedule['program']['nodes'];
  readonly #commands: Command[] = [];
  readonly #kernels: KernelSpec[] = [];
  readonly #local = new Map<number, number>();
  readonly #lifetimes = new Map<number, { first: number; last: number }>();
  readonly #states: number[];
  readonly #repeatedNow = new Map<string, number>();
  #work = 0;

  constructor(table: Table, options: PassOptions) {
    this.#table = table;
    this.#options = options;
    this.#schedule = options.schedule;
    this.#nodes = options.schedule.program.nodes;
    this.#states = options.schedule.states.map(({ before }, k) =>
      table.slot(`${options.name}: state ${k}`, sizeOf(this.#nodes[before].shape), 'fixed'),
    );
  }

  build(): Pass {
    const { plan, name, reversed, given } = this.#options;
    const skip = this.#options.totals.length > 0 ? unneeded(plan, this.#schedule) : new Set<number>();
    const list = regions(this.#schedule, skip);
    for (const region of list) {
      if (region.kind === 'once') continue;
      if (region.kind === 'node') for (const node of region.nodes) this.#node(node, null);
      else if (region.kind === 'shift') for (const k of region.states) this.#shift(k);
      else if (region.kind === 'loop') this.#loop(region, list);
      else this.#elementwise(region, list);
    }
    const totals = this.#options.totals.map((node) => (node === null ? null : this.#total(node)));
    for (const [node, slot] of given) {
      const from = this.#find(node);
      if (from !== slot && this.#schedule.changing.has(node)) this.#copy(from, slot, this.#nodes[node].shape);
    }
    return {
      name,
      reversed,
      schedule: this.#schedule,
      commands: this.#commands,
      kernels: this.#kernels,
      lifetimes: this.#lifetimes,
      states: this.#states,
      totals,
      work: this.#work,
    };
  }

  #timed(node: number): boolean {
    return this.#schedule.changing.has(node);
  }

  /** A node that a reshape only names anew. */
  #origin(node: number): number {
    const { op, inputs } = this.#nodes[node];
    const [x] = inputs;
    if (op !== 'reshape' || typeof x !== 'object' || this.#schedule.fixed.includes(node) || this.#schedule.timed.includes(node))
      return node;
    return this.#timed(node) ? this.#origin(x.node) : node;
  }

  /** Where the value of a node lies. */
  #find(node: number): number {
    const origin = this.#origin(node);
    const local = this.#local.get(origin) ?? this.#table.lasting.get(origin);
    if (local !== undefined) return local;
    if (this.#timed(origin)) throw new Error(`%${node} of ${this.#options.name} has no place yet`);
    return this.#table.fixed(origin, this.#nodes[origin]);
  }

  /** Where a node that is computed now is to be put. */
  #define(node: number, span: 'chunk' | 'row' = 'chunk'): number {
    const { given, kept, name } = this.#options;
    const known = this.#local.get(node);
    if (known !== undefined) return known;
    const target = [...given.keys()].find((wanted) => this.#origin(wanted) === node);
    const { op, shape } = this.#nodes[node];
    const lasts = [...kept].some((wanted) => this.#origin(wanted) === node);
    const slot =
      target === undefined
        ? this.#table.slot(`${name}: %${node} = ${op} [${shape}]`, sizeOf(shape), lasts ? 'all' : span)
        : (given.get(target) as number);
    this.#local.set(node, slot);
    if (lasts) this.#table.lasting.set(node, slot);
    return slot;
  }

  #temporary(name: string, size: number, span: 'chunk' | 'row'): number {
    return this.#table.slot(`${this.#options.name}: ${name}`, size, span);
  }

  /** Note that the command added next uses these slots. */
  #use(slots: readonly number[]): void {
    const at = this.#commands.length;
    for (const id of slots) {
      const { span, external } = this.#table.slots[id];
      if (external !== 'no' || (span !== 'chunk' && span !== 'row')) continue;
      const lifetime = this.#lifetimes.get(id);
      if (lifetime) lifetime.last = at;
      else this.#lifetimes.set(id, { first: at, last: at });
    }
  }

  /** Add a command to the loop that is being built, or to the pass. */
  #add(command: Call | Kernel | Host, slots: readonly number[], body: (Call | Kernel | Host)[] | null): void {
    this.#use(slots);
    (body ?? this.#commands).push(command);
  }

  #needs(bytes: number): void {
    this.#table.scratch = Math.max(this.#table.scratch, bytes);
  }

  readonly #address = (slot: number): Argument => ({ kind: 'address', slot });
  readonly #number = (value: number): Argument => ({ kind: 'word', word: this.#table.word(value) });

  /** Let the plain tier compute a node. */
  #hosted(node: number, body: (Call | Kernel | Host)[] | null, span: 'chunk' | 'row'): void {
    const operands = this.#nodes[node].inputs.map((x) =>
      typeof x === 'number' ? x : { slot: this.#find(x.node), shape: this.#nodes[x.node].shape, timed: this.#timed(x.node) },
    );
    const to = this.#define(node, span);
    const task = this.#table.host.push({ node, operands, to }) - 1;
    this.#work += 8 * sizeOf(this.#nodes[node].shape);
    this.#add({ kind: 'host', task }, [to, ...operands.flatMap((x) => (typeof x === 'number' ? [] : [x.slot]))], body);
  }

  /** One node that is not elementwise, for all steps of a chunk or for one step of a loop. */
  #node(node: number, body: (Call | Kernel | Host)[] | null, span: 'chunk' | 'row' = 'chunk'): void {
    const { op, inputs, shape, attributes } = this.#nodes[node];
    if (this.#origin(node) !== node) return;
    const refs = inputs.map((x) => (typeof x === 'number' ? null : x.node));
    const [x, y] = refs;
    const shapeOf = (i: number): readonly number[] => this.#nodes[i].shape;
    const rowsOf = (m: number): Call['total'] => ({ kind: body ? 'word' : 'perStep', word: this.#table.word(m) });
    const timed = x !== null && this.#timed(x);
    const image = this.#imageCall(node, body !== null);
    if (image) this.#image(node, image, body, span);
    else if (op === 'matmul' && shape.length === 2 && x !== null && y !== null && timed && !this.#timed(y)) {
      const [m, k] = shapeOf(x);
      const [, n] = shape;
      const [a, w] = [this.#find(x), this.#table.packed(y, this.#find(y), k, n)];
      const out = this.#define(node, span);
      this.#work += (m * k * n) / 8;
      this.#needs(multiplyScratchBytes(k));
      this.#add(
        {
          kind: 'call',
          name: 'multiply',
          arguments: [this.#address(a), this.#address(w), this.#address(out), FROM, TO, this.#number(k), this.#number(n), SCRATCH],
          total: rowsOf(m),
        },
        [a, w, out],
        body,
      );
    } else if (op === 'sum' && x !== null && timed && shapeOf(x).length === 2 && `${attributes[0]}` === '0' && !body) {
      const [rows, n] = shapeOf(x);
      const from = this.#find(x);
      const out = this.#define(node, span);
      this.#work += rows * n;
      this.#add(
        {
          kind: 'call',
          name: 'addRows',
          arguments: [this.#address(from), this.#address(out), this.#number(rows), this.#number(n), STEPS, FROM, TO],
          total: { kind: 'word', word: this.#table.word(n) },
        },
        [from, out],
        body,
      );
    } else if ((op === 'slice' || op === 'concat') && this.#alongLast(node, body !== null)) {
      this.#columns(node, body, span, rowsOf);
    } else this.#hosted(node, body, span);
  }

  /** The call for an operation on images, if there is one. */
  #imageCall(node: number, inLoop: boolean): ImageCall | null {
    const refs = operandsOf(this.#nodes[node]);
    const operands = refs.map((i) => ({ shape: this.#nodes[i].shape, timed: this.#timed(i) }));
    // sums over time are made elsewhere; for several steps only images may change with time
    if (this.#nodes[node].op === 'conv2dWeightGradient') return null;
    return imageCall(this.#nodes[node], operands, 2) || inLoop ? imageCall(this.#nodes[node], operands, 1) : null;
  }

  #image(
    node: number,
    { name, numbers, range, count, scratchBytes }: ImageCall,
    body: (Call | Kernel | Host)[] | null,
    span: 'chunk' | 'row',
  ): void {
    const slots = [...operandsOf(this.#nodes[node]).map((i) => this.#find(i)), this.#define(node, span)];
    const total: Call['total'] = { kind: body || range === 'channels' ? 'word' : 'perStep', word: this.#table.word(count) };
    this.#work += 32 * sizeOf(this.#nodes[node].shape);
    this.#needs(scratchBytes);
    this.#add(
      {
        kind: 'call',
        name,
        arguments: [...slots.map(this.#address), FROM, TO, SCRATCH, ...numbers.map(this.#number)],
        total,
      },
      slots,
      body,
    );
  }

  /**
   * Whether a slice or a concat only concerns the last axis. For several steps at once each of its parts must have rows of its own in every step;
   * inside a loop, where one step is done, what is the same in all steps has the rows of a step.
   */
  #alongLast(node: number, inLoop: boolean): boolean {
    const { op, inputs, shape, attributes } = this.#nodes[node];
    if (!this.#timed(node) || !(inLoop || operandsOf(this.#nodes[node]).every((i) => this.#timed(i)))) return false;
    if (op === 'concat') return attributes[0] === shape.length - 1;
    const [x] = inputs as readonly { readonly node: number }[];
    return sameShape(this.#nodes[x.node].shape.slice(0, -1), shape.slice(0, -1));
  }

  /** Columns of a matrix, or matrices beside each other: copied row by row. */
  #columns(node: number, body: (Call | Kernel | Host)[] | null, span: 'chunk' | 'row', rowsOf: (m: number) => Call['total']): void {
    const { op, inputs, shape, attributes } = this.#nodes[node];
    const last = shape.length - 1;
    const rows = sizeOf(shape.slice(0, -1));
    const out = this.#define(node, span);
    let at = 0;
    for (const { node: part } of inputs as readonly { readonly node: number }[]) {
      const own = this.#nodes[part].shape[last];
      const [begin, width] = op === 'slice' ? [(attributes[0] as number[])[last], shape[last]] : [0, own];
      const from = this.#find(part);
      this.#add(
        {
          kind: 'call',
          name: 'copyColumns',
          arguments: [
            this.#address(from),
            this.#address(out),
            FROM,
            TO,
            this.#number(4 * own),
            this.#number(4 * begin),
            this.#number(4 * shape[last]),
            this.#number(4 * at),
            this.#number(4 * width),
          ],
          total: rowsOf(rows),
        },
        [from, out],
        body,
      );
      at += width;
    }
    this.#work += sizeOf(shape);
  }

  #copy(from: number, to: number, shape: readonly number[], body: (Call | Kernel | Host)[] | null = null): void {
    const bytes = this.#number(4 * sizeOf(shape));
    const zero = this.#number(0);
    // one row of the copy is one step, or a row of a loop's share
    const [rows, width] = body ? [shape[0] ?? 1, this.#number((4 * sizeOf(shape)) / (shape[0] ?? 1))] : [1, bytes];
    this.#add(
      {
        kind: 'call',
        name: 'copyColumns',
        arguments: [this.#address(from), this.#address(to), FROM, TO, width, zero, width, zero, width],
        total: { kind: body ? 'word' : 'perStep', word: this.#table.word(rows) },
      },
      [from, to],
      body,
    );
  }

  /** A state on no cycle: its computed values, one step late. */
  #shift(k: number): void {
    const { before, after } = this.#schedule.states[k];
    const size = sizeOf(this.#nodes[before].shape);
    const from = this.#timed(after) ? this.#find(after) : this.#everyStep(after);
    const to = this.#define(before);
    const state = this.#states[k];
    this.#add(
      {
        kind: 'call',
        name: 'shift',
        arguments: [
          this.#address(from),
          this.#address(to),
          this.#address(state),
          this.#number(4 * size),
          STEPS,
          this.#number(this.#options.reversed ? 1 : 0),
        ],
        total: null,
      },
      [from, to],
      null,
    );
  }

  /** A value that does not change with time, for each step of a chunk. */
  #everyStep(node: number): number {
    const { shape } = this.#nodes[node];
    const slot = this.#find(node);
    const to = this.#temporary(`%${node} at every step`, sizeOf(shape), 'chunk');
    const task = this.#table.host.push({ node, operands: [{ slot, shape, timed: false }], to, repeated: shape }) - 1;
    this.#add({ kind: 'host', task }, [to], null);
    return to;
  }

  /** The slot of an operand of a kernel over `shape`; repeated to it if it has another. */
  #operand(node: number, shape: readonly number[]): number {
    const own = this.#nodes[node].shape;
    if (sizeOf(own) === 1 && !this.#timed(node)) return this.#find(node);
    if (sameShape(own, shape)) return this.#find(node);
    const slot = this.#find(node);
    if (!this.#timed(node)) return this.#table.repeated(node, own, slot, shape);
    const key = `${node} ${shape}`;
    const known = this.#repeatedNow.get(key);
    if (known !== undefined) return known;
    const to = this.#temporary(`%${node} repeated to [${shape}]`, sizeOf(shape), 'chunk');
    const task = this.#table.host.push({ node, operands: [{ slot, shape: own, timed: true }], to, repeated: shape }) - 1;
    this.#add({ kind: 'host', task }, [slot, to], null);
    this.#repeatedNow.set(key, to);
    return to;
  }

  /** Nodes that something else than these regions' own kernels reads at every step. */
  #readOutside(list: readonly Region[], own: Region): Set<number> {
    const { states, delayed } = this.#schedule;
    // of states that are carried only the last is asked for, which lies where the state does
    const read = new Set([...this.#options.given.keys(), ...this.#options.kept, ...delayed.map((k) => states[k].after)]);
    for (const node of this.#options.totals) {
      if (node === null) continue;
      read.add(node);
      for (const i of operandsOf(this.#nodes[node])) read.add(i);
      const left = transposedOperand(this.#options.plan, node);
      if (left !== null) read.add(left);
    }
    for (const other of list) {
      if (other === own) continue;
      for (const node of other.nodes) for (const i of operandsOf(this.#nodes[node])) read.add(i);
      for (const k of other.states) read.add(states[k].after);
    }
    // what is read under another name
    for (const node of [...read]) read.add(this.#origin(node));
    return read;
  }

  #elementwise(region: Region, list: readonly Region[]): void {
    const read = this.#readOutside(list, region);
    const kernel = regionKernel(`${this.#options.name}${this.#kernels.length}`, this.#schedule, region.nodes, region.states, read, WHOLE);
    this.#kernel(kernel, null, 'chunk', 1);
  }

  #kernel({ spec, shape, ...kernel }: RegionKernel, body: (Call | Kernel | Host)[] | null, span: 'chunk' | 'row', parts: number): void {
    const operands = [...kernel.streams, ...kernel.fixed, ...kernel.scalars].map((node) => this.#operand(node, shape));
    const states = kernel.states.map((k) => this.#states[k]);
    const results = kernel.results.map((node) => this.#define(node, span));
    const slots = [...operands, ...states, ...results];
    const size = sizeOf(shape);
    this.#kernels.push(spec);
    this.#work += (size * (spec.operations.length + slots.length)) / 4;
    this.#add(
      {
        kind: 'kernel',
        name: spec.name,
        operands: slots,
        row: this.#table.word(4 * size),
        part: this.#table.word((4 * size) / parts),
      },
      slots,
      body,
    );
  }

  /** A cycle with other than elementwise nodes: step by step. */
  #loop(region: Region, list: readonly Region[]): void {
    const { states } = this.#schedule;
    const carried = region.states;
    const before = new Map(carried.map((k) => [states[k].before, k]));
    const inside = new Set([...region.nodes, ...before.keys()]);
    const shapeOf = (node: number): readonly number[] => this.#nodes[node].shape;
    // a kernel reads operands of its own shape; where values of several shapes meet, nodes run one by one
    const parts = partsOf(this.#schedule, region).flatMap((part): Region[] => {
      const meets =
        part.kind === 'elementwise' &&
        part.nodes.some((node) => operandsOf(this.#nodes[node]).some((i) => inside.has(i) && !sameShape(shapeOf(i), shapeOf(node))));
      return meets ? part.nodes.map((node) => ({ kind: 'node', nodes: [node], states: [] })) : [part];
    });
    const readsOf = (part: Region): Set<number> => new Set(part.nodes.flatMap((node) => operandsOf(this.#nodes[node])));

    // a state is updated in place by the kernel that computes it, unless a later part still reads it as it was
    const own = new Map<number, number[]>(parts.map((_, j) => [j, []]));
    const late: number[] = [];
    for (const k of carried) {
      const state = states[k];
      const source = before.has(state.after)
        ? -1
        : parts.findIndex((part) => part.kind === 'elementwise' && part.nodes.includes(state.after));
      const lastReader = parts.reduce((last, part, j) => (readsOf(part).has(state.before) ? j : last), -1);
      // another state becomes this one: it must not have changed yet
      const handedOn = carried.some((other) => other !== k && states[other].after === state.before);
      const same = source >= 0 && sameShape(shapeOf(state.before), shapeOf(parts[source].nodes[0]));
      if (same && source >= lastReader && !handedOn) own.get(source)?.push(k);
      else if (state.after !== state.before) late.push(k);
    }

    const read = this.#readOutside(list, region);
    // operands from outside are repeated before the loop begins
    const outer = (part: Region): void => {
      const shape = shapeOf(part.nodes[0]);
      for (const i of readsOf(part)) if (!inside.has(i)) this.#operand(i, shape);
    };
    for (const part of parts) if (part.kind === 'elementwise') outer(part);

    const rows = this.#independentRows(region, parts);
    const body: (Call | Kernel | Host)[] = [];
    const kept = new Map<number, number>();
    for (const [node, k] of before) {
      // the value before the step, for readers outside; the kernels of the loop read the state itself
      if (!read.has(node)) continue;
      this.#copy(this.#states[k], this.#define(node), shapeOf(node), body);
      kept.set(node, this.#define(node));
    }
    for (const [node, k] of before) this.#local.set(node, this.#states[k]);
    for (const [j, part] of parts.entries()) {
      if (part.kind !== 'elementwise') {
        for (const node of part.nodes) this.#node(node, body, read.has(node) ? 'chunk' : 'row');
        continue;
      }
      const others = new Set([...read, ...late.map((k) => states[k].after)]);
      for (const [i, other] of parts.entries()) if (i !== j) for (const node of readsOf(other)) others.add(node);
      for (const node of before.keys()) others.delete(node);
      const kernel = regionKernel(
        `${this.#options.name}${this.#kernels.length}`,
        this.#schedule,
        part.nodes,
        own.get(j) ?? [],
        others,
        WHOLE,
      );
      for (const node of kernel.results) this.#define(node, read.has(node) ? 'chunk' : 'row');
      this.#kernel(kernel, body, 'row', rows ?? 1);
    }
    // the others are copied when all is computed; through a place of their own if one becomes another
    const through = late.map((k) => {
      const { after } = states[k];
      if (!before.has(after)) return this.#find(after);
      const place = this.#temporary(`state ${k} to be`, sizeOf(shapeOf(after)), 'row');
      this.#copy(this.#find(after), place, shapeOf(after), body);
      return place;
    });
    for (const [i, k] of late.entries()) this.#copy(through[i], this.#states[k], shapeOf(states[k].before), body);
    this.#commands.push({ kind: 'loop', body, rows: rows === null ? null : this.#table.word(rows) });
    // after the loop, a state's name means its value before each step again
    for (const node of before.keys()) {
      this.#local.delete(node);
      const slot = kept.get(node);
      if (slot !== undefined) this.#local.set(node, slot);
    }
  }

  /** Rows of a loop that do not depend on each other, if all its nodes have them as first axis and treat each by itself; else null. */
  #independentRows(region: Region, parts: readonly Region[]): number | null {
    const { states } = this.#schedule;
    const nodes = [...region.nodes, ...region.states.map((k) => states[k].before)];
    const [rows] = this.#nodes[nodes[0]].shape;
    const alike = nodes.every((node) => this.#nodes[node].shape.length >= 1 && this.#nodes[node].shape[0] === rows);
    const apart = parts.every(
      (part) =>
        part.kind === 'elementwise' ||
        part.nodes.every((node) => {
          const { op, inputs, shape } = this.#nodes[node];
          const refs = inputs.flatMap((x) => (typeof x === 'number' ? [] : [x.node]));
          if (op === 'matmul') return shape.length === 2 && this.#timed(refs[0]) && !this.#timed(refs[1]);
          if (this.#imageCall(node, true)?.range === 'images') return true;
          return (op === 'slice' || op === 'concat') && shape.length > 1 && this.#alongLast(node, true);
        }),
    );
    return alike && apart ? rows : null;
  }

  /** Add a parameter's cotangent up over the steps of a chunk, the last step first. */
  #total(node: number): number | null {
    if (!this.#timed(node)) return null;
    const { op, inputs, shape, attributes } = this.#nodes[node];
    const out = this.#table.slot(`gradient %${node}`, sizeOf(shape), 'fixed', 'whole');
    const { plan } = this.#options;
    const left = transposedOperand(plan, node);
    const [first, second] = inputs.map((x) => (typeof x === 'number' ? null : x.node));
    if (plan.summed.has(node) && left !== null && second !== null && this.#timed(second)) {
      const [m, k] = this.#nodes[left].shape;
      const [x, g] = [this.#find(left), this.#find(second)];
      const [, n] = shape;
      this.#work += (m * k * n) / 8;
      this.#needs(multiplyTransposedScratchBytes(n));
      this.#add(
        {
          kind: 'call',
          name: 'multiplyTransposed',
          arguments: [
            this.#address(x),
            this.#address(g),
            this.#address(out),
            STEPS,
            this.#number(m),
            this.#number(k),
            FROM,
            TO,
            this.#number(n),
            SCRATCH,
          ],
          total: { kind: 'word', word: this.#table.word(k) },
        },
        [x, g],
        null,
      );
      return out;
    }
    if (plan.summed.has(node) && op === 'conv2dWeightGradient' && first !== null && second !== null) {
      const operands = [first, second].map((i) => ({ shape: this.#nodes[i].shape, timed: this.#timed(i) }));
      const call = imageCall(this.#nodes[node], operands, 1);
      if (call) {
        const slots = [this.#find(first), this.#find(second)];
        // the first number is that of the steps
        const numbers = call.numbers.slice(1).map(this.#number);
        this.#work += 32 * sizeOf(this.#nodes[first].shape);
        this.#needs(call.scratchBytes);
        this.#add(
          {
            kind: 'call',
            name: call.name,
            arguments: [...[...slots, out].map(this.#address), FROM, TO, SCRATCH, STEPS, ...numbers],
            total: { kind: 'word', word: this.#table.word(call.count) },
          },
          slots,
          null,
        );
        return out;
      }
    }
    const rowSum =
      plan.summed.has(node) && op === 'sum' && first !== null && this.#nodes[first].shape.length === 2 && `${attributes[0]}` === '0';
    if (plan.summed.has(node) && !rowSum) this.#summand(node);
    const source = rowSum ? (first as number) : node;
    const [rows, n] = rowSum ? this.#nodes[source].shape : [1, sizeOf(shape)];
    const x = this.#find(source);
    this.#work += rows * n;
    this.#add(
      {
        kind: 'call',
        name: 'addRowsReversed',
        arguments: [this.#address(x), this.#address(out), STEPS, this.#number(rows), this.#number(n), FROM, TO],
        total: { kind: 'word', word: this.#table.word(n) },
      },
      [x],
      null,
    );
    return out;
  }

  /** Compute a summed node step by step after all. */
  #summand(node: number): void {
    for (const i of operandsOf(this.#nodes[node]))
      if (this.#timed(i) && !this.#local.has(this.#origin(i)) && !this.#table.lasting.has(this.#origin(i))) this.#node(i, null);
    if (this.#local.has(node)) return;
    if (!isElementwise(this.#nodes[node].op) || sizeOf(this.#nodes[node].shape) === 1) this.#node(node, null);
    else {
      const name = `${this.#options.name}${this.#kernels.length}`;
      this.#kernel(regionKernel(name, this.#schedule, [node], [], new Set([node]), WHOLE), null, 'chunk', 1);
    }
  }
}

/** Derived operations that the kernels here have. */
const WHOLE: readonly DerivedName[] = ['abs', 'round'];

const FROM: Argument = { kind: 'from' };
const TO: Argument = { kind: 'to' };
const STEPS: Argument = { kind: 'steps' };
const SCRATCH: Argument = { kind: 'scratch' };

/** If `node` is x^T g with the transposition of a timed matrix x: x. */
function transposedOperand({ traced, backward }: Plan, node: number): number | null {
  const { nodes } = traced.program;
  const { op, inputs, shape } = nodes[node];
  const [left] = inputs;
  if (op !== 'matmul' || shape.length !== 2 || typeof left !== 'object') return null;
  const turned = nodes[left.node];
  const [x] = turned.inputs;
  return turned.op === 'permute' && `${turned.attributes[0]}` === '1,0' && typeof x === 'object' && backward.changing.has(x.node)
    ? x.node
    : null;
}

/** Nodes of a backward pass that need not exist step by step: summed cotangents, and transpositions that only they read. */
function unneeded(plan: Plan, backward: Schedule): ReadonlySet<number> {
  const { summed, traced } = plan;
  const { nodes } = traced.program;
  const skip = new Set(summed);
  const all = backward.stages.flatMap((stage) => stage.nodes);
  const sums = [...summed].filter((node) => transposedOperand(plan, node) !== null);
  for (const node of all) {
    const readers = all.filter((i) => operandsOf(nodes[i]).includes(node));
    if (nodes[node].op === 'permute' && readers.length > 0 && readers.every((i) => sums.includes(i)) && !backward.wanted.includes(node))
      skip.add(node);
  }
  return skip;
}

/** Lifetimes for `layOut`, with the bytes of a chunk of `steps` steps. */
export function lifetimesOf({ slots }: Table, { lifetimes }: Pass, steps: number): Lifetime[] {
  return [...lifetimes].map(([id, { first, last }]) => ({
    id,
    bytes: 4 * slots[id].size * (slots[id].span === 'chunk' ? steps : 1),
    first,
    last,
  }));
}
