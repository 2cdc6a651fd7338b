/**
 * One step of a network, differentiated by itself: the state that enters it is a constant, so gradients go through the layers of this step and not
 * back in time.
 */
import { autodiff, type Differentiator, type Var } from '@snn/autodiff';
import { type Backend, type TensorMeta, type Tree, treeMap } from '@snn/core';
import type { Context, Layer, UsedParameters } from '@snn/nn';
import type { LearningStep } from './over-steps.ts';
import { tensorsOf, withTensors } from './tree.ts';

/** The backend that a step runs on, from the one that differentiates and the variables of the used parameters. */
export type Decorate<T extends TensorMeta> = (ad: Differentiator<T>, variables: readonly Var<T>[]) => Backend<Var<T>>;

/**
 * Run one step.
 *
 * @param state null before the first step, whose initial state may depend on parameters.
 */
export function spatialStep<T extends TensorMeta>(
  b: Backend<T>,
  network: Layer,
  used: UsedParameters<T>,
  state: Tree<T> | undefined,
  input: T,
  context: Context<T>,
  decorate: Decorate<T> = (ad) => ad,
): Omit<LearningStep<T>, 'carried'> & { readonly state: Tree<T> } {
  const ad = autodiff(b);
  const variables = tensorsOf<T>(used).map((x) => ad.variable(x));
  const parameters = withTensors<UsedParameters<Var<T>>>(used, variables);
  const sent: Record<string, Var<T>> = {};
  const within: Context<Var<T>> = {
    training: context.training,
    key: context.key,
    path: '',
    record(kind, path, x) {
      if (kind === 'spikes') sent[path] = path in sent ? ad.add(sent[path], x) : x;
    },
  };
  const from =
    state === undefined
      ? network.initialState(ad, parameters, input.shape, within)
      : treeMap<Tree<Var<T>>>(state, (x: T) => ad.constant(x));
  const [output, next] = network.step(decorate(ad, variables), parameters, from, ad.constant(input), within);
  return {
    // handles of their own: a layer may give out what belongs to others
    output: b.reshape(output.value, output.shape),
    spikes: Object.fromEntries(Object.entries(sent).map(([path, { value }]) => [path, value])),
    state: treeMap<Tree<T>>(next, ({ value }: Var<T>) => b.reshape(value, value.shape)),
    pull(g, spikes) {
      const paths = Object.keys(spikes).filter((path) => path in sent);
      return ad.backward([output, ...paths.map((path) => sent[path])], [g, ...paths.map((path) => spikes[path])], variables);
    },
  };
}
