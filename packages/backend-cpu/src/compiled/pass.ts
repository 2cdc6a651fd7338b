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
import { imageCall } from '../wasm/images/index.ts';
import { multiplyTransposedScratchBytes } from '../wasm/kernels/index.ts';
import type { Call, Command, Host, Kernel } from './commands.ts';
import type { Lifetime } from './layout.ts';
import { NodeCommands } from './node-commands.ts';
import { FROM, type PassOptions, SCRATCH, STEPS, TO } from './places.ts';
import type { Table } from './table.ts';

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

/** Build the commands of a pass. */
export function buildPass(table: Table, options: PassOptions): Pass {
  return new Builder(table, options).build();
}

class Builder extends NodeCommands {
  build(): Pass {
    const { plan, name, reversed, given } = this.options;
    const skip = this.options.totals.length > 0 ? unneeded(plan, this.schedule) : new Set<number>();
    const list = regions(this.schedule, skip);
    for (const region of list) {
      if (region.kind === 'once') continue;
      if (region.kind === 'node') for (const node of region.nodes) this.node(node, null);
      else if (region.kind === 'shift') for (const k of region.states) this.shift(k);
      else if (region.kind === 'loop') this.loop(region, list);
      else this.elementwise(region, list);
    }
    const totals = this.options.totals.map((node) => (node === null ? null : this.total(node)));
    for (const [node, slot] of given) {
      const from = this.find(node);
      if (from !== slot && this.schedule.changing.has(node)) this.copy(from, slot, this.nodes[node].shape);
    }
    return {
      name,
      reversed,
      schedule: this.schedule,
      commands: this.commands,
      kernels: this.kernels,
      lifetimes: this.lifetimes,
      states: this.states,
      totals,
      work: this.work,
    };
  }

  /** Nodes that something else than these regions' own kernels reads at every step. */
  protected readOutside(list: readonly Region[], own: Region): Set<number> {
    const { states, delayed } = this.schedule;
    // of states that are carried only the last is asked for, which lies where the state does
    const read = new Set([...this.options.given.keys(), ...this.options.kept, ...delayed.map((k) => states[k].after)]);
    for (const node of this.options.totals) {
      if (node === null) continue;
      read.add(node);
      for (const i of operandsOf(this.nodes[node])) read.add(i);
      const left = transposedOperand(this.options.plan, node);
      if (left !== null) read.add(left);
    }
    for (const other of list) {
      if (other === own) continue;
      for (const node of other.nodes) for (const i of operandsOf(this.nodes[node])) read.add(i);
      for (const k of other.states) read.add(states[k].after);
    }
    // what is read under another name
    for (const node of [...read]) read.add(this.origin(node));
    return read;
  }

  protected elementwise(region: Region, list: readonly Region[]): void {
    const read = this.readOutside(list, region);
    const kernel = regionKernel(`${this.options.name}${this.kernels.length}`, this.schedule, region.nodes, region.states, read, WHOLE);
    this.kernel(kernel, null, 'chunk', 1);
  }

  protected kernel(
    { spec, shape, ...kernel }: RegionKernel,
    body: (Call | Kernel | Host)[] | null,
    span: 'chunk' | 'row',
    parts: number,
  ): void {
    const operands = [...kernel.streams, ...kernel.fixed, ...kernel.scalars].map((node) => this.operand(node, shape));
    const states = kernel.states.map((k) => this.states[k]);
    const results = kernel.results.map((node) => this.define(node, span));
    const slots = [...operands, ...states, ...results];
    const size = sizeOf(shape);
    this.kernels.push(spec);
    this.work += (size * (spec.operations.length + slots.length)) / 4;
    this.add(
      {
        kind: 'kernel',
        name: spec.name,
        operands: slots,
        row: this.table.word(4 * size),
        part: this.table.word((4 * size) / parts),
      },
      slots,
      body,
    );
  }

