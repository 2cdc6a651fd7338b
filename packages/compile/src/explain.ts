/** A schedule as text that a person can follow. */
import type { ProgramNode } from '@snn/core';
import type { PlanMemory } from './memory.ts';
import type { Plan } from './plan.ts';
import type { Schedule } from './schedule.ts';

/** One node, as in `%12 = add %3, 0.5 : [2, 128]`. */
export function printNode(nodes: readonly ProgramNode[], i: number, names: ReadonlyMap<number, string> = new Map()): string {
  const node = nodes[i];
  const name = (k: number): string => names.get(k) ?? `%${k}`;
  const operands = node.inputs.map((x) => (typeof x === 'number' ? String(x) : name(x.node)));
  const attributes =
    node.op === 'constant' ? [`${(node.attributes[0] as number[]).length} numbers`] : node.attributes.map((x) => JSON.stringify(x));
  return `${name(i)} = ${node.op} ${[...operands, ...attributes].join(', ')} : [${node.shape.join(', ')}]`;
}

function printStages(title: string, { program, stages, states }: Schedule, names: ReadonlyMap<number, string>): string {
  const lines = stages.flatMap(({ kind, nodes, states: carried }, k) => {
    const over =
      kind === 'scan' ? ` over time, carrying ${carried.map((i) => names.get(states[i].before) ?? `%${states[i].before}`).join(', ')}` : '';
    return [`  stage ${k}: ${kind}${over}`, ...nodes.map((i) => `    ${printNode(program.nodes, i, names)}`)];
  });
  return [title, ...lines].join('\n');
}

const printMemory = (T: number, { residuals, states, sums, temporaries, peak }: PlanMemory): string =>
  `memory in bytes for T = ${T}: ${residuals} kept for the backward pass, ${states} states, ${sums} gradients of parameters, ${temporaries} temporaries; at most ${peak} at once`;

/**
 * Forward and backward schedule of a plan, stage by stage, and at the end the memory of a training step.
 *
 * @param steps the numbers of steps T to give the memory for, one line each. Default 10 and 100.
 */
export function explain({ traced, forward, backward, residuals, memory }: Plan, steps: readonly number[] = [10, 100]): string {
  const names = new Map<number, string>([
    ...traced.parameters.map((node, i) => [node, traced.parameterNames[i] || 'parameter'] as const),
    ...traced.states.map((node, i) => [node, traced.stateNames[i] || 'state'] as const),
    ...traced.nextStateCotangents.map((node, i) => [node, `d ${traced.stateNames[i] || 'state'}`] as const),
    [traced.input, 'input'],
    [traced.outputCotangent, 'd output'],
  ]);
  return [
    printStages(`${traced.name}, forward`, forward, names),
    printStages(`${traced.name}, backward (the last step first)`, backward, names),
    `  kept from the forward pass: ${residuals.map((node) => names.get(node) ?? `%${node}`).join(', ') || 'nothing'}`,
    ...steps.map((T) => printMemory(T, memory(T))),
  ].join('\n');
}
