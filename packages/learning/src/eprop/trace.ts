/**
 * What e-prop has to know of a network, from a trace of its step: which neurons there are, what joins them, and the derivatives of one step of a neuron.
 *
 * The step is cut at its synapses, the products of an input with a weight. Between the cuts everything must act on each neuron by itself; what is
 * connected that way is a group of neurons, with states, parameters and incoming currents of one shape `[B, N]`. Derivatives go through a group
 * and end at the cuts, so the recurrent path of spikes is stopped without being looked for.
 */
import { autodiff, type Var } from '@snn/autodiff';
import { isElementwise, mergeCommon, operandsOf, removeDeadCode, type Sym, simplify, tracer } from '@snn/compile';
import { type Program, randomKey, sameShape, type TensorMeta, type Tree, unsupportedError } from '@snn/core';
import type { Context, Layer, UsedParameters } from '@snn/nn';
import { tensorsOf, withTensors } from '../tree.ts';

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

/** A step with its cuts, as the tracer saw it. */
interface Cut {
  readonly variables: { readonly parameters: readonly Var<Sym>[]; readonly states: readonly Var<Sym>[] };
  readonly synapses: readonly { readonly parameter: number; readonly input: Var<Sym>; readonly current: Var<Sym> }[];
  readonly output: Var<Sym>;
  readonly nextStates: readonly Var<Sym>[];
  readonly firstStates: readonly Var<Sym>[];
  readonly spikes: { readonly [path: string]: Var<Sym> };
  readonly ad: ReturnType<typeof autodiff<Sym>>;
  readonly program: (outputs: readonly Sym[]) => Program;
}

const refuse = (what: string): Error => unsupportedError(`eprop: ${what}`);

/** Run the step on the tracer, with cuts. */
function cut(
  network: Layer,
  used: UsedParameters<TensorMeta>,
  state: Tree<TensorMeta>,
  input: TensorMeta,
  shapes: readonly (readonly number[])[],
): Cut {
  const b = tracer();
  const ad = autodiff(b);
  const given = tensorsOf<TensorMeta>(used);
  const parameters = given.map((_, i) => ad.variable(b.input(shapes[i])));
  const states = tensorsOf<TensorMeta>(state).map(({ shape, dtype }) => {
    const symbol = b.input(shape, dtype);
    return dtype === 'float32' ? ad.variable(symbol) : ad.constant(symbol);
  });
  const x = ad.constant(b.input(input.shape, input.dtype));
  const synapses: { parameter: number; input: Var<Sym>; current: Var<Sym> }[] = [];
  const spikes: Record<string, Var<Sym>> = {};
  const cutting: typeof ad = {
    ...ad,
    matmul(left, weight) {
      const parameter = parameters.indexOf(weight);
      if (parameter < 0)
        throw refuse('the step multiplies matrices that are not weights by themselves; e-prop is for synapses and neurons.');
      const current = ad.variable(b.matmul(left.value, weight.value));
      synapses.push({ parameter, input: left, current });
      return current;
    },
  };
  const context: Context<Var<Sym>> = {
    training: true,
    key: randomKey(0),
    path: '',
    record(kind, path, z) {
      if (kind === 'spikes') spikes[path] = path in spikes ? ad.add(spikes[path], z) : z;
    },
  };
  const p = withTensors<UsedParameters<Var<Sym>>>(used, parameters);
  const first = network.initialState(cutting, p, input.shape, context);
  const [output, next] = network.step(cutting, p, withTensors<Tree<Var<Sym>>>(state, states), x, context);
  return {
    variables: { parameters, states },
    synapses,
    output,
    nextStates: tensorsOf<Var<Sym>>(next),
    firstStates: tensorsOf<Var<Sym>>(first),
    spikes,
    ad,
    program: b.program,
  };
}

/** For every node the sources that it depends on without a cut between them, and a check that nothing but elementwise operations is between. */
function dependence(
  { nodes }: Program,
  sources: readonly number[],
  weights: readonly number[],
  check: boolean,
): readonly ReadonlySet<number>[] {
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
    if (check && !shaped && !isElementwise(node.op))
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

/** Which sources (used tensors, states, currents, in this order) belong together. */
function findGroups(
  draft: Cut,
  shapes: readonly (readonly number[])[],
): {
  readonly sourceGroups: readonly (number | null)[];
  readonly sizes: readonly number[];
  readonly from: readonly (number | null)[];
  readonly weights: readonly number[];
  readonly groupOf: { readonly output: number | null; readonly spikes: { readonly [path: string]: number | null } };
} {
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
    true,
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
