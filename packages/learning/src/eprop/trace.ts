/**
 * What e-prop has to know of a network, from a trace of its step: which neurons there are, what joins them, and the derivatives of one step of a neuron.
 *
 * The step is cut at its synapses, the products of an input with a weight. Between the cuts everything must act on each neuron by itself; what is
 * connected that way is a group of neurons, with states, parameters and incoming currents of one shape `[B, N]`. Derivatives go through a group
 * and end at the cuts, so the recurrent path of spikes is stopped without being looked for.
 */
import type { Var } from '@snn/autodiff';
import { mergeCommon, operandsOf, removeDeadCode, type Sym, simplify } from '@snn/compile';
import type { Program, TensorMeta, Tree } from '@snn/core';
import type { Layer, UsedParameters } from '@snn/nn';
import { tensorsOf } from '../tree.ts';
import { cut, refuse } from './cut.ts';
import { findGroups } from './groups.ts';

/** Synapses: `current = input x weight`. */
export interface Synapse {
  /** Number of the weight among the used tensors. */
  readonly parameter: number;
  /** The group of the neurons whose step the input comes from; null: from outside, or from states alone that no neuron keeps. */
  readonly from: number | null;
  /** The group that gets the current. */
  readonly to: number;
}

/** Neurons that are connected by their own dynamics only. */
export interface Group {
  /** Number of neurons. */
  readonly size: number;
  /** Their states that a derivative goes through, as numbers among the states. */
  readonly states: readonly number[];
  /** Their parameters, as numbers among the used tensors: those that act on each neuron by itself. */
  readonly parameters: readonly number[];
}

/** Where a derivative stands among the outputs of the program; null: it is zero. */
export type Place = number | null;

/** Derivatives of one value of a group. */
export interface Derivatives {
  /** With respect to the states before the step, by their number. */
  readonly states: readonly Place[];
  /** With respect to the used tensors of the group, by their number. */
  readonly parameters: readonly Place[];
  /** With respect to the currents, by the number of the synapse. */
  readonly currents: readonly Place[];
}

/** A value that the program gives, with its derivatives. */
export interface Value extends Derivatives {
  readonly value: number;
  /** The group that it comes from. */
  readonly group: number | null;
}

/** A network as e-prop sees it. */
export interface TracedNetwork {
  /** Inputs: the used tensors, the states, the input. Parameters that are not weights come as `[B, N]`. */
  readonly program: Program;
  readonly groups: readonly Group[];
  readonly synapses: readonly Synapse[];
  /** The group of the network's output. */
  readonly last: number;
  readonly output: Value;
  readonly nextStates: readonly Value[];
  /** The inputs of the synapses. */
  readonly inputs: readonly Value[];
  /** What layers send, by path. */
  readonly spikes: { readonly [path: string]: Value };
  /** Whether output number `place` of the program is one number for all neurons, samples and steps. */
  uniform(place: number): boolean;
}

/**
 * Trace a network.
 *
 * @param used, state, input only shapes and dtypes are looked at; `[B, ...]`
 * @throws an `unsupported` error that says what e-prop cannot see through.
 */
export function traceGroups(network: Layer, used: UsedParameters<TensorMeta>, state: Tree<TensorMeta>, input: TensorMeta): TracedNetwork {
  const shapes = tensorsOf<TensorMeta>(used).map(({ shape }) => shape);
  const draft = cut(network, used, state, input, shapes);
  const { sourceGroups, sizes, from, weights, groupOf } = findGroups(draft, shapes);
  const [batch] = input.shape;
  const full = shapes.map((shape, i) =>
    weights.includes(i) || sourceGroups[i] === null ? shape : [batch, sizes[sourceGroups[i] as number]],
  );

  const made = cut(network, used, state, input, full);
  const { parameters, states } = made.variables;
  const outputs: Sym[] = [];
  const place = (x: Sym): number => outputs.push(x) - 1;
  const variables = [...states, ...parameters, ...made.synapses.map(({ current }) => current)];
  const derive = (x: Var<Sym>, group: number | null): Value => {
    const value = place(x.value);
    if (x.node === null || group === null) {
      const none = (list: readonly unknown[]): readonly Place[] => list.map(() => null);
      return { value, group, states: none(states), parameters: none(parameters), currents: none(made.synapses) };
    }
    const ones = made.ad.broadcast(made.ad.fromData([1], [1, 1]), x.shape);
    const found = made.ad.backward([x], [ones.value], variables).map((g) => (g === null ? null : place(g)));
    return {
      value,
      group,
      states: found.slice(0, states.length),
      parameters: found.slice(states.length, states.length + parameters.length).map((at, i) => (weights.includes(i) ? null : at)),
      currents: found.slice(states.length + parameters.length),
    };
  };
  const stateGroups = states.map((_, k) => sourceGroups[parameters.length + k]);
  const output = derive(made.output, groupOf.output);
  const nextStates = made.nextStates.map((x, k) => derive(x, stateGroups[k]));
  const inputs = made.synapses.map(({ input: x }, m) => derive(x, from[m]));
  const spikes = Object.fromEntries(Object.entries(made.spikes).map(([path, x]) => [path, derive(x, groupOf.spikes[path])]));
  const program = removeDeadCode(mergeCommon(simplify(made.program(outputs))));
  const synapses = made.synapses.map(({ parameter }, m) => ({
    parameter,
    from: from[m],
    to: sourceGroups[parameters.length + states.length + m] as number,
  }));
  if (groupOf.output === null) throw refuse('no neuron or weight has a part in the output of the network; there is nothing to learn.');
  // states that only go into recurrent synapses are on no path of a derivative
  const needed = new Set(
    [output, ...Object.values(spikes), ...inputs.filter((_, m) => synapses[m].from !== synapses[m].to)].flatMap((x) => placed(x.states)),
  );
  for (const k of needed) for (const before of placed(nextStates[k].states)) needed.add(before);
  const groups = sizes.map((size, g) => ({
    size,
    states: [...needed].filter((k) => stateGroups[k] === g).sort((x, y) => x - y),
    parameters: [...parameters.keys()].filter((i) => sourceGroups[i] === g && !weights.includes(i)),
  }));
  return {
    program,
    groups,
    synapses,
    last: groupOf.output,
    output,
    nextStates,
    inputs,
    spikes,
    uniform: (at) => isUniform(program, program.outputs[at], parameters.length, shapes),
  };
}

/** Numbers of the derivatives that are not zero. */
const placed = (places: readonly Place[]): readonly number[] => places.flatMap((at, k) => (at === null ? [] : [k]));

/** Whether a node depends on nothing but constants and parameters that are one number for all. */
function isUniform(program: Program, node: number, parameters: number, shapes: readonly (readonly number[])[]): boolean {
  const { nodes, inputs } = program;
  const pending = [node];
  const seen = new Set<number>();
  for (let i = pending.pop(); i !== undefined; i = pending.pop()) {
    if (seen.has(i)) continue;
    seen.add(i);
    const input = inputs.indexOf(i);
    if (input >= parameters || (input >= 0 && !shapes[input].every((n) => n === 1))) return false;
    const { op, shape, attributes } = nodes[i];
    if (op === 'constant' && shape.some((n) => n > 1) && new Set(attributes[0] as number[]).size > 1) return false;
    pending.push(...operandsOf(nodes[i]));
  }
  return true;
}