  /** A cycle with other than elementwise nodes: step by step. */
  protected loop(region: Region, list: readonly Region[]): void {
    const { states } = this.schedule;
    const carried = region.states;
    const before = new Map(carried.map((k) => [states[k].before, k]));
    const inside = new Set([...region.nodes, ...before.keys()]);
    const shapeOf = (node: number): readonly number[] => this.nodes[node].shape;
    // a kernel reads operands of its own shape; where values of several shapes meet, nodes run one by one
    const parts = partsOf(this.schedule, region).flatMap((part): Region[] => {
      const meets =
        part.kind === 'elementwise' &&
        part.nodes.some((node) => operandsOf(this.nodes[node]).some((i) => inside.has(i) && !sameShape(shapeOf(i), shapeOf(node))));
      return meets ? part.nodes.map((node) => ({ kind: 'node', nodes: [node], states: [] })) : [part];
    });
    const readsOf = (part: Region): Set<number> => new Set(part.nodes.flatMap((node) => operandsOf(this.nodes[node])));

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

    const read = this.readOutside(list, region);
    // operands from outside are repeated before the loop begins
    const outer = (part: Region): void => {
      const shape = shapeOf(part.nodes[0]);
      for (const i of readsOf(part)) if (!inside.has(i)) this.operand(i, shape);
    };
    for (const part of parts) if (part.kind === 'elementwise') outer(part);

    const rows = this.independentRows(region, parts);
    const body: (Call | Kernel | Host)[] = [];
    const kept = new Map<number, number>();
    for (const [node, k] of before) {
      // the value before the step, for readers outside; the kernels of the loop read the state itself
      if (!read.has(node)) continue;
      this.copy(this.states[k], this.define(node), shapeOf(node), body);
      kept.set(node, this.define(node));
    }
    for (const [node, k] of before) this.local.set(node, this.states[k]);
    for (const [j, part] of parts.entries()) {
      if (part.kind !== 'elementwise') {
        for (const node of part.nodes) this.node(node, body, read.has(node) ? 'chunk' : 'row');
        continue;
      }
      const others = new Set([...read, ...late.map((k) => states[k].after)]);
      for (const [i, other] of parts.entries()) if (i !== j) for (const node of readsOf(other)) others.add(node);
      for (const node of before.keys()) others.delete(node);
      const kernel = regionKernel(`${this.options.name}${this.kernels.length}`, this.schedule, part.nodes, own.get(j) ?? [], others, WHOLE);
      for (const node of kernel.results) this.define(node, read.has(node) ? 'chunk' : 'row');
      this.kernel(kernel, body, 'row', rows ?? 1);
    }
    // the others are copied when all is computed; through a place of their own if one becomes another
    const through = late.map((k) => {
      const { after } = states[k];
      if (!before.has(after)) return this.find(after);
      const place = this.temporary(`state ${k} to be`, sizeOf(shapeOf(after)), 'row');
      this.copy(this.find(after), place, shapeOf(after), body);
      return place;
    });
    for (const [i, k] of late.entries()) this.copy(through[i], this.states[k], shapeOf(states[k].before), body);
    this.commands.push({ kind: 'loop', body, rows: rows === null ? null : this.table.word(rows) });
    // after the loop, a state's name means its value before each step again
    for (const node of before.keys()) {
      this.local.delete(node);
      const slot = kept.get(node);
      if (slot !== undefined) this.local.set(node, slot);
    }
  }

  /** Rows of a loop that do not depend on each other, if all its nodes have them as first axis and treat each by itself; else null. */
  protected independentRows(region: Region, parts: readonly Region[]): number | null {
    const { states } = this.schedule;
    const nodes = [...region.nodes, ...region.states.map((k) => states[k].before)];
    const [rows] = this.nodes[nodes[0]].shape;
    const alike = nodes.every((node) => this.nodes[node].shape.length >= 1 && this.nodes[node].shape[0] === rows);
    const apart = parts.every(
      (part) =>
        part.kind === 'elementwise' ||
        part.nodes.every((node) => {
          const { op, inputs, shape } = this.nodes[node];
          const refs = inputs.flatMap((x) => (typeof x === 'number' ? [] : [x.node]));
          if (op === 'matmul') return shape.length === 2 && this.timed(refs[0]) && !this.timed(refs[1]);
          if (this.imageCall(node, true)?.range === 'images') return true;
          return (op === 'slice' || op === 'concat') && shape.length > 1 && this.alongLast(node, true);
        }),
    );
    return alike && apart ? rows : null;
  }

