/**
 * e-prop of a whole sequence, computed backwards: backpropagation through time of the same network with other synapses.
 *
 * Summing traces forwards, dE/dW_ij = sum_t L_j[t] e^_ij[t], and going backwards are two orders of one sum: a trace e^ is linear in the inputs s_i,
 * so each s_i[t] may be multiplied with all that comes of it later, which is the gradient d_j[t] of the current I_j[t] when
 *
 *   synapses into neurons      let no gradient through to where their input comes from
 *   synapses into the readout  send F g back in place of W g
 *
 * Then dE/dW_ij = sum_t s_i[t] d_j[t]: one product over all steps and samples, and nothing per synapse and step. It keeps what backpropagation
 * keeps, which grows with the number of steps.
 */
import { store } from '@snn/compile';
import { type Backend, type CustomOp, type Key, stopGradient, type TensorMeta, type Tree, zeros } from '@snn/core';
import {
  type Context,
  createModel,
  type Forward,
  gradientOf,
  type Layer,
  type Learner,
  type Model,
  prepare,
  type UsedParameters,
} from '@snn/nn';
import { prepared, tensorsOf } from '../tree.ts';
import type { FeedbackWeights } from './feedback.ts';
import { type Structure, weightOf } from './structure.ts';

/** `[B, N] x [N, C]` with the gradient of the input through a third operand, `[N, C]`. */
const THROUGH_FEEDBACK: CustomOp = {
  name: 'through feedback',
  forward: (b, x, w) => b.matmul(x, w),
  vjp: (b, g, [x, _, f], _output, needed) => [
    needed[0] ? b.matmul(g, b.permute(f, [1, 0])) : null,
    needed[1] ? b.matmul(b.permute(x, [1, 0]), g) : null,
    null,
  ],
};

type Raw<T> = { readonly network: Tree<T>; readonly feedback: readonly T[] };
type Used<T> = { readonly network: UsedParameters<T>; readonly feedback: readonly T[] };

/** Synapses into the readout in their order. */
const readoutSynapses = ({ out }: Structure): readonly number[] => out.flat().sort((x, y) => x - y);

/**
 * `network` whose synapses send gradients back as e-prop does.
 *
 * @param shapes of the feedback, in the order of the synapses into the readout; without any they send their own weights back (`symmetric`).
 */
function epropNetwork(network: Layer, structure: Structure, shapes: readonly (readonly number[])[]): Layer {
  const readout = readoutSynapses(structure);
  return {
    name: network.name,
    outputShape: (input, path) => network.outputShape(input, path),
    init: <T extends TensorMeta>(b: Backend<T>, key: Key): Raw<T> => ({
      network: network.init(b, key),
      feedback: shapes.map((shape) => zeros(b, shape)),
    }),
    prepare: <T extends TensorMeta>(b: Backend<T>, { network: own, feedback }: Raw<T>): Used<T> => ({
      network: prepare(b, network, own),
      feedback,
    }),
    initialState: <T extends TensorMeta>(
      b: Backend<T>,
      { network: own }: Used<T>,
      input: readonly number[],
      context: Context<T>,
    ): Tree<T> => network.initialState(b, own, input, context),
    step<T extends TensorMeta>(
      b: Backend<T>,
      { network: own, feedback }: Used<T>,
      state: Tree<T>,
      input: T,
      context: Context<T>,
    ): readonly [T, Tree<T>] {
      const parameters = tensorsOf<T>(own);
      // synapses come in the order in which they were traced
      let synapse = 0;
      const matmul = (x: T, weight: T): T => {
        if (!parameters.includes(weight)) return b.matmul(x, weight);
        const at = readout.indexOf(synapse++);
        if (at < 0) return b.matmul(stopGradient(b, x), weight);
        return feedback.length === 0 ? b.matmul(x, weight) : b.customGrad(THROUGH_FEEDBACK, x, weight, feedback[at]);
      };
      return network.step({ ...b, matmul }, own, state, input, context);
    },
  };
}

/** Learns from whole sequences by a compiled program. */
export interface BackwardsLearner<T extends TensorMeta> {
  /** What ran, or why nothing did. */
  readonly executedBy: string;
  /** As a `Learner`; null, and no update, where the backend compiles nothing or has no room. */
  learn(...given: Parameters<Learner<T>['learn']>): Promise<readonly [T, Forward<T>] | null>;
  dispose(): void;
}

/**
 * Begin to learn `network`.
 *
 * @param feedback null: the weights of the readout themselves.
 */
export function backwardsLearner<T extends TensorMeta>(
  base: Backend<T>,
  network: Layer,
  feedback: FeedbackWeights<T> | null,
  find: (used: UsedParameters<T>, state: Tree<T>, shape: readonly number[]) => Structure,
): BackwardsLearner<T> {
  let model: Model<T> | null = null;
  return {
    get executedBy() {
      return model?.executedBy ?? 'nothing has run yet';
    },
    async learn(b, objective, { parameters, inputs, labels, key }, update) {
      const { used } = prepared(b, network, parameters);
      const [, ...inputShape] = inputs.shape;
      const structure = find(used, network.initialState(b, used, inputShape, { training: true, key, path: '' }), inputShape);
      const weight = weightOf(structure, used);
      const sent = feedback === null ? [] : readoutSynapses(structure).map((synapse) => feedback.of(synapse, weight(synapse)));
      const shapes = sent.map(({ shape }) => shape);
      const own = model ?? (await createModel(epropNetwork(network, structure, shapes), { backend: base }));
      model = own;
      const options = { shape: inputs.shape, training: true, countGradient: objective.regularizers.length > 0, gradient: store() };
      const found = await own.withCompiled(
        options,
        (compiled) =>
          compiled &&
          gradientOf(b, { ...objective, network: own.network }, { network: parameters, feedback: sent }, inputs, labels, key, compiled),
      );
      if (found === null) return null;
      const [loss, gradients, forward] = found;
      const updated = update(gradients.network);
      feedback?.follow(weight, weightOf(structure, prepared(b, network, updated).used));
      return [loss, forward];
    },
    dispose: () => model?.dispose(),
  };
}
