/** One step of e-prop: values and derivatives from the traced program, traces a step further, and gradients from learning signals. */
import { autodiff, type Var } from '@snn/autodiff';
import { type Backend, full, sizeOf, type TensorMeta, type Tree } from '@snn/core';
import type { Context, Layer, UsedParameters } from '@snn/nn';
import type { LearningStep } from '../over-steps.ts';
import { addTo, tensorsOf, withTensors } from '../tree.ts';
import { evaluateProgram } from './evaluate.ts';
import type { FeedbackWeights } from './feedback.ts';
import type { Structure } from './structure.ts';
import type { Place, Value } from './trace.ts';

/** Traces by state, `[B, I, N]` of weights and `[B, 1, N]` of parameters of neurons; null: still zero. */
type Traces<T> = readonly (T | null)[];

/** What is carried from step to step. */
export type Carried<T> = {
  readonly state: Tree<T>;
  /** Eligibility vectors, by what is learnt. */
  readonly vectors: readonly Traces<T>[];
  /** What the states of the readout make of eligibility traces, by what is learnt and the synapse into the readout. */
  readonly filtered: readonly (readonly Traces<T>[])[];
};

/** `[B, N] -> [B, 1, N]`. */
const wide = <T extends TensorMeta>(b: Backend<T>, x: T): T => b.reshape(x, [x.shape[0], 1, x.shape[1]]);

/** The used tensors as the program takes them. */
const programInputs = <T extends TensorMeta>(b: Backend<T>, { traced }: Structure, used: UsedParameters<T>): readonly T[] =>
  tensorsOf<T>(used).map((x, i) => b.broadcast(x, traced.program.nodes[traced.program.inputs[i]].shape));

/** What is carried into the first step: parameters may have a part in the first state. */
export function firstCarried<T extends TensorMeta>(
  b: Backend<T>,
  network: Layer,
  structure: Structure,
  used: UsedParameters<T>,
  state: Tree<T>,
  inputShape: readonly number[],
  context: Context<T>,
): Carried<T> {
  const { traced, learnt, out } = structure;
  const ad = autodiff(b);
  const variables = programInputs(b, structure, used).map((x) => ad.variable(x));
  const within: Context<Var<T>> = { training: context.training, key: context.key, path: '' };
  const first = tensorsOf<Var<T>>(network.initialState(ad, withTensors<UsedParameters<Var<T>>>(used, variables), inputShape, within));
  const derivative = (k: number, parameter: number): T | null => {
    const [found] = ad.backward([first[k]], [full(b, first[k].shape, 1)], [variables[parameter]]);
    return found === null ? null : wide(b, found);
  };
  return {
    // handles of their own: a first state may be a parameter
    state: withTensors<Tree<T>>(
      state,
      tensorsOf<T>(state).map((x) => b.reshape(x, x.shape)),
    ),
    vectors: learnt.map(({ parameter, synapse, group }) =>
      traced.groups[group].states.map((k) => (synapse === null ? derivative(k, parameter) : null)),
    ),
    filtered: learnt.map(({ group }) => out[group].map(() => traced.groups[traced.last].states.map(() => null))),
  };
}

/** sum_k derivative_k trace_k + own: one step of a linear filter. */
function follow<T extends TensorMeta>(
  b: Backend<T>,
  derivative: (place: number) => T,
  states: readonly number[],
  through: readonly Place[],
  traces: Traces<T>,
  own: T | null,
): T | null {
  return states.reduce((sum: T | null, k, i) => {
    const [place, trace] = [through[k], traces[i]];
    return place === null || trace === null ? sum : addTo(b, sum, b.mul(derivative(place), trace));
  }, own);
}

/** One step. */
export function epropStep<T extends TensorMeta>(
  b: Backend<T>,
  structure: Structure,
  feedback: FeedbackWeights<T>,
  used: UsedParameters<T>,
  { state, vectors, filtered }: Carried<T>,
  input: T,
): LearningStep<T> {
  const { traced, learnt, out } = structure;
  const { groups, synapses, last, nextStates, output } = traced;
  const tensors = tensorsOf<T>(used);
  const results = evaluateProgram(b, traced.program, [...programInputs(b, structure, used), ...tensorsOf<T>(state), input]);
  const each = (place: number): T => wide(b, results[place]);
  // of the readout: the same for all
  const one = (place: number): T => b.reshape(b.slice(results[place], [0, 0], [1, 1]), []);

  const traces = learnt.map(({ parameter, synapse, group }, l) => {
    const before = synapse === null ? null : results[traced.inputs[synapse].value];
    const pre = before && b.reshape(before, [...before.shape, 1]);
    /** The trace of a value of this group. */
    const of = (value: Value): T | null => {
      const place = synapse === null ? value.parameters[parameter] : value.currents[synapse];
      const direct = place === null ? null : pre === null ? each(place) : b.mul(each(place), pre);
      return follow(b, each, groups[group].states, value.states, vectors[l], direct);
    };
    const { states } = groups[last];
    const paths = out[group].map((m, i) => {
      const trace = of(traced.inputs[m]);
      const filter = (value: Value): T | null => {
        const place = value.currents[m];
        return follow(b, one, states, value.states, filtered[l][i], trace === null || place === null ? null : b.mul(trace, one(place)));
      };
      return { synapse: m, states: states.map((k) => filter(nextStates[k])), trace: filter(output) };
    });
    return { of, vectors: groups[group].states.map((k) => of(nextStates[k])), paths };
  });

  return {
    output: b.reshape(results[output.value], results[output.value].shape),
    spikes: Object.fromEntries(Object.entries(traced.spikes).map(([path, { value }]) => [path, results[value]])),
    carried: {
      state: withTensors<Tree<T>>(
        state,
        nextStates.map(({ value }) => b.reshape(results[value], results[value].shape)),
      ),
      vectors: traces.map((of) => of.vectors),
      filtered: traces.map(({ paths }) => paths.map(({ states }) => states)),
    } satisfies Carried<T>,
    pull(g, spikes) {
      const sums = tensors.map((): T | null => null);
      const add = (parameter: number, signal: T, trace: T | null): void => {
        if (trace === null) return;
        const { shape } = tensors[parameter];
        const product = b.mul(wide(b, signal), trace);
        const total = b.sum(product, sizeOf(shape) === 1 ? [0, 1, 2] : [0]);
        sums[parameter] = addTo(b, sums[parameter], b.reshape(total, shape));
      };
      const signals = new Map<number, T>();
      const signal = (m: number): T => {
        const found = signals.get(m) ?? b.matmul(g, b.permute(feedback.of(m, tensors[synapses[m].parameter]), [1, 0]));
        signals.set(m, found);
        return found;
      };
      for (const [l, { parameter, group }] of learnt.entries()) {
        const { of, paths } = traces[l];
        if (group === last) add(parameter, g, of(output));
        for (const { synapse, trace } of paths) add(parameter, signal(synapse), trace);
        for (const [path, cotangent] of Object.entries(spikes))
          if (traced.spikes[path].group === group) add(parameter, cotangent, of(traced.spikes[path]));
      }
      return sums;
    },
  };
}
