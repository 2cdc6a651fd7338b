/** One direction of a plan, cut into what a device runs as one piece: kernels of elementwise regions, single operations, loops. */
import { operandsOf, type Plan, partsOf, type Region, type RegionKernel, regionKernel, regions, type Schedule } from '@snn/compile';
import { sameShape } from '@snn/core';

/** A pass. */
export interface Pass {
  readonly schedule: Schedule;
  readonly regions: readonly Region[];
  /** Of each loop: what it does in one step. */
  readonly parts: ReadonlyMap<Region, readonly Region[]>;
  readonly kernels: ReadonlyMap<Region, RegionKernel>;
  /** Nodes that others read: what a loop has to keep. */
  readonly read: ReadonlySet<number>;
  readonly reversed: boolean;
}

/** If `node` is x^T g with the transposition of a timed matrix x: x. */
export function transposedOperand({ traced }: Plan, { changing }: Schedule, node: number): number | null {
  const { nodes } = traced.program;
  const { op, inputs, shape } = nodes[node];
  const [left] = inputs;
  if (op !== 'matmul' || shape.length !== 2 || typeof left !== 'object') return null;
  const turned = nodes[left.node];
  const [x] = turned.inputs;
  return turned.op === 'permute' && `${turned.attributes[0]}` === '1,0' && typeof x === 'object' && changing.has(x.node) ? x.node : null;
}

/** Cut one direction of a plan. */
export function makePass(plan: Plan, schedule: Schedule, backwards: boolean): Pass {
  const { nodes } = schedule.program;
  const skip = backwards ? unneeded(plan, schedule) : new Set<number>();
  const list = regions(schedule, skip);
  const sums = backwards ? [...plan.summed] : [];
  /** What is read from outside of a region, in the pass or, within a loop, by its other parts. */
  const readBy = (others: readonly Region[]): Set<number> => {
    const read = new Set([...schedule.wanted, ...schedule.delayed.map((k) => schedule.states[k].after)]);
    for (const region of others) {
      for (const node of region.nodes) for (const i of operandsOf(nodes[node])) read.add(i);
      for (const k of region.states) read.add(schedule.states[k].after);
    }
    for (const node of sums) {
      for (const i of operandsOf(nodes[node])) read.add(i);
      const x = transposedOperand(plan, schedule, node);
      if (x !== null) read.add(x);
    }
    return read;
  };
  const kernels = new Map<Region, RegionKernel>();
  const parts = new Map<Region, readonly Region[]>();
  for (const region of list) {
    const others = list.filter((other) => other !== region);
    if (region.kind === 'elementwise')
      kernels.set(region, regionKernel('an elementwise kernel', schedule, region.nodes, region.states, readBy(others)));
    if (region.kind !== 'loop') continue;
    const inside = loopParts(schedule, region);
    parts.set(region, inside);
    const next: Region = { kind: 'loop', nodes: [], states: region.states };
    for (const part of inside) {
      if (part.kind !== 'elementwise') continue;
      const read = readBy([...others, ...inside.filter((other) => other !== part), next]);
      kernels.set(part, regionKernel('an elementwise kernel', schedule, part.nodes, [], read));
    }
  }
  const outside = new Set<number>();
  for (const region of list)
    if (region.kind === 'loop') for (const node of readBy(list.filter((other) => other !== region))) outside.add(node);
  return { schedule, regions: list, parts, kernels, read: outside, reversed: backwards };
}

/** Nodes of a backward pass that need not exist step by step: summed cotangents, and transpositions that only they read. */
function unneeded(plan: Plan, schedule: Schedule): Set<number> {
  const { nodes } = plan.traced.program;
  const skip = new Set(plan.summed);
  const all = schedule.stages.flatMap((stage) => stage.nodes);
  const products = [...plan.summed].filter((node) => transposedOperand(plan, schedule, node) !== null);
  for (const node of all) {
    if (nodes[node].op !== 'permute' || schedule.wanted.includes(node)) continue;
    const readers = all.filter((i) => operandsOf(nodes[i]).includes(node));
    if (readers.length > 0 && readers.every((i) => products.includes(i))) skip.add(node);
  }
  return skip;
}

/**
 * The parts of a loop. A kernel reads operands of its own shape; where a loop has values of several shapes that meet, its nodes run one by one.
 */
function loopParts(schedule: Schedule, region: Region): readonly Region[] {
  const { nodes } = schedule.program;
  const inside = new Set([...region.nodes, ...region.states.map((k) => schedule.states[k].before)]);
  const parts = partsOf(schedule, region);
  const meets = parts.some(
    (part) =>
      part.kind === 'elementwise' &&
      part.nodes.some((node) => operandsOf(nodes[node]).some((i) => inside.has(i) && !sameShape(nodes[i].shape, nodes[node].shape))),
  );
  return meets ? region.nodes.map((node) => ({ kind: 'node', nodes: [node], states: [] })) : parts;
}
