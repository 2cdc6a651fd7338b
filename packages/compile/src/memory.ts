/**
 * How much memory a plan needs, found from which values are alive at once. It counts what an executor has to hold, 4 bytes per number: not the
 * parameters, inputs, cotangents and results, which belong to the caller, nor what a backend needs inside one operation.
 */
import { type GradientStrategy, sizeOf } from '@snn/core';
import { segmentsOf } from './gradient.ts';
import { operandsOf } from './passes/program.ts';
import type { Schedule } from './schedule.ts';
import type { Schedules } from './schedules.ts';

/** Bytes by kind. */
export interface PlanMemory {
  /** What the backward pass takes from the forward pass, of all steps that are kept at once: of T, of a segment with `checkpoint`. */
  readonly residuals: number;
  /** States of one step; with `checkpoint` also those at the starts of segments. */
  readonly states: number;
  /** The sums over time: gradients of the parameters. */
  readonly sums: number;
  /** The most that other values need at once, of all steps of a run or segment, in either pass. */
  readonly temporaries: number;
  /** The most that is alive at once of all kinds: less than their sum, since residuals come to be and are used up on the way. */
  readonly peak: number;
}

const BYTES = 4;

/** Bytes that a training step of `steps` steps needs. */
export function planMemory(schedules: Schedules, steps: number, gradient: GradientStrategy): PlanMemory {
  const { traced, recording, backwardOfParameters, residuals, summed } = schedules;
  const bytesOf = (nodes: readonly number[]): number => BYTES * nodes.reduce((n, i) => n + sizeOf(traced.program.nodes[i].shape), 0);
  const segments = segmentsOf(gradient, steps);
  const atOnce = gradient.kind === 'checkpoint' ? segments[0].to : steps;
  const starts = gradient.kind === 'checkpoint' ? segments.length : 0;
  const kept = new Set(residuals);
  const forward = mostAlive(recording, atOnce, kept, new Set([traced.output]));
  const backward = mostAlive(backwardOfParameters, atOnce, kept, summed);
  const states = bytesOf(traced.states) * (1 + starts);
  const sums = bytesOf(traced.parameters);
  return {
    residuals: atOnce * bytesOf(residuals),
    states,
    sums,
    temporaries: Math.max(forward.others, backward.others),
    peak: states + Math.max(forward.all, sums + backward.all),
  };
}

/**
 * The most bytes alive at once while a schedule runs, of residuals and others together and of the others alone. A value lives from the node that
 * makes it to the last that reads it, residuals of a forward pass to its end; inside a scan one step of what nothing outside it reads. Values in `free` take no
 * room of their own.
 */
function mostAlive(
  { program, stages, timed, changing, wanted, states, delayed }: Schedule,
  steps: number,
  residuals: ReadonlySet<number>,
  free: ReadonlySet<number>,
): { readonly all: number; readonly others: number } {
  // the nodes of a scan run together, others one by one
  const moments = stages.flatMap(({ kind, nodes, states }) =>
    kind === 'scan' ? [{ nodes, states }] : nodes.map((i) => ({ nodes: [i], states })),
  );
  const born = new Map<number, number>(timed.filter((node) => residuals.has(node)).map((node) => [node, 0]));
  const dies = new Map<number, number>();
  for (const [at, { nodes, states: carried }] of moments.entries()) {
    for (const node of [...nodes, ...carried.map((k) => states[k].before)]) born.set(node, at);
    for (const node of nodes) for (const i of operandsOf(program.nodes[node])) dies.set(i, at);
  }
  for (const k of delayed) born.set(states[k].before, born.get(states[k].after) ?? 0);
  for (const node of wanted) if (residuals.has(node)) dies.set(node, moments.length - 1);

  const inScan = new Set(stages.flatMap(({ kind, nodes }) => (kind === 'scan' ? nodes : [])));
  const carried = new Set(stages.flatMap((stage) => stage.states.map((k) => states[k].before)));
  // of a state only the last value is asked for
  const asked = new Set([...residuals, ...wanted.filter((node) => !states.some(({ after }) => after === node))]);
  /** Whether nothing but its own scan reads a value. */
  const within = (node: number): boolean => !asked.has(node) && (dies.get(node) ?? born.get(node)) === born.get(node);
  const room = (node: number): number => {
    if ((free.has(node) && !residuals.has(node)) || (carried.has(node) && within(node))) return 0;
    const kept = changing.has(node) && !(inScan.has(node) && within(node)) ? steps : 1;
    return BYTES * sizeOf(program.nodes[node].shape) * kept;
  };
  let [all, others] = [0, 0];
  for (const at of moments.keys()) {
    let [now, passing] = [0, 0];
    for (const [node, from] of born) {
      if (from > at || (dies.get(node) ?? from) < at) continue;
      now += room(node);
      if (!residuals.has(node)) passing += room(node);
    }
    all = Math.max(all, now);
    others = Math.max(others, passing);
  }
  return { all, others };
}
