/** What e-prop learns in a traced network, and whether it can. */
import { type TensorMeta, unsupportedError } from '@snn/core';
import type { UsedParameters } from '@snn/nn';
import { tensorsOf } from '../tree.ts';
import type { TracedNetwork } from './trace.ts';

/** A weight by its synapse, or a parameter of neurons. */
export interface Learnt {
  /** Number among the used tensors. */
  readonly parameter: number;
  /** Null: a parameter of neurons. */
  readonly synapse: number | null;
  readonly group: number;
}

/** A network whose gradients e-prop can find. */
export interface Structure {
  readonly traced: TracedNetwork;
  readonly learnt: readonly Learnt[];
  /** Synapses into the readout, by the group that they come from. */
  readonly out: readonly (readonly number[])[];
}

/**
 * Find what is learnt.
 *
 * @throws an `unsupported` error for a second layer of neurons, and for a readout that is not linear or that differs between outputs.
 */
export function structureOf(traced: TracedNetwork): Structure {
  const { synapses, groups, last } = traced;
  const learnt = [
    ...synapses.map(({ parameter, to }, synapse): Learnt => ({ parameter, synapse, group: to })),
    ...groups.flatMap(({ parameters }, group) => parameters.map((parameter): Learnt => ({ parameter, synapse: null, group }))),
  ];
  const out = groups.map((_, g) => synapses.flatMap(({ from, to }, m) => (from === g && to === last && g !== last ? [m] : [])));
  if (learnt.some(({ group }) => group !== last && out[group].length === 0))
    throw unsupportedError(
      'eprop: there are neurons without synapses to the readout, so no learning signal reaches them; e-prop trains one layer of neurons and a readout. For deeper networks use ottt(), sltt() or store().',
    );
  const entries = out.flat();
  if (entries.length > 0) {
    const { states } = groups[last];
    const places = [traced.output, ...states.map((k) => traced.nextStates[k])].flatMap((value) => [
      ...states.map((k) => value.states[k]),
      ...entries.map((m) => value.currents[m]),
    ]);
    if (!places.every((place) => place === null || traced.uniform(place)))
      throw unsupportedError(
        'eprop: the readout must filter all that it gets in one linear way: neurons without spikes whose parameters are one number for all, such as li(n) or leakyReadout(n), or none.',
      );
  }
  return { traced, learnt, out };
}

/** The weights of a synapse, by its number. */
export const weightOf =
  <T extends TensorMeta>({ traced }: Structure, used: UsedParameters<T>) =>
  (synapse: number): T =>
    tensorsOf<T>(used)[traced.synapses[synapse].parameter];
