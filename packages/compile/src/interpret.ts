/**
 * The reference executor: runs a schedule on any backend by its own operations. It makes nothing faster than the schedule itself does, and
 * defines what every compiled form of the schedule has to compute.
 */
import { at, type Backend, type Operand, sameShape, stack, type TensorMeta } from '@snn/core';
import { callNode } from './derived.ts';
import { type Kernels, type RunKernel, readOutside } from './kernels.ts';
import { addSteps, type Lifted, lift, sumOverTime } from './lift.ts';
import type { RegionKernel } from './region-kernel.ts';
import type { Schedule, Stage } from './schedule.ts';

/** What a schedule runs on. */
export interface Values<T> {
  /** In the order of `schedule.fixed`. */
  readonly fixed: readonly T[];
  /** In the order of `schedule.timed`, each `[T, ...]`. */
  readonly timed: readonly T[];
  /** States before the first step that runs, in the order of `schedule.states`. */
  readonly states: readonly T[];
  readonly steps: number;
  /** Whether the last step runs first. */
  readonly reversed: boolean;
}

/** What came of it. */
export interface Outcome<T> {
  /** The value of a node: `[T, ...]` if it changes with time. Asked-for nodes and operands of other stages are there. */
  value(node: number): Lifted<T>;
  /**
   * The sum over all steps of a node that is summed and not asked for step by step: one running sum per element, the last step first, which
   * goes on from `before` (default: from +0). See `sumOverTime`.
   */
  total(node: number, before?: T | null): T;
  /** States after the last step that ran. */
  readonly states: readonly T[];
}

/**
 * Run a schedule. Nodes in `summed` are not computed step by step; ask for their `total`.
 *
 * @param kernels what runs elementwise regions. Default: their operations run one by one.
 */
export function interpret<T extends TensorMeta>(
  b: Backend<T>,
  plan: Schedule,
  values: Values<T>,
  summed: ReadonlySet<number> = new Set(),
  kernels: Kernels<T> | null = null,
): Outcome<T> {
  const { program, stages, states } = plan;
  const { steps, reversed } = values;
  const known = new Map<number, Lifted<T>>();
  for (const [k, node] of plan.fixed.entries()) known.set(node, { value: values.fixed[k], timed: false });
  for (const [k, node] of plan.timed.entries()) known.set(node, { value: values.timed[k], timed: true });
  const final = [...values.states];

  const value = (node: number): Lifted<T> => {
    const found = known.get(node);
    if (found) return found;
    const k = states.findIndex((state) => state.before === node);
    const made = k >= 0 ? delayed(k) : constant(node);
    known.set(node, made);
    return made;
  };
  const constant = (node: number): Lifted<T> => {
    const { attributes, shape, dtype } = program.nodes[node];
    return { value: b.fromData(attributes[0] as number[], shape, dtype), timed: false };
  };
  /** A state on no cycle: its computed values, one step late. */
  const delayed = (k: number): Lifted<T> => {
    const { shape } = program.nodes[states[k].before];
    const next = value(states[k].after);
    const all = next.timed ? next.value : b.broadcast(next.value, [steps, ...shape]);
    const first = b.reshape(values.states[k], [1, ...shape]);
    const rest = steps === 1 ? [] : [b.slice(all, [reversed ? 1 : 0, ...shape.map(() => 0)], [steps - 1, ...shape])];
    return { value: b.concat(reversed ? [...rest, first] : [first, ...rest], 0), timed: true };
  };
  const operands = (node: number): (number | Lifted<T>)[] =>
    program.nodes[node].inputs.map((x) => (typeof x === 'number' ? x : value(x.node)));

  /** Run a scan step by step; keep what others want of it. */
  const scan = ({ nodes, states: carried }: Pick<Stage, 'nodes' | 'states'>): void => {
    const inside = new Set([...nodes, ...carried.map((k) => states[k].before)]);
    const read = readOutside(plan, nodes);
    const kept = [...inside].filter((node) => read.has(node));
    const sequences = new Map<number, T[]>(kept.map((node) => [node, []]));
    for (let i = 0; i < steps; i++) {
      const t = reversed ? steps - 1 - i : i;
      const now = new Map<number, T>(carried.map((k) => [states[k].before, final[k]]));
      const operand = (node: number): T => {
        const own = now.get(node);
        if (own !== undefined) return own;
        const outer = value(node);
        return outer.timed ? at(b, outer.value, t) : outer.value;
      };
      for (const node of nodes) {
        const operands = program.nodes[node].inputs.map((x): Operand<T> => (typeof x === 'number' ? x : operand(x.node)));
        now.set(node, callNode(b, program.nodes[node], operands));
      }
      for (const k of carried) final[k] = operand(states[k].after);
      for (const node of kept) (sequences.get(node) as T[])[t] = now.get(node) as T;
    }
    for (const [node, sequence] of sequences) known.set(node, { value: stack(b, sequence), timed: true });
  };

  /** A value repeated to a kernel's shape, if it has another one. */
  const spread = ({ value: x, timed }: Lifted<T>, shape: readonly number[]): T => {
    const own = timed ? x.shape.slice(1) : x.shape;
    if (sameShape(own, shape)) return x;
    if (!timed) return b.broadcast(x, shape);
    return b.broadcast(b.reshape(x, [steps, ...new Array<number>(shape.length - own.length).fill(1), ...own]), [steps, ...shape]);
  };
  const elementwise = (kernel: RegionKernel, run: RunKernel<T>): void => {
    const operands = {
      streams: kernel.streams.map((node) => spread(value(node), kernel.shape)),
      fixed: kernel.fixed.map((node) => spread(value(node), kernel.shape)),
      scalars: kernel.scalars.map((node) => value(node).value),
      states: kernel.states.map((k) => values.states[k]),
    };
    const { results, states: last } = run(b, kernel, operands, steps, reversed);
    for (const [i, node] of kernel.results.entries()) known.set(node, { value: results[i], timed: true });
    for (const [i, k] of kernel.states.entries()) final[k] = last[i];
  };
  const each = (nodes: readonly number[]): void => {
    for (const node of nodes) if (!summed.has(node)) known.set(node, lift(b, program.nodes[node], operands(node), steps));
  };

  if (kernels) {
    for (const { region, kernel } of kernels.cut(plan, summed)) {
      if (kernel) elementwise(kernel, kernels.run);
      else if (region.kind === 'loop') scan(region);
      // a state on no cycle is shifted when it is asked for
      else if (region.kind !== 'shift') each(region.nodes);
    }
  } else {
    for (const stage of stages) {
      if (stage.kind === 'scan') scan(stage);
      else each(stage.nodes);
    }
  }
  for (const k of plan.delayed) {
    const last = value(states[k].after);
    final[k] = last.timed ? at(b, last.value, reversed ? 0 : steps - 1) : last.value;
  }
  const total = (node: number, before: T | null = null): T => {
    const { shape } = program.nodes[node];
    if (summed.has(node)) return sumOverTime(b, program.nodes[node], operands(node), steps, before);
    const { value: all, timed } = value(node);
    return addSteps(b, timed ? all : b.broadcast(all, [steps, ...shape]), before);
  };
  return { value, total, states: final };
}