  /** Add a parameter's cotangent up over the steps of a chunk, the last step first. */
  protected total(node: number): number | null {
    if (!this.timed(node)) return null;
    const { op, inputs, shape, attributes } = this.nodes[node];
    const out = this.table.slot(`gradient %${node}`, sizeOf(shape), 'fixed', 'whole');
    const { plan } = this.options;
    const left = transposedOperand(plan, node);
    const [first, second] = inputs.map((x) => (typeof x === 'number' ? null : x.node));
    if (plan.summed.has(node) && left !== null && second !== null && this.timed(second)) {
      const [m, k] = this.nodes[left].shape;
      const [x, g] = [this.find(left), this.find(second)];
      const [, n] = shape;
      this.work += (m * k * n) / 8;
      this.needs(multiplyTransposedScratchBytes(n));
      this.add(
        {
          kind: 'call',
          name: 'multiplyTransposed',
          arguments: [
            this.address(x),
            this.address(g),
            this.address(out),
            STEPS,
            this.number(m),
            this.number(k),
            FROM,
            TO,
            this.number(n),
            SCRATCH,
          ],
          total: { kind: 'word', word: this.table.word(k) },
        },
        [x, g],
        null,
      );
      return out;
    }
    if (plan.summed.has(node) && op === 'conv2dWeightGradient' && first !== null && second !== null) {
      const operands = [first, second].map((i) => ({ shape: this.nodes[i].shape, timed: this.timed(i) }));
      const call = imageCall(this.nodes[node], operands, 1);
      if (call) {
        const slots = [this.find(first), this.find(second)];
        // the first number is that of the steps
        const numbers = call.numbers.slice(1).map(this.number);
        this.work += 32 * sizeOf(this.nodes[first].shape);
        this.needs(call.scratchBytes);
        this.add(
          {
            kind: 'call',
            name: call.name,
            arguments: [...[...slots, out].map(this.address), FROM, TO, SCRATCH, STEPS, ...numbers],
            total: { kind: 'word', word: this.table.word(call.count) },
          },
          slots,
          null,
        );
        return out;
      }
    }
    const rowSum =
      plan.summed.has(node) && op === 'sum' && first !== null && this.nodes[first].shape.length === 2 && `${attributes[0]}` === '0';
    if (plan.summed.has(node) && !rowSum) this.summand(node);
    const source = rowSum ? (first as number) : node;
    const [rows, n] = rowSum ? this.nodes[source].shape : [1, sizeOf(shape)];
    const x = this.find(source);
    this.work += rows * n;
    this.add(
      {
        kind: 'call',
        name: 'addRowsReversed',
        arguments: [this.address(x), this.address(out), STEPS, this.number(rows), this.number(n), FROM, TO],
        total: { kind: 'word', word: this.table.word(n) },
      },
      [x],
      null,
    );
    return out;
  }

  /** Compute a summed node step by step after all. */
  protected summand(node: number): void {
    for (const i of operandsOf(this.nodes[node]))
      if (this.timed(i) && !this.local.has(this.origin(i)) && !this.table.lasting.has(this.origin(i))) this.node(i, null);
    if (this.local.has(node)) return;
    if (!isElementwise(this.nodes[node].op) || sizeOf(this.nodes[node].shape) === 1) this.node(node, null);
    else {
      const name = `${this.options.name}${this.kernels.length}`;
      this.kernel(regionKernel(name, this.schedule, [node], [], new Set([node]), WHOLE), null, 'chunk', 1);
    }
  }
}

/** Derived operations that the kernels here have. */
const WHOLE: readonly DerivedName[] = ['abs', 'round'];

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
