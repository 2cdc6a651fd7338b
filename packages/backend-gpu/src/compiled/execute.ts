/**
 * Runs a pass on a device: elementwise regions as kernels, everything else by the backend's operations, for all steps at once where no loop is
 * needed. Nothing is read: all values stay on the device. What has to be computed is defined by `interpret` of `@snn/compile`.
 */

import type { RegionKernel } from '@snn/compile';
import { addSteps, callNode, type Lifted, lift, type Plan, type Region, sumOverTime, type Values } from '@snn/compile';
import { type Backend, type Operand, sameShape, sizeOf, stack } from '@snn/core';
import type { GpuOperations } from '../operations.ts';
import type { GpuTensor } from '../tensor.ts';
import type { Machine, Stream } from './machine.ts';
import { type Pass, transposedOperand } from './pass.ts';

/** What came of a pass. */
export interface Executed {
  /** The value of a node: `[T, ...]` if it changes with time. */
  value(node: number): Lifted<GpuTensor>;
  /** The sum over all steps of a parameter's cotangent, the last step first. */
  total(node: number): GpuTensor;
  /** States after the last step that ran. */
  readonly states: readonly GpuTensor[];
}

/** Operations of the device that the contract does not have. `scope` owns what they make. */
export interface Extras extends Pick<GpuOperations, 'productOverTime' | 'reverse'> {}

