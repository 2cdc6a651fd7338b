/** The kernel of an elementwise region: its operands by how they vary, and what others read of it. */
import { type DerivedName, type ProgramNode, sizeOf } from '@snn/core';
import { DERIVED, isDerived } from './derived.ts';
import { operandsOf } from './passes/program.ts';
import { removeDeadCode } from './passes/remove-dead-code.ts';
import { simplify } from './passes/simplify.ts';
import type { Schedule } from './schedule.ts';
import { tracer } from './tracer.ts';
import type { KernelOp, KernelRef, KernelSpec } from './wasm/elementwise.ts';

/** Which nodes the operands and results of a kernel are, in the order of its list of addresses. */
export interface RegionKernel {
  readonly spec: KernelSpec;
  readonly shape: readonly number[];
  readonly streams: readonly number[];
  readonly fixed: readonly number[];
  readonly scalars: readonly number[];
  /** Indices of the schedule's states. */
  readonly states: readonly number[];
  readonly results: readonly number[];
}

/**
 * Describe an elementwise region as a kernel. Values are named `v` and the number of their node, which is a name in any target's language.
 *
 * @param nodes of the region, operands first; `carried`: indices of the states that the kernel updates.
 * @param read nodes whose values others read.
 * @param whole derived operations that the target computes as one; the others are taken apart. Default none.
 */
export function regionKernel(
  name: string,
  { program, states, changing }: Schedule,
  nodes: readonly number[],
  carried: readonly number[],
  read: ReadonlySet<number>,
  whole: readonly DerivedName[] = [],
): RegionKernel {
  const all = program.nodes;
  const before = carried.map((k) => states[k].before);
  const after = carried.map((k) => states[k].after);
  const inside = new Set([...nodes, ...before]);
  const { shape } = all[[...inside][0]];
  const outside = [...new Set([...nodes.flatMap((node) => operandsOf(all[node])), ...after])].filter((node) => !inside.has(node));
  const streams = outside.filter((node) => changing.has(node));
  const fixed = outside.filter((node) => !changing.has(node) && sizeOf(all[node].shape) > 1);
  const scalars = outside.filter((node) => !changing.has(node) && sizeOf(all[node].shape) === 1);
  const results = [...inside].filter((node) => read.has(node));
  const ref = (x: KernelRef | { readonly node: number }): KernelRef => (typeof x === 'object' ? `v${x.node}` : x);
  const names = (ids: readonly number[]): string[] => ids.map((node) => `v${node}`);
  return {
    shape,
    streams,
    fixed,
    scalars,
    states: carried,
    results,
    spec: {
      name,
      streams: names(streams),
      fixed: names(fixed),
      scalars: names(scalars),
      states: carried.map((_, i) => ({ name: `v${before[i]}`, next: `v${after[i]}` })),
      operations: nodes.flatMap((node) => operationsOf(`v${node}`, all[node].op, all[node].inputs.map(ref), whole)),
      results: names(results),
    },
  };
}

/** A node as operations of a kernel: itself, or what a derived operation is made of. */
function operationsOf(
  name: string,
  op: ProgramNode['op'],
  inputs: readonly KernelRef[],
  whole: readonly DerivedName[],
): KernelSpec['operations'] {
  if (!isDerived(op) || whole.includes(op)) return [{ name, op: op as KernelOp, inputs }];
  const b = tracer(false);
  const x = b.input([1]);
  const program = removeDeadCode(simplify(b.program([DERIVED[op](b, x)])));
  const [output] = program.outputs;
  const refs = (i: number): KernelRef => (i === program.inputs[0] ? inputs[0] : i === output ? name : `${name}_${i}`);
  return program.nodes.flatMap((node, i) => {
    if (node.op === 'input') return [];
    return [
      { name: refs(i) as string, op: node.op as KernelOp, inputs: node.inputs.map((x) => (typeof x === 'number' ? x : refs(x.node))) },
    ];
  });
}
