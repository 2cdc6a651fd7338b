/** Dead code: nodes that no output depends on are removed. Inputs stay, since callers give them by position. */
import type { Program } from '@snn/core';
import { operandsOf } from './program.ts';

export function removeDeadCode(program: Program): Program {
  const live = new Set<number>([...program.outputs, ...program.inputs]);
  for (let i = program.nodes.length - 1; i >= 0; i--) if (live.has(i)) for (const x of operandsOf(program.nodes[i])) live.add(x);
  const moved = new Map<number, number>();
  for (const old of [...live].sort((a, b) => a - b)) moved.set(old, moved.size);
  const at = (i: number): number => moved.get(i) as number;
  return {
    nodes: [...moved.keys()].map((i) => {
      const node = program.nodes[i];
      return { ...node, inputs: node.inputs.map((x) => (typeof x === 'number' ? x : { node: at(x.node) })) };
    }),
    inputs: program.inputs.map(at),
    outputs: program.outputs.map(at),
  };
}
