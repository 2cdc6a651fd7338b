/**
 * Regions: what an executor runs as one piece. Elementwise nodes and scans of one shape that can run together become one region, whatever stages
 * they come from; everything else is a region of its own. A region begins when all its operands are there.
 */
import { sameShape, sizeOf } from '@snn/core';
import { isElementwise } from './derived.ts';
import { operandsOf } from './passes/program.ts';
import type { Schedule, Stage } from './schedule.ts';

/** A piece of a schedule. */
export interface Region {
  /**
   * `once`: nodes that do not change with time. `elementwise`: nodes and states of one shape, for all steps. `shift`: a state on no cycle.
   * `node`: one other node, for all steps. `loop`: a scan with other than elementwise nodes, step by step.
   */
  readonly kind: 'once' | 'elementwise' | 'shift' | 'node' | 'loop';
  /** Operands first. */
  readonly nodes: readonly number[];
  /** Indices of the states that the region carries. */
  readonly states: readonly number[];
}

/** Nodes that cannot be parted. */
interface Unit {
  readonly kind: Region['kind'];
  readonly nodes: readonly number[];
  readonly states: readonly number[];
  readonly reads: readonly number[];
}

/** Cut a schedule into regions, in the order in which they run. Nodes in `skip` are left out. */
export function regions(plan: Schedule, skip: ReadonlySet<number> = new Set()): readonly Region[] {
  const { program, states } = plan;
  const units: Unit[] = [];
  const once = plan.stages.filter((stage) => stage.kind === 'invariant').flatMap((stage) => stage.nodes);
  const alone = (node: number): void => {
    const { op, shape } = program.nodes[node];
    const kind = isElementwise(op) && sizeOf(shape) > 1 ? 'elementwise' : 'node';
    if (!skip.has(node)) units.push({ kind, nodes: [node], states: [], reads: operandsOf(program.nodes[node]) });
  };
  const shift = (node: number): void => {
    // several states may take the same value and still begin with different ones
    for (const k of plan.delayed.filter((delayed) => states[delayed].after === node))
      units.push({ kind: 'shift', nodes: [states[k].before], states: [k], reads: [node] });
  };
  for (const node of [...plan.timed, ...plan.fixed, ...once]) shift(node);
  for (const stage of plan.stages) {
    if (stage.kind === 'invariant') continue;
    if (stage.kind === 'scan') units.push(scanUnit(plan, stage));
    for (const node of stage.nodes) {
      if (stage.kind === 'batched') alone(node);
      shift(node);
    }
  }

  return [...(once.length > 0 ? [{ kind: 'once' as const, nodes: once, states: [] }] : []), ...arrange(plan, units)];
}

/** The parts of one step of a loop, in order: elementwise regions and single nodes. */
export function partsOf(plan: Schedule, { nodes }: Region): readonly Region[] {
  const { nodes: all } = plan.program;
  const units = nodes.map((node): Unit => {
    const { op, shape } = all[node];
    return {
      kind: isElementwise(op) && sizeOf(shape) > 1 ? 'elementwise' : 'node',
      nodes: [node],
      states: [],
      reads: operandsOf(all[node]),
    };
  });
  return arrange(plan, units);
}

/** Put units into the earliest place where their operands are there, elementwise ones of one shape together. */
function arrange({ program, states }: Schedule, units: readonly Unit[]): readonly Region[] {
  const shapeOf = (node: number): readonly number[] => program.nodes[node].shape;
  // even phases hold single nodes, odd ones elementwise regions, one for each shape
  const phase = new Map<number, { at: number; shape: readonly number[] | null }>();
  const phases: Unit[][] = [];
  for (const unit of units) {
    const shape = unit.kind === 'elementwise' ? shapeOf(unit.nodes[0] ?? states[unit.states[0]].before) : null;
    let at = shape ? 1 : 0;
    for (const node of unit.reads) {
      const read = phase.get(node);
      if (!read) continue;
      const together = shape && read.shape ? sameShape(shape, read.shape) : !shape && !read.shape;
      const parity = read.at % 2 === (shape ? 1 : 0);
      at = Math.max(at, together ? read.at : read.at + (parity ? 2 : 1));
    }
    for (const node of [...unit.nodes, ...unit.states.map((k) => states[k].before)]) phase.set(node, { at, shape });
    phases[at] = [...(phases[at] ?? []), unit];
  }

  const result: Region[] = [];
  for (const list of phases) {
    const merged: { kind: 'elementwise'; nodes: number[]; states: number[]; shape: readonly number[] }[] = [];
    for (const { kind, nodes, states: carried } of list ?? []) {
      if (kind !== 'elementwise') {
        result.push({ kind, nodes, states: carried });
        continue;
      }
      const shape = shapeOf(nodes[0] ?? states[carried[0]].before);
      const same = merged.find((region) => sameShape(region.shape, shape));
      if (same) {
        same.nodes.push(...nodes);
        same.states.push(...carried);
      } else merged.push({ kind, nodes: [...nodes], states: [...carried], shape });
    }
    result.push(...merged.map(({ kind, nodes, states: carried }) => ({ kind, nodes, states: carried })));
  }
  return result;
}

/** A scan is elementwise when all its nodes and states are, with one shape. */
function scanUnit({ program, states }: Schedule, { nodes, states: carried }: Stage): Unit {
  const before = carried.map((k) => states[k].before);
  const { shape } = program.nodes[before[0]];
  const one = sizeOf(shape) > 1 && [...nodes, ...before].every((node) => sameShape(program.nodes[node].shape, shape));
  const own = new Set([...nodes, ...before]);
  const reads = [...nodes.flatMap((node) => operandsOf(program.nodes[node])), ...carried.map((k) => states[k].after)].filter(
    (node) => !own.has(node),
  );
  return {
    kind: one && nodes.every((node) => isElementwise(program.nodes[node].op)) ? 'elementwise' : 'loop',
    nodes,
    states: carried,
    reads,
  };
}
