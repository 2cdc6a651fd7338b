/** Kernels for the reference executor: what runs an elementwise region as one, and schedules cut into regions. */
import type { Backend, DerivedName, TensorMeta } from '@snn/core';
import { operandsOf } from './passes/program.ts';
import { type RegionKernel, regionKernel } from './region-kernel.ts';
import { type Region, regions } from './regions.ts';
import type { Schedule } from './schedule.ts';

/** What a kernel is run on, in the order of its description. */
export interface KernelOperands<T> {
  /** `[T, ...shape]`. */
  readonly streams: readonly T[];
  /** Of the kernel's shape. */
  readonly fixed: readonly T[];
  /** Of one element. */
  readonly scalars: readonly T[];
  /** Before the first step that runs. */
  readonly states: readonly T[];
}

/** What came of it. */
export interface KernelResults<T> {
  /** `[T, ...shape]`, the first step first, also when time ran backwards. */
  readonly results: readonly T[];
  /** After the last step that ran. */
  readonly states: readonly T[];
}

/**
 * Runs an elementwise region for all steps, the last one first if `reversed`, with the bits of its operations one by one. `b` owns what is made.
 * The same kernel comes as the same object each time.
 */
export type RunKernel<T extends TensorMeta> = (
  b: Backend<T>,
  kernel: RegionKernel,
  operands: KernelOperands<T>,
  steps: number,
  reversed: boolean,
) => KernelResults<T>;

/** A region of a schedule, with its kernel if it is elementwise. */
export interface Piece {
  readonly region: Region;
  readonly kernel: RegionKernel | null;
}

/** How a schedule is run by kernels. */
export interface Kernels<T extends TensorMeta> {
  readonly run: RunKernel<T>;
  /** Cuts a schedule into regions without the nodes in `summed`; each schedule once. */
  cut(plan: Schedule, summed: ReadonlySet<number>): readonly Piece[];
}

/** Derived operations that kernels compute as one. */
const WHOLE: readonly DerivedName[] = ['abs', 'round'];

/** Kernels that `run` runs. */
export function kernelsBy<T extends TensorMeta>(run: RunKernel<T>): Kernels<T> {
  const known = new Map<Schedule, readonly Piece[]>();
  return {
    run,
    cut(plan, summed) {
      const found = known.get(plan) ?? regions(plan, summed).map((region) => ({ region, kernel: kernelOf(plan, region) }));
      known.set(plan, found);
      return found;
    },
  };
}

function kernelOf(plan: Schedule, { kind, nodes, states }: Region): RegionKernel | null {
  if (kind !== 'elementwise') return null;
  const inside = [...nodes, ...states.map((k) => plan.states[k].before)];
  const read = readOutside(plan, nodes);
  return regionKernel('elementwise', plan, nodes, states, new Set(inside.filter((node) => read.has(node))), WHOLE);
}

/** Nodes that are asked for, are a delayed state's source or are an operand of others than `own`. */
export function readOutside({ program, wanted, states, delayed, stages }: Schedule, own: readonly number[]): ReadonlySet<number> {
  const inside = new Set(own);
  const others = stages.flatMap(({ nodes }) => nodes.filter((node) => !inside.has(node)));
  return new Set([...wanted, ...delayed.map((k) => states[k].after), ...others.flatMap((node) => operandsOf(program.nodes[node]))]);
}
