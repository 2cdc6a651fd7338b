/** Which neurons belong together: what elementwise operations connect between the cuts of a step. */
import type { Var } from '@snn/autodiff';
import { isElementwise, operandsOf, type Sym } from '@snn/compile';
import { type Program, sameShape } from '@snn/core';
import { type Cut, refuse } from './cut.ts';

/** For every node the sources that it depends on without a cut between them, and a check that nothing but elementwise operations is between. */
function dependence({ nodes }: Program, sources: readonly number[], weights: readonly number[]): readonly ReadonlySet<number>[] {
  const found: Set<number>[] = [];
  nodes.forEach((node, i) => {
    const own = new Set<number>();
    found.push(own);
    if (sources.includes(i)) {
      own.add(i);
      return;
    }
    const weight = operandsOf(node).find((operand) => weights.includes(operand));
    if (node.op === 'matmul' && weight !== undefined) return;
    for (const operand of operandsOf(node)) for (const source of found[operand]) own.add(source);
    if (own.size === 0) return;
    const shaped = ['reshape', 'broadcast'].includes(node.op);
    if (!shaped && !isElementwise(node.op))
      throw refuse(
        `between synapses every operation must act on each neuron by itself, but the step uses '${node.op}'; train this network with store(), sltt() or ottt().`,
      );
  });
  return found;
}

/** Classes of things that belong together. */
function joined(count: number): { readonly join: (list: readonly number[]) => void; readonly of: (i: number) => number } {
  const parent = Array.from({ length: count }, (_, i) => i);
  const of = (i: number): number => (parent[i] === i ? i : of(parent[i]));
  return {
    of,
    join(list) {
      for (const i of list) parent[of(i)] = of(list[0]);
    },
  };
}

/** Groups of a step. Sources are the used tensors, the states and the currents, in this order. */
export interface Groups {
  /** The group of each source; null for weights and what belongs to none. */
  readonly sourceGroups: readonly (number | null)[];
  /** Number of neurons of each group. */
  readonly sizes: readonly number[];
  /** The group that the input of each synapse comes from. */
  readonly from: readonly (number | null)[];
  /** Which used tensors are weights. */
  readonly weights: readonly number[];
  readonly groupOf: { readonly output: number | null; readonly spikes: { readonly [path: string]: number | null } };
}

/**
 * Find the groups of a step that was run with the used tensors as they are, of these shapes.
 *
 * @throws an `unsupported` error for operations that join neurons other than through weights, and for shapes other than `[B, N]`.
 */
export function findGroups(draft: Cut, shapes: readonly (readonly number[])[]): Groups {
  const { variables, synapses, output, nextStates, firstStates, spikes } = draft;
  const weights = [...new Set(synapses.map(({ parameter }) => parameter))];
  const sources = [...variables.parameters, ...variables.states, ...synapses.map(({ current }) => current)].map(({ value }) => value.node);
  const inputsOfSynapses = synapses.map(({ input }) => input);
  const program = draft.program(
    [output, ...nextStates, ...firstStates, ...inputsOfSynapses, ...Object.values(spikes)].map(({ value }) => value),
  );
  const sets = dependence(
    program,
    sources,
    weights.map((i) => sources[i]),
  );
  const sourcesOf = (x: Var<Sym>): readonly number[] => [...sets[x.value.node]].map((node) => sources.indexOf(node));
  const { join, of } = joined(sources.length);
  const states = variables.parameters.length;
  for (const [k, x] of nextStates.entries()) join([states + k, ...sourcesOf(x)]);
  for (const [k, x] of firstStates.entries()) join([states + k, ...sourcesOf(x)]);
  for (const x of [output, ...inputsOfSynapses, ...Object.values(spikes)]) join(sourcesOf(x));

  // a group is a class with neurons: with a state or a current
  const roots = [
    ...new Set(
      sources
        .map((_, i) => i)
        .filter((i) => i >= states)
        .map(of),
    ),
  ];
  const groupOfSource = (i: number): number | null => {
    const found = roots.indexOf(of(i));
    return found < 0 || weights.includes(i) ? null : found;
  };
  const sourceGroups = sources.map((_, i) => groupOfSource(i));
  const members = [...variables.states, ...synapses.map(({ current }) => current)];
  const sizes = roots.map((_, g) => {
    const [first, ...rest] = members.filter((_member, k) => sourceGroups[states + k] === g).map(({ shape }) => shape);
    const other = rest.find((shape) => !sameShape(shape, first));
    if (other || first.length !== 2)
      throw refuse(`neurons must be in a row, [B, N], but values of shape [${first}]${other ? ` and [${other}]` : ''} belong together.`);
    return first[1];
  });
  for (const [i, shape] of shapes.entries()) {
    const group = sourceGroups[i];
    if (
      group === null ||
      shape.every((n) => n === 1) ||
      (shape[shape.length - 1] === sizes[group] && shape.slice(0, -1).every((n) => n === 1))
    )
      continue;
    throw refuse(`a parameter of ${sizes[group]} neurons has the shape [${shape}]; it must be one number, or one per neuron.`);
  }
  const groupAt = (x: Var<Sym>): number | null => {
    const [any] = sourcesOf(x);
    return any === undefined ? null : groupOfSource(any);
  };
  return {
    sourceGroups,
    sizes,
    from: inputsOfSynapses.map(groupAt),
    weights,
    groupOf: { output: groupAt(output), spikes: Object.fromEntries(Object.entries(spikes).map(([path, x]) => [path, groupAt(x)])) },
  };
}
