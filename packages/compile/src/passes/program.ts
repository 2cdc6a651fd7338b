/** What passes share: walking a program and rebuilding it. */
import type { Program, ProgramNode } from '@snn/core';

/** A node number or a number. */
export type Ref = ProgramNode['inputs'][number];

/** The nodes that a node refers to. */
export const operandsOf = (node: ProgramNode): readonly number[] => node.inputs.flatMap((x) => (typeof x === 'number' ? [] : [x.node]));

/**
 * Rebuild a program node by node, in order. `visit` gets a node whose operands are already new and says what takes its place: a node, or a
 * reference to one that exists.
 */
export function rebuild(
  program: Program,
  visit: (node: ProgramNode, emitted: readonly ProgramNode[]) => ProgramNode | { readonly node: number },
): Program {
  const nodes: ProgramNode[] = [];
  const moved: number[] = [];
  program.nodes.forEach((node, i) => {
    const inputs = node.inputs.map((x) => (typeof x === 'number' ? x : { node: moved[x.node] }));
    const result = visit({ ...node, inputs }, nodes);
    moved[i] = 'op' in result ? nodes.push(result) - 1 : result.node;
  });
  return { nodes, inputs: program.inputs.map((i) => moved[i]), outputs: program.outputs.map((i) => moved[i]) };
}