/** Run a pass. `b` owns what is made. */
export function execute(
  b: Backend<GpuTensor>,
  extras: Extras,
  machine: Machine,
  plan: Plan,
  pass: Pass,
  { fixed, timed, states: initial, steps }: Omit<Values<GpuTensor>, 'reversed'>,
): Executed {
  const { schedule, reversed } = pass;
  const { program, states } = schedule;
  const { nodes } = program;
  const known = new Map<number, Lifted<GpuTensor>>();
  for (const [k, node] of schedule.fixed.entries()) known.set(node, { value: fixed[k], timed: false });
  for (const [k, node] of schedule.timed.entries()) known.set(node, { value: timed[k], timed: true });
  const final = [...initial];

  const value = (node: number): Lifted<GpuTensor> => {
    const found = known.get(node);
    if (found) return found;
    const { attributes, shape, dtype } = nodes[node];
    const constant = { value: b.fromData(attributes[0] as number[], shape, dtype), timed: false };
    known.set(node, constant);
    return constant;
  };
  const operands = (node: number): (number | Lifted<GpuTensor>)[] =>
    nodes[node].inputs.map((x) => (typeof x === 'number' ? x : value(x.node)));
  const run = (node: number): void => void known.set(node, lift(b, nodes[node], operands(node), steps));

  /** A value repeated to a kernel's shape, if it has another one. */
  const spread = ({ value: x, timed: changes }: Lifted<GpuTensor>, shape: readonly number[]): GpuTensor => {
    const own = changes ? x.shape.slice(1) : x.shape;
    if (sameShape(own, shape)) return x;
    if (!changes) return b.broadcast(x, shape);
    const aligned = b.reshape(x, [steps, ...new Array<number>(shape.length - own.length).fill(1), ...own]);
    return b.broadcast(aligned, [steps, ...shape]);
  };
  /** A timed value as the stream of a kernel that begins at step t. */
  const stream = (x: Lifted<GpuTensor>, shape: readonly number[], t: number): Stream => {
    const n = sizeOf(shape);
    const tensor = spread(x, shape);
    return x.timed ? { tensor, start: t * n, step: reversed ? -n : n } : { tensor, start: 0, step: 0 };
  };
  const first = reversed ? steps - 1 : 0;

  const elementwise = (region: Region, kernel: RegionKernel): void => {
    const { results, states: last } = machine.run(b, kernel, steps, reversed, {
      streams: kernel.streams.map((node) => stream(value(node), kernel.shape, first)),
      fixed: kernel.fixed.map((node) => spread(value(node), kernel.shape)),
      scalars: kernel.scalars.map((node) => value(node).value),
      states: kernel.states.map((k) => initial[k]),
    });
    for (const [i, node] of kernel.results.entries()) known.set(node, { value: results[i], timed: true });
    for (const [i, k] of region.states.entries()) final[k] = last[i];
  };

  /** A state on no cycle: its computed values, one step late. */
  const shift = (k: number): void => {
    const { before, after } = states[k];
    const { shape } = nodes[before];
    const next = value(after);
    const all = next.timed ? next.value : b.broadcast(next.value, [steps, ...shape]);
    const row = (t: number, count: number): GpuTensor => b.slice(all, [t, ...shape.map(() => 0)], [count, ...shape]);
    const start = b.reshape(initial[k], [1, ...shape]);
    const rest = steps === 1 ? [] : [row(reversed ? 1 : 0, steps - 1)];
    known.set(before, { value: b.concat(reversed ? [...rest, start] : [start, ...rest], 0), timed: true });
    final[k] = b.reshape(row(reversed ? 0 : steps - 1, 1), shape);
  };

  /** A cycle with other than elementwise nodes, step by step: its elementwise parts as kernels. */
  const loop = (region: Region): void => {
    const parts = pass.parts.get(region) as readonly Region[];
    const before = region.states.map((k) => states[k].before);
    const kept = [...region.nodes, ...before].filter((node) => pass.read.has(node));
    const sequences = new Map<number, GpuTensor[]>(kept.map((node) => [node, []]));
    for (let i = 0; i < steps; i++) {
      const t = reversed ? steps - 1 - i : i;
      const now = new Map<number, GpuTensor>(region.states.map((k, j) => [before[j], final[k]]));
      /** A value at step t: one of this loop, or of the whole pass. */
      const at = (node: number): GpuTensor => {
        const own = now.get(node);
        if (own) return own;
        const { value: x, timed: changes } = value(node);
        if (!changes) return x;
        const { shape } = nodes[node];
        return b.reshape(b.slice(x, [t, ...shape.map(() => 0)], [1, ...shape]), shape);
      };
      const lifted = (node: number): Lifted<GpuTensor> => {
        const own = now.get(node);
        return own ? { value: own, timed: false } : value(node);
      };
      for (const part of parts) {
        const kernel = pass.kernels.get(part);
        if (!kernel) {
          for (const node of part.nodes) {
            const given = nodes[node].inputs.map((x): Operand<GpuTensor> => (typeof x === 'number' ? x : at(x.node)));
            now.set(node, callNode(b, nodes[node], given));
          }
          continue;
        }
        const { results } = machine.run(b, kernel, 1, reversed, {
          streams: kernel.streams.map((node) => stream(lifted(node), kernel.shape, t)),
          fixed: kernel.fixed.map((node) => spread(value(node), kernel.shape)),
          scalars: kernel.scalars.map((node) => value(node).value),
          states: [],
        });
        for (const [j, node] of kernel.results.entries()) now.set(node, b.reshape(results[j], kernel.shape));
      }
      for (const k of region.states) final[k] = at(states[k].after);
      for (const node of kept) (sequences.get(node) as GpuTensor[])[t] = now.get(node) as GpuTensor;
    }
    for (const [node, sequence] of sequences) known.set(node, { value: stack(b, sequence), timed: true });
  };

  for (const region of pass.regions) {
    if (region.kind === 'once' || region.kind === 'node') for (const node of region.nodes) run(node);
    else if (region.kind === 'shift') for (const k of region.states) shift(k);
    else if (region.kind === 'loop') loop(region);
    else elementwise(region, pass.kernels.get(region) as RegionKernel);
  }

  const total = (node: number): GpuTensor => {
    const { shape } = nodes[node];
    const x = transposedOperand(plan, schedule, node);
    if (plan.summed.has(node) && x !== null) {
      const [, right] = nodes[node].inputs;
      const g = typeof right === 'object' ? value(right.node) : null;
      if (g?.timed) return extras.productOverTime(value(x).value, g.value);
    }
    if (plan.summed.has(node) && nodes[node].op === 'matmul') return sumOverTime(b, nodes[node], operands(node), steps);
    const all = plan.summed.has(node) ? lift(b, nodes[node], operands(node), steps) : value(node);
    if (!all.timed) return addSteps(b, b.broadcast(all.value, [steps, ...shape]));
    return b.reshape(b.sum(extras.reverse(all.value), [0]), shape);
  };
  return { value, total, states: final };
}
