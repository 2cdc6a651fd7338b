/**
 * Scheduling: which parts of a step need a loop over time. The state after one step is the state before the following one; these edges close
 * cycles, and only what lies on a cycle is sequential.
 *
 *   invariant   does not depend on anything that changes with time: done once
 *   batched     changes with time, lies on no cycle: done for all T steps at once
 *   scan        one cycle (strongly connected component) with its states: a loop over T
 *
 * A feed-forward network comes out layer by layer, a recurrent layer keeps exactly its own loop; nothing needs to be declared. The same
 * function schedules the backward pass, where time runs the other way.
 */
import type { Program } from '@snn/core';
import { dependents, stronglyConnected } from './graph.ts';
import { operandsOf } from './passes/program.ts';

/** A state variable: the node that holds it before a step and the node that computes it. */
export interface StateEdge {
  readonly before: number;
  readonly after: number;
}

/** What is to be scheduled. */
export interface Problem {
  readonly program: Program;
  /** Nodes whose values are given and do not change with time. */
  readonly fixed: readonly number[];
  /** Nodes whose values are given for every step. */
  readonly timed: readonly number[];
  readonly states: readonly StateEdge[];
  /** Nodes whose values are asked for. */
  readonly wanted: readonly number[];
}

/** Nodes that run together, in an order in which operands come first. */
export interface Stage {
  readonly kind: 'invariant' | 'batched' | 'scan';
  readonly nodes: readonly number[];
  /** Of a scan: which states it carries, as indices into the problem's. */
  readonly states: readonly number[];
}

/** A problem and the stages that solve it. */
export interface Schedule extends Problem {
  readonly stages: readonly Stage[];
  /** Nodes whose values change with time. */
  readonly changing: ReadonlySet<number>;
  /** States on no cycle: the value of a batched node, one step late. */
  readonly delayed: readonly number[];
}

/** Find the stages. */
export function schedule(problem: Problem): Schedule {
  const { program, fixed, timed, states, wanted } = problem;
  const leaves = new Set([...fixed, ...timed]);
  const before = program.nodes.map((node, i) => (leaves.has(i) ? [] : [...operandsOf(node)]));
  for (const state of states) before[state.before] = [state.after];
  const after: number[][] = before.map(() => []);
  before.forEach((list, node) => {
    for (const i of list) after[i].push(node);
  });
  const needed = dependents(after, wanted);
  const changing = dependents(before, [...timed, ...states.map((state) => state.before)]);
  const given = new Set([...leaves, ...program.inputs, ...states.map((state) => state.before)]);

  const invariant: number[] = [];
  const stages: { kind: Stage['kind']; nodes: number[]; states: number[] }[] = [];
  // the stage after which a node's value is there; -1 for what is given
  const ready = new Array<number>(before.length).fill(-1);
  for (const component of stronglyConnected(before)) {
    if (!needed.has(component[0])) continue;
    // constants are their own values
    const nodes = component.filter((i) => !given.has(i) && program.nodes[i].op !== 'constant').sort((x, y) => x - y);
    if (!changing.has(component[0])) {
      invariant.push(...nodes);
      continue;
    }
    const cycle = component.length > 1 || before[component[0]].includes(component[0]);
    const earliest = Math.max(-1, ...component.flatMap((i) => before[i].filter((x) => !component.includes(x)).map((x) => ready[x])));
    let at = earliest;
    if (cycle || nodes.length > 0) {
      const joined = cycle ? -1 : stages.findIndex((stage, i) => stage.kind === 'batched' && i >= earliest);
      at = joined < 0 ? stages.length : joined;
      if (joined < 0) stages.push({ kind: cycle ? 'scan' : 'batched', nodes: [], states: [] });
      stages[at].nodes.push(...nodes);
      if (cycle) stages[at].states.push(...states.flatMap((state, k) => (component.includes(state.before) ? [k] : [])));
    }
    for (const i of component) ready[i] = at;
  }
  const carried = new Set(stages.flatMap((stage) => stage.states));
  const once: Stage[] = invariant.length > 0 ? [{ kind: 'invariant', nodes: invariant.sort((x, y) => x - y), states: [] }] : [];
  return { ...problem, stages: [...once, ...stages], changing, delayed: [...states.keys()].filter((k) => !carried.has(k)) };
}
