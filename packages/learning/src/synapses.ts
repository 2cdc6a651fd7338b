/** Synapses as local rules see them: the spikes before and after each weight in one step of a network. */
import { type Backend, isTensor, type TensorMeta, type Tree, treeLeaves, unsupportedError } from '@snn/core';
import type { Context, Layer, SpikeCounts, UsedParameters } from '@snn/nn';

/** Weights with what came before and after them. */
export interface SynapseSpikes<T> {
  /** Number of the weight among the used tensors. */
  readonly parameter: number;
  /** `[I, N]` */
  readonly weight: T;
  /** `[B, I]` */
  readonly before: T;
  /** `[B, N]` */
  readonly after: T;
}

/** What one step of a network shows. */
export interface ObservedStep<T> {
  readonly output: T;
  readonly state: Tree<T>;
  readonly spikes: SpikeCounts<T>;
  readonly synapses: readonly SynapseSpikes<T>[];
}

/**
 * Run one step and watch its synapses: each weight belongs to the next layer that sends spikes; one without such a layer, of a readout, is left out.
 *
 * @param name of the rule, for messages.
 * @throws an `unsupported` error for synapses that are not `[I, N]` weights before N neurons.
 */
export function observeStep<T extends TensorMeta>(
  b: Backend<T>,
  name: string,
  network: Layer,
  used: UsedParameters<T>,
  state: Tree<T>,
  input: T,
  context: Context<T>,
): ObservedStep<T> {
  const tensors = treeLeaves<T | number>(used).filter(({ value }) => isTensor(value));
  const spikes: Record<string, T> = {};
  const synapses: SynapseSpikes<T>[] = [];
  const waiting: { readonly path: string; readonly before: T }[] = [];
  const record: Context<T>['record'] = (kind, path, x) => {
    if (kind === 'synapses') waiting.push({ path, before: x });
    if (kind !== 'spikes') return;
    spikes[path] = path in spikes ? b.add(spikes[path], x) : x;
    for (const { path: of, before } of waiting.splice(0)) {
      const parameter = tensors.findIndex((leaf) => leaf.path === (of ? `${of}.weight` : 'weight'));
      const weight = tensors[parameter]?.value as T | undefined;
      if (weight?.shape.length !== 2 || x.shape.length !== 2 || weight.shape[1] !== x.shape[1])
        throw unsupportedError(
          `${name}: the synapses at ${of || 'the network'} have weights [${weight?.shape ?? ''}], but the neurons after them, at ${path}, are [${x.shape.slice(1)}]; it is for linear and recurrent synapses of spiking neurons.`,
        );
      synapses.push({ parameter, weight, before: b.reshape(before, [before.shape[0], weight.shape[0]]), after: x });
    }
  };
  const [output, next] = network.step(b, used, state, input, { ...context, record });
  return { output, state: next, spikes, synapses };
}
